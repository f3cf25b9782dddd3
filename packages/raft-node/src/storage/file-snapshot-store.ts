import type { SnapshotMetadata } from '@streambus/raft';
import { assert, type Clock, type Disk, type DiskFile } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { IncomingFile } from './incoming-file.ts';
import { identifySnapshotFile, writeSnapshotFile } from './snapshot-file.ts';
import {
  type IncomingSnapshot,
  isSameSnapshot,
  type ReceiveOptions,
  type SnapshotIdentity,
  type SnapshotReader,
  type SnapshotStore,
} from './snapshot-store.ts';
import { toStorageError } from './storage-errors.ts';

/** A snapshot that has come and is to be the newest. */
export interface StagedSnapshot {
  /** Makes it so, durably. May be called again where it failed. @throws RaftNodeError */
  install(): Promise<void>;
}

const incomingPrefix = 'snapshot.incoming-';
const incomingName: RegExp = /^snapshot\.incoming-([0-9]+)-[0-9]+-[0-9a-f]{8}$/;

/** So much is left free for the log while a snapshot comes. */
const reserveBytes = 16 * 1024 * 1024;

/**
 * Snapshots in a folder:
 *
 *     snapshot                                    the newest
 *     snapshot.tmp                                one that is being written
 *     snapshot.incoming-<index>-<term>-<checksum> one that comes from another node, and is found again when that is interrupted
 */
export class FileSnapshotStore implements SnapshotStore {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #clock: Clock;
  #current: SnapshotIdentity | undefined;
  #incoming: IncomingFile | undefined;
  /** The newest of those that are there and those that were handed over to be installed. */
  #newestIndex = 0;
  /** A file that nobody has open: of a former life, or of a transfer that was given up before it began. */
  #leftBehind: { readonly name: string; readonly index: number } | undefined;
  /** Ends when nobody replaces the newest one. */
  #replacing: Promise<unknown> = Promise.resolve();

  private constructor(disk: Disk, folder: string, clock: Clock) {
    this.#disk = disk;
    this.#folder = folder;
    this.#clock = clock;
  }

  /**
   * Reads what is in the folder, and removes what is of no use.
   *
   * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` with the byte at which the newest one stops being a snapshot
   * @throws DiskError
   */
  static async open(disk: Disk, folder: string, clock: Clock): Promise<FileSnapshotStore> {
    const store = new FileSnapshotStore(disk, folder, clock);
    store.#current = await identifySnapshotFile(disk, store.#path);
    store.#newestIndex = store.#current?.metadata.index ?? 0;
    await store.#tidy();
    return store;
  }

  get current(): SnapshotIdentity | undefined {
    return this.#current;
  }

  get incomingIndex(): number {
    return this.#incoming?.identity.metadata.index ?? this.#leftBehind?.index ?? 0;
  }

  async open(): Promise<SnapshotReader | undefined> {
    return this.#alone('open a snapshot', async () => {
      if (this.#current === undefined) return undefined;
      return new SnapshotFileReader(this.#current, await this.#disk.open(this.#path, 'read'));
    });
  }

