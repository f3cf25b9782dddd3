import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why a node refused, or could not say how it ended.
 *
 * - `RAFT_NODE_NOT_LEADER`: this node does not lead and cannot pass the proposal on. Rejected, retriable.
 * - `RAFT_NODE_QUEUE_FULL`: `maxQueuedProposalBytes`, `maxWaitingReads` or `maxLogBytes` is reached. Rejected, retriable.
 * - `RAFT_NODE_TOO_LARGE`: a proposal is larger than `maxProposalBytes`. Rejected.
 * - `RAFT_NODE_STOPPED`: the node is not running, or was stopped meanwhile. Rejected when the proposal had not reached the log, unknown otherwise.
 * - `RAFT_NODE_ABORTED`: the caller's signal ended the wait. Rejected or unknown likewise; `cause` is the signal's reason.
 * - `RAFT_NODE_LOST`: another leader's entry took this one's place. Rejected when that one was committed, unknown before. Retriable.
 * - `RAFT_NODE_STORAGE_FULL`: the disk has no space; the node goes on by itself when there is some. Rejected, retriable.
 * - `RAFT_NODE_STORAGE_FAILED`: the disk failed in a way that leaves open what is on it; the node must be restarted. Unknown for what
 *   was under way, rejected for what comes later.
 * - `RAFT_NODE_STORAGE_DAMAGED`: what was durable is missing or wrong: the message names the file and the byte. The node does not start.
 * - `RAFT_NODE_STORAGE_LOCKED`: another process has the folder open.
 * - `RAFT_NODE_IDENTITY_MISMATCH`: the folder belongs to another cluster or another node, or has a format that this version cannot read.
 * - `RAFT_NODE_IDENTITY_MISSING`: the folder was wiped, wholly or in part. A node that forgot its votes must not vote again.
 * - `RAFT_NODE_STATE_MACHINE_FAILED`: the state machine threw where it must not; the node has stopped applying. Unknown for what was under way.
 * - `RAFT_NODE_BROKEN`: an invariant of the node or its core is broken: a bug. The node has ended its work. Unknown for what was under way.
 * - `RAFT_NODE_SESSION_EXPIRED`: the session was closed, or made room for newer ones. Rejected for a first attempt, unknown for a later one.
 * - `RAFT_NODE_SESSION_WINDOW_FULL`: a session has `maxOutstanding` proposals without an answer. Rejected, retriable.
 * - `RAFT_NODE_CHANGE_PENDING`: another change of the membership is under way. Rejected, retriable.
 * - `RAFT_NODE_CHANGE_INVALID`: a change that makes no sense, or none for the membership that there was. Rejected.
 * - `RAFT_NODE_NOT_CAUGHT_UP`: a learner lacks too much of the log to become a voter. Rejected, retriable.
 * - `RAFT_NODE_TRANSFER_FAILED`: leadership was not handed over in time; it may be yet. Unknown, retriable.
 * - `RAFT_NODE_OPTIONS_INVALID`: an option, or two together, make no sense.
 */
export const raftNodeErrorCodes = [
  'RAFT_NODE_NOT_LEADER',
  'RAFT_NODE_QUEUE_FULL',
  'RAFT_NODE_TOO_LARGE',
  'RAFT_NODE_STOPPED',
  'RAFT_NODE_ABORTED',
  'RAFT_NODE_LOST',
  'RAFT_NODE_STORAGE_FULL',
  'RAFT_NODE_STORAGE_FAILED',
  'RAFT_NODE_STORAGE_DAMAGED',
  'RAFT_NODE_STORAGE_LOCKED',
  'RAFT_NODE_IDENTITY_MISMATCH',
  'RAFT_NODE_IDENTITY_MISSING',
  'RAFT_NODE_STATE_MACHINE_FAILED',
  'RAFT_NODE_BROKEN',
  'RAFT_NODE_SESSION_EXPIRED',
  'RAFT_NODE_SESSION_WINDOW_FULL',
  'RAFT_NODE_CHANGE_PENDING',
  'RAFT_NODE_CHANGE_INVALID',
  'RAFT_NODE_NOT_CAUGHT_UP',
  'RAFT_NODE_TRANSFER_FAILED',
  'RAFT_NODE_OPTIONS_INVALID',
] as const;

/** One of {@link raftNodeErrorCodes}. */
export type RaftNodeErrorCode = (typeof raftNodeErrorCodes)[number];

/** What a {@link RaftNodeError} says beside its message. */
export interface RaftNodeErrorOptions extends StreamBusErrorOptions {
  /** The file at fault, where there is one. */
  readonly file?: string;
  /** The byte in {@link file} at which the fault begins. */
  readonly position?: number;
}

/** A refusal by a node. `outcome` is `rejected` only when the proposal certainly is in no log and never will be. */
export class RaftNodeError extends StreamBusError<RaftNodeErrorCode> {
  override readonly name = 'RaftNodeError';
  /** The file at fault; set with `RAFT_NODE_STORAGE_DAMAGED`. */
  readonly file: string | undefined;
  /** The byte in {@link file} at which the fault begins; set with `RAFT_NODE_STORAGE_DAMAGED`. */
  readonly position: number | undefined;

  constructor(code: RaftNodeErrorCode, message: string, options: RaftNodeErrorOptions = {}) {
    super(code, message, options);
    this.file = options.file;
    this.position = options.position;
  }
}
