import { assert, type Clock, type Logger, type Random, silentLogger } from '@streambus/runtime';
import type { CommandAnswer, ResultOf } from './answers.ts';
import { Breaker } from './breaker.ts';
import { CallLimit } from './call-limit.ts';
import { CommandCall } from './command-call.ts';
import type { CommandKind, CommandOf, MetadataCommand } from './commands.ts';
import { emptyState } from './content.ts';
import { diffStates } from './delta.ts';
import { MetadataError } from './errors.ts';
import { InflightLimit } from './inflight-limit.ts';
import { AttemptTimeout, type Persistence, PersistentCall, type Work } from './persistent-call.ts';
import type { LeaderStatus, Proposer } from './proposer.ts';
import { stableLeader } from './stable-leader.ts';
import type { MetadataState } from './state.ts';
import type { DeltaListener, MetadataStateMachine } from './state-machine.ts';
import { type MetadataStoreOptions, storeOptions } from './store-options.ts';

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
  /** Whether new calls are rejected because nothing has committed for a while. */
  readonly isBreakerOpen: boolean;
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
   * Hears every change in order, beginning at once with one delta from nothing to the present state, if there is any. The
   * listener is called while the log is applied: it must be quick.
   *
   * @returns what ends it
   */
  subscribe(listener: DeltaListener): () => void;
  /**
   * Resolves when one leader has led in one term for `forMs` without a break.
   *
   * @throws MetadataError `METADATA_TIMEOUT`, `METADATA_CLOSED`
   */
  waitForStableLeader(options: CallOptions & { readonly forMs: number }): Promise<LeaderStatus>;
  /** Ends every call with `METADATA_CLOSED`, and every subscription. The proposer and the state machine are not closed. */
  close(): void;
}

/**
 * Makes a store.
 *
 * @throws MetadataError `METADATA_OPTIONS_INVALID`
 */
export function createMetadataStore(
  options: MetadataStoreOptions,
  dependencies: MetadataStoreDependencies,
): MetadataStore {
  return new Store(storeOptions(options), dependencies);
}

class Store implements MetadataStore {
  readonly registerBroker = this.#method('registerBroker');
  readonly updateBroker = this.#method('updateBroker');
  readonly fenceBroker = this.#method('fenceBroker');
  readonly unfenceBroker = this.#method('unfenceBroker');
  readonly drainBroker = this.#method('drainBroker');
  readonly unregisterBroker = this.#method('unregisterBroker');
  readonly createTopic = this.#method('createTopic');
  readonly deleteTopic = this.#method('deleteTopic');
  readonly configureTopic = this.#method('configureTopic');
  readonly configureBroker = this.#method('configureBroker');
  readonly addPartitions = this.#method('addPartitions');
  readonly changePartition = this.#method('changePartition');
  readonly electPreferredLeaders = this.#method('electPreferredLeaders');
  readonly electUncleanLeaders = this.#method('electUncleanLeaders');
  readonly beginReassignment = this.#method('beginReassignment');
  readonly finishReassignment = this.#method('finishReassignment');
  readonly cancelReassignment = this.#method('cancelReassignment');
  readonly allocateProducerIds = this.#method('allocateProducerIds');
  readonly setFeatureLevel = this.#method('setFeatureLevel');
  readonly batch = this.#method('batch');

  readonly #options: Required<MetadataStoreOptions>;
  readonly #dependencies: MetadataStoreDependencies;
  readonly #logger: Logger;
  readonly #limit: InflightLimit;
  readonly #breaker: Breaker;
  readonly #persistence: Persistence;
  readonly #calls = new Set<PersistentCall>();
  readonly #wakers = new Set<() => void>();
  readonly #subscriptions = new Set<() => void>();
  #isClosed = false;

