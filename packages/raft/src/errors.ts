import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why the core refused.
 *
 * - `RAFT_NO_LEADER`: a proposal was dropped: no leader is known. Retriable.
 * - `RAFT_NOT_LEADER`: a proposal was dropped: this node does not lead and must not forward. Retriable, elsewhere.
 * - `RAFT_TRANSFERRING`: a proposal was dropped: the leader is handing over leadership. Retriable.
 * - `RAFT_UNCOMMITTED_FULL`: a proposal was dropped: `maxUncommittedBytes` of proposals wait for commitment. Retriable.
 * - `RAFT_REMOVED`: a proposal was dropped: this leader is no member any more.
 * - `RAFT_LOCAL_MESSAGE`: a message that never crosses the network was given to `step` as if it had.
 * - `RAFT_PEER_UNKNOWN`: a response came from a node that is no member.
 * - `RAFT_COMPACTED`: the entries asked of a storage were replaced by a snapshot.
 * - `RAFT_UNAVAILABLE`: the entries asked of a storage are not there (yet).
 * - `RAFT_SNAPSHOT_OUT_OF_DATE`: a storage has a newer snapshot than the one offered.
 * - `RAFT_SNAPSHOT_UNAVAILABLE`: a storage has no snapshot at hand now; the leader asks again. Retriable.
 * - `RAFT_CONF_CHANGE_INVALID`: this membership change cannot be made from the present membership, or its bytes are
 *   none.
 * - `RAFT_OPTIONS_INVALID`: an option, or two together, make no sense.
 */
export const raftErrorCodes = [
  'RAFT_NO_LEADER',
  'RAFT_NOT_LEADER',
  'RAFT_TRANSFERRING',
  'RAFT_UNCOMMITTED_FULL',
  'RAFT_REMOVED',
  'RAFT_LOCAL_MESSAGE',
  'RAFT_PEER_UNKNOWN',
  'RAFT_COMPACTED',
  'RAFT_UNAVAILABLE',
  'RAFT_SNAPSHOT_OUT_OF_DATE',
  'RAFT_SNAPSHOT_UNAVAILABLE',
  'RAFT_CONF_CHANGE_INVALID',
  'RAFT_OPTIONS_INVALID',
] as const;

/** One of {@link raftErrorCodes}. */
export type RaftErrorCode = (typeof raftErrorCodes)[number];

/** The five ways in which a proposal certainly did not enter any log. */
const droppedProposalCodes: ReadonlySet<string> = new Set<RaftErrorCode>([
  'RAFT_NO_LEADER',
  'RAFT_NOT_LEADER',
  'RAFT_TRANSFERRING',
  'RAFT_UNCOMMITTED_FULL',
  'RAFT_REMOVED',
]);

/** A refusal by the core or by a {@link Storage}. Its outcome is always `rejected`: nothing has happened. */
export class RaftError extends StreamBusError<RaftErrorCode> {
  override readonly name = 'RaftError';

  constructor(code: RaftErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

/** Whether this error says that a proposal was dropped: it is certainly in no log because of this call. */
export function isProposalDropped(error: unknown): error is RaftError {
  return error instanceof RaftError && droppedProposalCodes.has(error.code);
}

/** Whether this is a {@link RaftError} of that code. */
export function isRaftError(error: unknown, code: RaftErrorCode): error is RaftError {
  return error instanceof RaftError && error.code === code;
}
