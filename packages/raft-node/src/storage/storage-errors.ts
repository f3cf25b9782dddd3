import { LogError } from '@streambus/log';
import { DiskError } from '@streambus/runtime';
import { RaftNodeError, type RaftNodeErrorCode } from '../errors.ts';

/**
 * What a failure of the disk or the log means for a node.
 *
 * @param what - what was being done, for the message
 * @throws whatever is no fault of the outside, as it is
 */
export function toStorageError(thrown: unknown, what: string): RaftNodeError {
  if (thrown instanceof RaftNodeError) return thrown;
  if (!(thrown instanceof LogError || thrown instanceof DiskError)) throw thrown;
  const cause = thrown;
  const code = codeOf(cause);
  const at = cause instanceof LogError ? { file: cause.file, position: cause.position } : {};
  return new RaftNodeError(code, `${what}: ${cause.message}`, {
    cause,
    outcome: code === 'RAFT_NODE_STORAGE_FAILED' ? 'unknown' : 'rejected',
    retriable: code === 'RAFT_NODE_STORAGE_FULL',
    ...(at.file === undefined ? {} : { file: at.file }),
    ...(at.position === undefined ? {} : { position: at.position }),
  });
}

function codeOf(cause: LogError | DiskError): RaftNodeErrorCode {
  switch (cause.code) {
    case 'LOG_DAMAGED':
      return 'RAFT_NODE_STORAGE_DAMAGED';
    case 'DISK_LOCKED':
      return 'RAFT_NODE_STORAGE_LOCKED';
    case 'LOG_FULL':
    case 'DISK_FULL':
      return 'RAFT_NODE_STORAGE_FULL';
    default:
      return 'RAFT_NODE_STORAGE_FAILED';
  }
}
