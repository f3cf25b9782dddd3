import { crc32c } from '@node-rs/crc32';
import type { SnapshotMetadata } from '@streambus/raft';
import type { Disk, DiskFile } from '@streambus/runtime';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { damagedSnapshot } from './snapshot-damage.ts';
import { SnapshotFrameChecker, snapshotFrames } from './snapshot-frames.ts';
import type { SnapshotIdentity } from './snapshot-store.ts';

/** What is written is made durable in steps of this size: one large sync at the end would hold up the log's on the same disk. */
const syncBytes = 8 * 1024 * 1024;
const readBytes = 1024 * 1024;

/**
 * Writes a snapshot to a new file, durably. The state is taken and written piece by piece, with turns of the event loop in between.
 *
 * @param isWanted - looked at between pieces
 * @returns undefined when it was not wanted any more
 * @throws DiskError
 */
export async function writeSnapshotFile(
  disk: Disk,
  path: string,
  metadata: SnapshotMetadata,
  snapshot: SessionedSnapshot,
  isWanted: () => boolean,
): Promise<SnapshotIdentity | undefined> {
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  try {
    let sizeBytes = 0;
    let unsyncedBytes = 0;
    let checksum = 0;
    for (const chunks of snapshotFrames(metadata, snapshot)) {
      if (!isWanted()) return undefined;
      const position = sizeBytes;
      for (const chunk of chunks) {
        checksum = crc32c(chunk, checksum);
        sizeBytes += chunk.length;
      }
      await file.write(chunks, position);
      unsyncedBytes += sizeBytes - position;
      if (unsyncedBytes < syncBytes) continue;
      await file.sync();
      unsyncedBytes = 0;
    }
    await file.sync();
    return { metadata, sizeBytes, checksum };
  } finally {
    await file.close();
  }
}

/**
 * Reads the whole file to see that it is a snapshot, and which; undefined when there is none.
 *
 * @param onChecked - hears how many bytes were found to be right
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` with the byte at which it stops being a snapshot
 * @throws DiskError
 */
export async function identifySnapshotFile(
  disk: Disk,
  path: string,
  onChecked: (bytes: number) => void = () => {},
): Promise<SnapshotIdentity | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    return await identify(file, path, onChecked);
  } finally {
    await file.close();
  }
}

async function identify(file: DiskFile, path: string, onChecked: (bytes: number) => void): Promise<SnapshotIdentity> {
  const checker = new SnapshotFrameChecker();
  const buffer = new Uint8Array(Math.min(readBytes, (await file.size()) + 1));
  for (let position = 0; ; ) {
    const length = await file.read(buffer, position);
    if (!checker.add(buffer.subarray(0, length))) throw damagedSnapshot(path, checker.wholeBytes);
    position += length;
    onChecked(position);
    if (length < buffer.length) break;
  }
  const { complete, metadata, bytes, checksum } = checker;
  if (!complete || metadata === undefined) throw damagedSnapshot(path, checker.wholeBytes);
  return { metadata, sizeBytes: bytes, checksum };
}
