import { RaftNodeError } from '../errors.ts';
import type { SnapshotIdentity } from './snapshot-store.ts';

/** What was kept is not what was written. */
export function damagedSnapshot(path: string, position: number): RaftNodeError {
  return damaged(path, position, `${path}: a piece of the snapshot is not what was written, or is missing`);
}

/** What comes from another node is not what that node has announced. */
export function damagedArrival(
  path: string,
  { metadata, sizeBytes }: SnapshotIdentity,
  position: number,
): RaftNodeError {
  const what = `the snapshot at ${metadata.index}, of ${sizeBytes} bytes, does not arrive as it was announced`;
  return damaged(path, position, what);
}

function damaged(file: string, position: number, what: string): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_STORAGE_DAMAGED', `${what}, from byte ${position}`, { file, position });
}