  constructor(options: Required<MetadataStoreOptions>, dependencies: MetadataStoreDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#logger = dependencies.logger ?? silentLogger;
    this.#limit = new InflightLimit(options);
    const { breakerOpenAfterMs: openAfterMs, breakerProbeIntervalMs: probeIntervalMs } = options;
    this.#breaker = new Breaker({ openAfterMs, probeIntervalMs });
    const { attemptTimeoutMs, minBackoffMs, maxBackoffMs } = options;
    this.#persistence = {
      minBackoffMs,
      maxBackoffMs,
      attemptLimit: { afterMs: attemptTimeoutMs, error: () => new AttemptTimeout(attemptTimeoutMs) },
      clock: dependencies.clock,
      random: dependencies.random,
      onWake: (wake) => {
        this.#wakers.add(wake);
        return () => this.#wakers.delete(wake);
      },
      onFailure: (error) => this.#recordFailure(error),
    };
    this.#subscriptions.add(dependencies.proposer.onLeaderChange((status) => this.#onLeaderChange(status)));
  }

  get state(): MetadataState {
    return this.#dependencies.stateMachine.state;
  }

  get inflightCount(): number {
    return this.#limit.count;
  }

  get isBreakerOpen(): boolean {
    return this.#breaker.isOpen;
  }

  async submit<Kind extends CommandKind>(
    command: CommandOf<Kind>,
    options: CallOptions = {},
  ): Promise<CommandAnswer<Kind>> {
    return answerTo(command, await this.#propose(command, options));
  }

  async read(options: CallOptions & { readonly barrier?: boolean } = {}): Promise<MetadataState> {
    if (options.barrier === true) {
      const { proposer } = this.#dependencies;
      await this.#persist('barrier read', options, { attempt: ({ signal }) => proposer.readBarrier({ signal }) });
    }
    return this.state;
  }

  subscribe(listener: DeltaListener): () => void {
    const { state } = this;
    if (state.version > 0) listener(diffStates(emptyState(), state), state);
    const stop = this.#dependencies.stateMachine.onDelta(listener);
    this.#subscriptions.add(stop);
    return () => {
      this.#subscriptions.delete(stop);
      stop();
    };
  }

  async waitForStableLeader(options: CallOptions & { readonly forMs: number }): Promise<LeaderStatus> {
    const { proposer, clock } = this.#dependencies;
    const call = this.#begin(`wait for a leader stable for ${options.forMs} ms`, options);
    try {
      return await stableLeader(proposer, clock, options.forMs, call.limit);
    } catch (error) {
      throw explained(error, call);
    } finally {
      this.#end(call);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { limit } of [...this.#calls]) limit.end(closed);
    for (const stop of this.#subscriptions) stop();
    this.#subscriptions.clear();
  }

  #method<Kind extends CommandKind>(kind: Kind): CommandMethod<Kind> {
    return async (fields, options) => {
      const command = { ...fields, kind } as unknown as CommandOf<Kind>;
      const answer = answerTo<Kind>(command, await this.#propose(command, options ?? {}));
      if (answer.status === 'applied') return answer.result;
      const { code, message, commandIndex } = answer.refusal;
      throw new MetadataError(code, commandIndex === undefined ? message : `command ${commandIndex}: ${message}`);
    };
  }

  #propose(command: MetadataCommand, options: CallOptions): Promise<CommandAnswer> {
    return this.#persist(`command ${command.kind}`, options, new CommandCall(this.#dependencies.proposer, command));
  }

  /** Repeats an attempt while it may help, within the limits of time, number and hope. */
  async #persist<T>(what: string, options: CallOptions, work: Work<T>): Promise<T> {
    const call = this.#begin(what, options);
    try {
      if (!this.#breaker.admit(this.#dependencies.clock.monotonicMs())) throw this.#unavailable(what);
      const turn = this.#limit.enter(call.limit);
      if (turn !== undefined) await turn;
      try {
        const result = await call.run(work);
        this.#recordSuccess();
        return result;
      } finally {
        this.#limit.leave();
      }
    } catch (error) {
      work.abandon?.();
      throw explained(error, call);
    } finally {
      this.#end(call);
    }
  }

  /** Begins a call's time; an {@link #end} is owed for it. */
  #begin(what: string, { timeoutMs = this.#options.timeoutMs, signal }: CallOptions): PersistentCall {
    const limit = new CallLimit(this.#dependencies.clock, timeoutMs, signal);
    const call = new PersistentCall(what, this.#persistence, limit);
    if (this.#isClosed) limit.end(closed);
    this.#calls.add(call);
    return call;
  }

  #end(call: PersistentCall): void {
    call.limit.close();
    this.#calls.delete(call);
  }

  #unavailable(what: string): MetadataError {
    return new MetadataError(
      'METADATA_UNAVAILABLE',
      `${what} is not tried: nothing has committed for ${this.#options.breakerOpenAfterMs} ms or more`,
      { retriable: true },
    );
  }

  #recordSuccess(): void {
    if (this.#breaker.isOpen) this.#logger.info({}, 'metadata commits again');
    this.#breaker.recordSuccess();
  }

  #recordFailure(error: Error): void {
    const wasOpen = this.#breaker.isOpen;
    this.#breaker.recordFailure(this.#dependencies.clock.monotonicMs());
    if (!wasOpen && this.#breaker.isOpen) this.#logger.warn({ err: error }, 'no metadata command commits');
  }

  #onLeaderChange(status: LeaderStatus): void {
    if (status.leaderId === undefined) return;
    for (const wake of [...this.#wakers]) wake();
  }
}

/** Why the calls of a store that is closed end. */
const closed = new Error('the metadata store is closed');

/** The store's words for why a call ended early. */
function explained(error: unknown, call: PersistentCall): unknown {
  const { limit } = call;
  if (error === closed) return call.failure('METADATA_CLOSED', 'ends because the store is closed');
  if (limit.isExpired && error === limit.reason) {
    return call.failure('METADATA_TIMEOUT', `has no answer within ${limit.timeoutMs} ms`);
  }
  return error;
}

/** The state machine answers a command in its own kind. */
function answerTo<Kind extends CommandKind>(command: CommandOf<Kind>, answer: CommandAnswer): CommandAnswer<Kind> {
  const kind = answer.status === 'applied' ? answer.result.kind : command.kind;
  assert(kind === command.kind, () => `a ${command.kind} is answered as a ${kind}`);
  return answer as CommandAnswer<Kind>;
}
