import type { CommandAnswer } from './answers.ts';
import type { MetadataCommand } from './commands.ts';

/** How a call on a {@link Proposer} ends early. */
export interface ProposerCallOptions {
  /** Aborted when nobody waits any more, or when this attempt has taken too long. */
  readonly signal: AbortSignal;
}

/** One command on its way: however often it is submitted, it is applied at most once. */
export interface Proposal {
  /**
   * Submits it, again if need be, under the same identity.
   *
   * @returns what the state machine answered when the command was applied here, which may have been in an earlier attempt
   * @throws StreamBusError: `outcome` says whether this attempt may yet be applied, `retriable` whether another may get an answer; whatever it
   *   says, submitting again is safe
   */
  submit(options: ProposerCallOptions): Promise<CommandAnswer>;
  /** Gives up on the answer, so that nothing is kept for it. It may still be applied, once. Not called after an answer. */
  abandon(): void;
}

/** Who leads, as far as this node knows. */
export interface LeaderStatus {
  readonly leaderId: number | undefined;
  /** Two leaderships of one node differ in it. */
  readonly term: number;
}

/**
 * What the store needs of whoever replicates commands. A session of `@streambus/raft-node` with the codec around it makes one: its
 * numbered proposals are these.
 */
export interface Proposer {
  /** Gives a command its identity (a session, and a sequence in it); nothing of the command is sent yet. Errors as {@link Proposal.submit}. */
  prepare(command: MetadataCommand, options: ProposerCallOptions): Promise<Proposal>;
  /** Resolves when the local state has everything that was committed before the call. Errors as {@link Proposal.submit}. */
  readBarrier(options: ProposerCallOptions): Promise<void>;
  leaderStatus(): LeaderStatus;
  /** Calls back after every change of {@link leaderStatus}; returns what ends it. */
  onLeaderChange(listener: (status: LeaderStatus) => void): () => void;
}
