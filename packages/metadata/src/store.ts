import type { Clock, Logger, Random } from '@streambus/runtime';
import type { CommandAnswer, ResultOf } from './answers.ts';
import type { CommandKind, CommandOf } from './commands.ts';
import type { MetadataDelta } from './delta.ts';
import type { LeaderStatus, Proposer } from './proposer.ts';
import type { MetadataState } from './state.ts';
import type { MetadataStateMachine } from './state-machine.ts';

/** What the user of a store may choose. */
export interface MetadataStoreOptions {
  /** How long a command or a barrier read may take in all, unless the call says otherwise. Milliseconds, default 30,000. */
  readonly timeoutMs?: number;
  /** How long one attempt may take before it is made again. Milliseconds, default 5,000. */
  readonly attemptTimeoutMs?: number;
  /** The wait after the first failed attempt; it doubles with each, and half of it is random. Milliseconds, default 50. */
  readonly minBackoffMs?: number;
  /** The longest such wait. Milliseconds, default 2,000. */
  readonly maxBackoffMs?: number;
  /** Commands and barrier reads under way at once; more wait. Default 1,024. */
  readonly maxInflightCommands?: number;
  /** How many may wait; one more is rejected with `METADATA_OVERLOADED`. Default 16,384. */
  readonly maxQueuedCommands?: number;
  /** How long attempts may go on failing, with none succeeding, before the breaker opens. Milliseconds, default 10,000. */
  readonly breakerOpenAfterMs?: number;
  /** While the breaker is open, how often one call is let through to see. Milliseconds, default 1,000. */
  readonly breakerProbeIntervalMs?: number;
}

/** What a store is made of. */
export interface MetadataStoreDependencies {
  readonly proposer: Proposer;
  /** The state machine to which the proposer's log is applied on this node. */
  readonly stateMachine: MetadataStateMachine;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
}

/** What a call may choose. */
export interface CallOptions {
  /** For this call, in place of the store's. */
  readonly timeoutMs?: number;
  /** Gives up early: the call rejects with the signal's reason. What was proposed may commit all the same. */
  readonly signal?: AbortSignal;
}

/** The fields of a command beside its kind. */
export type CommandFields<Kind extends CommandKind> = Omit<CommandOf<Kind>, 'kind'>;

/** A method that proposes commands of one kind. Rejects with a {@link MetadataError}, whose code may be a refusal's. */
export type CommandMethod<Kind extends CommandKind> = (
  fields: CommandFields<Kind>,
  options?: CallOptions,
) => Promise<ResultOf<Kind>>;

/** One method per kind of command. */
export type CommandMethods = { readonly [Kind in CommandKind]: CommandMethod<Kind> };

/** The cluster's metadata, on any broker. */
export interface MetadataStore extends CommandMethods {
  /** The state as applied here; others may be ahead. */
  readonly state: MetadataState;
  /** Calls that are under way or wait for their turn. */
  readonly inflightCount: number;
  /**
   * Proposes a command and awaits the state machine's answer, a refusal included.
   *
   * Failed attempts are repeated across changes of leader until the deadline; the command is applied at most once.
   *
   * @throws MetadataError with one of {@link storeErrorCodes}
   */
  submit<Kind extends CommandKind>(command: CommandOf<Kind>, options?: CallOptions): Promise<CommandAnswer<Kind>>;
  /**
   * The state; with `barrier`, one that has everything that was committed anywhere before the call (linearizable).
   *
   * @throws MetadataError with one of {@link storeErrorCodes}; never without `barrier`
   */
  read(options?: CallOptions & { readonly barrier?: boolean }): Promise<MetadataState>;
  /**
   * Hears every change in order, beginning at once with one delta from nothing to the present state. The listener is
   * called while the log is applied: it must be quick.
   *
   * @returns what ends it
   */
  subscribe(listener: (delta: MetadataDelta, state: MetadataState) => void): () => void;
  /**
   * Resolves when one leader has led in one term for `forMs` without a break.
   *
   * @throws MetadataError `METADATA_TIMEOUT`, `METADATA_CLOSED`
   */
  waitForStableLeader(options: CallOptions & { readonly forMs: number }): Promise<LeaderStatus>;
  /** Ends every call with `METADATA_CLOSED`, and every subscription. The proposer and the state machine are not closed. */
  close(): void;
}
