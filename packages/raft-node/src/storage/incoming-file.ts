import type { Disk, DiskFile } from '@streambus/runtime';
import type { RaftNodeError } from '../errors.ts';
import { damagedArrival } from './snapshot-damage.ts';
import { identifySnapshotFile } from './snapshot-file.ts';
import { SnapshotFrameChecker } from './snapshot-frames.ts';
import { type IncomingSnapshot, isSameSnapshot, type ReceiveOptions, type SnapshotIdentity } from './snapshot-store.ts';
import { toStorageError } from './storage-errors.ts';

/** What has come is made durable in steps of this size: one large sync at the end would hold up the log's on the same disk. */
const syncBytes = 8 * 1024 * 1024;
const checkBytes = 1024 * 1024;

/** A snapshot that comes, in a file. */
export class IncomingFile implements IncomingSnapshot {
  readonly identity: SnapshotIdentity;
  readonly path: string;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #checker = new SnapshotFrameChecker();
  #unsyncedBytes = 0;
  #completed = false;

  private constructor(disk: Disk, identity: SnapshotIdentity, file: DiskFile) {
    this.identity = identity;
    this.#disk = disk;
    this.path = file.path;
    this.#file = file;
  }

  /** Opens the file or makes it, and finds what of it is there and right. @returns undefined when it is not wanted any more */
  static async open(
    disk: Disk,
    path: string,
    identity: SnapshotIdentity,
    options: ReceiveOptions,
  ): Promise<IncomingFile | undefined> {
    const incoming = new IncomingFile(disk, identity, await disk.open(path, 'write'));
    try {
      if (await incoming.#recover(options)) return incoming;
      await incoming.close();
      return undefined;
    } catch (thrown) {
      await incoming.close();
      throw thrown;
    }
  }

  get receivedBytes(): number {
    return this.#checker.bytes;
  }

  /** Whether {@link complete} has found it to be whole. */
  get completed(): boolean {
    return this.#completed;
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    const position = this.#checker.bytes;
    for (const piece of pieces) {
      const fits = this.#checker.bytes + piece.length <= this.identity.sizeBytes;
      if (!fits || !this.#checker.add(piece)) throw this.#damaged();
    }
    try {
      await this.#file.write(pieces, position);
      this.#unsyncedBytes += this.#checker.bytes - position;
      if (this.#unsyncedBytes >= syncBytes) await this.#sync();
    } catch (thrown) {
      throw toStorageError(thrown, `write ${this.path}`);
    }
  }

  async complete(onChecked: (bytes: number) => void): Promise<void> {
    if (this.#completed) return;
    if (!this.#checker.isWhole(this.identity)) throw this.#damaged();
    try {
      await this.#sync();
      await this.#file.close();
      // What was checked on its way to the disk is not what the disk has until that was read.
      const found = await identifySnapshotFile(this.#disk, this.path, onChecked);
      if (found === undefined || !isSameSnapshot(found, this.identity)) throw this.#damaged();
    } catch (thrown) {
      throw toStorageError(thrown, `complete ${this.path}`);
    }
    this.#completed = true;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #sync(): Promise<void> {
    this.#unsyncedBytes = 0;
    await this.#file.sync();
  }

  /** Of what a former life has left, the frames that are whole and right stay. */
  async #recover({ isWanted, onChecked }: ReceiveOptions): Promise<boolean> {
    const sizeBytes = await this.#file.size();
    const buffer = new Uint8Array(Math.min(checkBytes, sizeBytes));
    for (let position = 0; position < Math.min(sizeBytes, this.identity.sizeBytes); ) {
      if (!isWanted()) return false;
      const length = await this.#file.read(buffer, position);
      if (length === 0 || !this.#checker.add(buffer.subarray(0, length))) break;
      position += length;
      onChecked(this.#checker.wholeBytes);
    }
    this.#checker.rewind();
    if (this.#checker.bytes < sizeBytes) await this.#file.truncate(this.#checker.bytes);
    return isWanted();
  }

  #damaged(): RaftNodeError {
    return damagedArrival(this.path, this.identity, this.#checker.wholeBytes);
  }
}