  async save(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Promise<SnapshotIdentity | undefined> {
    const temporary = `${this.#path}.tmp`;
    const isNewest = (): boolean => metadata.index > this.#newestIndex;
    try {
      const written = await writeSnapshotFile(this.#disk, temporary, metadata, snapshot, {
        isWanted: isNewest,
        clock: this.#clock,
      });
      if (written !== undefined && (await this.#replace(temporary, written, isNewest))) return written;
      await this.#disk.remove(temporary);
      return undefined;
    } catch (thrown) {
      throw toStorageError(thrown, `write a snapshot at ${metadata.index}`);
    }
  }

  async receive(identity: SnapshotIdentity, options: ReceiveOptions): Promise<IncomingSnapshot | undefined> {
    if (this.#incoming !== undefined && isSameSnapshot(this.#incoming.identity, identity)) return this.#incoming;
    const name = incomingNameOf(identity);
    try {
      await this.#forgetIncoming(name);
      this.#leftBehind = { name, index: identity.metadata.index };
      await this.#assertFits(name, identity);
      const path = `${this.#folder}/${name}`;
      this.#incoming = await IncomingFile.open(this.#disk, path, identity, options);
      if (this.#incoming === undefined) return undefined;
      this.#leftBehind = undefined;
      await this.#disk.syncDirectory(this.#folder);
      return this.#incoming;
    } catch (thrown) {
      throw toStorageError(thrown, `receive a snapshot at ${identity.metadata.index}`);
    }
  }

  async forgetIncoming(): Promise<void> {
    try {
      await this.#forgetIncoming(undefined);
    } catch (thrown) {
      throw toStorageError(thrown, `remove a snapshot from ${this.#folder}`);
    }
  }

  /** Hands over what has come, to be installed. */
  stage({ index, term }: SnapshotMetadata): StagedSnapshot {
    const incoming = this.#incoming;
    assert(incoming?.completed === true, () => `there is no snapshot at ${index} to be installed`);
    const { metadata } = incoming.identity;
    assert(
      metadata.index === index && metadata.term === term,
      () => `a snapshot at ${metadata.index}, not at ${index}`,
    );
    this.#incoming = undefined;
    this.#newestIndex = Math.max(this.#newestIndex, index);
    let installed = false;
    return {
      install: async () => {
        if (!installed) await this.#replace(incoming.path, incoming.identity, () => true);
        installed = true;
      },
    };
  }

  /** Keeps what has come, for the next life. */
  async close(): Promise<void> {
    await this.#replacing;
    await this.#incoming?.close();
  }

  get #path(): string {
    return `${this.#folder}/snapshot`;
  }

  /** @returns whether it was still to be done */
  #replace(from: string, identity: SnapshotIdentity, isNewest: () => boolean): Promise<boolean> {
    return this.#alone(`replace the snapshot by ${from}`, async () => {
      if (!isNewest()) return false;
      if (this.#current === undefined || !isSameSnapshot(this.#current, identity)) {
        await this.#disk.rename(from, this.#path);
        this.#current = identity;
        this.#newestIndex = Math.max(this.#newestIndex, identity.metadata.index);
      }
      await this.#disk.syncDirectory(this.#folder);
      return true;
    });
  }

  async #alone<T>(what: string, act: () => Promise<T>): Promise<T> {
    const done = this.#replacing.then(act);
    this.#replacing = done.catch(() => {});
    try {
      return await done;
    } catch (thrown) {
      throw toStorageError(thrown, what);
    }
  }

  async #forgetIncoming(except: string | undefined): Promise<void> {
    const incoming = this.#incoming;
    const left = this.#leftBehind;
    this.#incoming = undefined;
    this.#leftBehind = undefined;
    await incoming?.close();
    if (incoming !== undefined) await this.#disk.remove(incoming.path);
    if (left !== undefined && left.name !== except) await this.#disk.remove(`${this.#folder}/${left.name}`);
  }

  async #assertFits(name: string, { sizeBytes, metadata }: SnapshotIdentity): Promise<void> {
    const there = await this.#disk.stat(`${this.#folder}/${name}`);
    const needed = sizeBytes - (there?.sizeBytes ?? 0) + reserveBytes;
    const free = await this.#disk.freeBytes(this.#folder);
    if (free >= needed) return;
    const message = `a snapshot at ${metadata.index} needs ${needed} bytes, the log's reserve among them; ${free} are free`;
    throw new RaftNodeError('RAFT_NODE_STORAGE_FULL', message, { retriable: true });
  }

  /** Keeps, of what a former life has left, the newest of those that were coming, for its sender to go on. */
  async #tidy(): Promise<void> {
    for (const { name } of await this.#disk.list(this.#folder)) {
      const index = Number(incomingName.exec(name)?.[1] ?? 0);
      const wanted = index > Math.max(this.#newestIndex, this.#leftBehind?.index ?? 0);
      if (wanted) {
        if (this.#leftBehind !== undefined) await this.#disk.remove(`${this.#folder}/${this.#leftBehind.name}`);
        this.#leftBehind = { name, index };
      } else if (name.startsWith(incomingPrefix) || name === 'snapshot.tmp') {
        await this.#disk.remove(`${this.#folder}/${name}`);
      }
    }
  }
}

class SnapshotFileReader implements SnapshotReader {
  readonly identity: SnapshotIdentity;
  readonly #file: DiskFile;

  constructor(identity: SnapshotIdentity, file: DiskFile) {
    this.identity = identity;
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    try {
      return await this.#file.read(target, position);
    } catch (thrown) {
      throw toStorageError(thrown, `read ${this.path}`);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function incomingNameOf({ metadata, checksum }: SnapshotIdentity): string {
  return `${incomingPrefix}${metadata.index}-${metadata.term}-${checksum.toString(16).padStart(8, '0')}`;
}
