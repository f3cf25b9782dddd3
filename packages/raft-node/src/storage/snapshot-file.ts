import { crc32c } from '@node-rs/crc32';
import type { SnapshotMetadata } from '@streambus/raft';
import type { Clock, Disk, DiskFile } from '@streambus/runtime';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { TurnBudget } from '../turns/turn-budget.ts';
import { damagedSnapshot } from './snapshot-damage.ts';
import { SnapshotFrameChecker, snapshotFrames } from './snapshot-frames.ts';
import type { SnapshotIdentity } from './snapshot-store.ts';

/** What is written is made durable in steps of this size: one large sync at the end would hold up the log's on the same disk. */
const syncBytes = 8 * 1024 * 1024;
const writeBytes = 1024 * 1024;
const readBytes = 1024 * 1024;

/** How to write. */
export interface WriteOptions {
  /** Looked at between pieces. */
  readonly isWanted: () => boolean;
  readonly clock: Clock;
}

/**
 * Writes a snapshot to a new file, durably. The state is taken and written piece by piece, with turns of the event loop in between.
 *
 * @returns undefined when it was not wanted any more
 * @throws DiskError
 */
export async function writeSnapshotFile(
  disk: Disk,
  path: string,
  metadata: SnapshotMetadata,
  snapshot: SessionedSnapshot,
  { isWanted, clock }: WriteOptions,
): Promise<SnapshotIdentity | undefined> {
  await disk.remove(path);
  const budget = new TurnBudget(clock);
  const writer = new SnapshotWriter(await disk.open(path, 'create'));
  try {
    for (const chunks of snapshotFrames(metadata, snapshot)) {
      if (!isWanted()) return undefined;
      await writer.write(chunks);
      if (budget.isSpent) await budget.next();
    }
    await writer.end();
    return { metadata, sizeBytes: writer.sizeBytes, checksum: writer.checksum };
  } finally {
    await writer.close();
  }
}

/** Gathers small frames to writes of some size. */
class SnapshotWriter {
  sizeBytes = 0;
  checksum = 0;
  readonly #file: DiskFile;
  #gathered: Uint8Array[] = [];
  #writtenBytes = 0;
  #syncedBytes = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      this.checksum = crc32c(chunk, this.checksum);
      this.sizeBytes += chunk.length;
      this.#gathered.push(chunk);
    }
    if (this.sizeBytes - this.#writtenBytes >= writeBytes) await this.#flush();
    if (this.#writtenBytes - this.#syncedBytes >= syncBytes) await this.#sync();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#sync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #flush(): Promise<void> {
    const chunks = this.#gathered;
    this.#gathered = [];
    await this.#file.write(chunks, this.#writtenBytes);
    this.#writtenBytes = this.sizeBytes;
  }

  async #sync(): Promise<void> {
    this.#syncedBytes = this.#writtenBytes;
    await this.#file.sync();
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
