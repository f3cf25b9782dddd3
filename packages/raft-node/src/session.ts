import type { Brand } from '@streambus/runtime';

/** A session in the replicated state: the index of the entry that opened it. */
export type SessionId = Brand<number, 'SessionId'>;

/** What makes a proposal recognizable when it comes again (dissertation, section 6.3). */
export interface SessionStamp {
  readonly id: SessionId;
  /** From 1, each number for one proposal and its repeats. */
  readonly sequence: number;
  /** The smallest number whose answer may still be asked for; answers below it are forgotten and such proposals refused. */
  readonly firstOutstanding: number;
}

/** What a session is opened with. */
export interface OpenSessionOptions {
  readonly signal?: AbortSignal;
  /**
   * How far numbers may run ahead of the oldest one without a final answer, from 1 to 1024. Default 64. So many answers each replica
   * keeps for the session.
   */
  readonly maxOutstanding?: number;
}

/**
 * A line of proposals of which each is applied at most once, however often it is submitted. It lives in the replicated state,
 * survives restarts and changes of leader, and ends when it is closed or when `maxSessions` others were used more recently.
 */
export interface Session {
  readonly id: SessionId;
  /** Proposals without a final answer. */
  readonly outstanding: number;
  /**
   * Gives the next number to `data`, which must not be changed while it may be submitted; nothing is sent yet. Proposals submitted without waiting for each other are applied in the order of
   * their first submission, as long as none of them fails.
   *
   * @throws RaftNodeError `RAFT_NODE_SESSION_WINDOW_FULL`
   */
  prepare(data: Uint8Array): SessionProposal;
  /** Forgets the session on all replicas. What is outstanding is refused from then on. @throws RaftNodeError as {@link RaftNode.propose} */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** One numbered proposal. */
export interface SessionProposal {
  readonly sequence: number;
  /**
   * Proposes it, and resolves with what the state machine answered when it was applied, which may have been in an earlier attempt.
   * After an error it may be submitted again, and is applied once all the same, or is to be abandoned.
   *
   * @throws RaftNodeError as {@link RaftNode.propose}; `outcome` speaks for all attempts together
   */
  submit(options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Gives up on the answer, so that its place in the window is free. It may still have been applied, or be applied once. */
  abandon(): void;
}
