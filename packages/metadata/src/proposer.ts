import type { CommandAnswer } from './answers.ts';
import type { MetadataCommand } from './commands.ts';

/** One command on its way: however often it is submitted, it is applied at most once. */
export interface Proposal {
  /**
   * Submits it, again if need be, under the same identity.
   *
   * @returns what the state machine answered when the command was applied here
   * @throws StreamBusError: `rejected` and `retriable` where another attempt may succeed, `rejected` alone where none can,
   * `unknown` where this attempt may yet commit; whatever it is, submitting again is safe
   */
  submit(options: { readonly signal: AbortSignal }): Promise<CommandAnswer>;
  /** Says that nobody will submit it again, so that its remembered answer may be dropped. Called once. */
  release(): void;
}

/** Who leads, as far as this node knows. */
export interface LeaderStatus {
  readonly leaderId: number | undefined;
  /** Two leaderships of one node differ in it. */
  readonly term: number;
}

/** What the store needs of whoever replicates commands; `@streambus/raft-node` and the codec make one. */
export interface Proposer {
  /** Gives a command an identity (session and sequence) without sending anything. */
  prepare(command: MetadataCommand): Proposal;
  /** Resolves when the local state has everything that was committed before the call. Errors as {@link Proposal.submit}. */
  readBarrier(options: { readonly signal: AbortSignal }): Promise<void>;
  leaderStatus(): LeaderStatus;
  /** Calls back after every change of {@link leaderStatus}; returns what ends it. */
  onLeaderChange(listener: (status: LeaderStatus) => void): () => void;
}
