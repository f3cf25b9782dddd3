import type { RaftError } from '@streambus/raft';
import { RaftNodeError } from '../errors.ts';

/** The core did not take a proposal: it is in no log. */
export function proposalDropped(error: RaftError): RaftNodeError {
  const code = error.code === 'RAFT_UNCOMMITTED_FULL' ? 'RAFT_NODE_QUEUE_FULL' : 'RAFT_NODE_NOT_LEADER';
  return new RaftNodeError(code, error.message, { cause: error, retriable: error.retriable });
}
