import { encodeChecksummedFrame, type Log, LogError } from '@streambus/log';
import type { Entry, HardState, MemoryStorage, SnapshotMetadata } from '@streambus/raft';
import { assert, type Clock, type Disk, type DiskLock, type Logger, type Timer } from '@streambus/runtime';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { compactView } from './compact-view.ts';
import type { LogExtent } from './log-extent.ts';
import { encodeLogRecord } from './log-record.ts';
import type { ReplicaStorage, StorageBatch, StorageObserver } from './replica-storage.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import { toStorageError } from './storage-errors.ts';

/** Entries beyond this go into a record of their own, so that no frame gets large. */
const maxRecordBytes = 1024 * 1024;

/** How long to wait before a full disk is tried again. */
const retryIntervalMs = 500;

/** A record on its way to the disk. */
interface PendingRecord {
  readonly bytes: Uint8Array;
  readonly lastIndex: number;
  /** Called when it is durable. */
  readonly onDurable: (() => void)[];
  /** Where the log has it; meaningful once it was handed over. */
  offset: number;
}

/** What a {@link DurableStorage} is made of. */
export interface DurableStorageParts {
  readonly log: Log;
  readonly view: MemoryStorage;
  readonly extent: LogExtent;
  readonly snapshotPath: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: StorageObserver;
  /** Keeps other processes out; released at the end. */
  readonly lock: DiskLock;
}

/**
 * The log on a disk: each batch is one record (a large one several), each record has the hard state, so a whole ready is one
 * sequential write and one sync, shared with whatever else was appended meanwhile.
 *
 * Replaced entries stay where they are and later records win, so a record never waits for a truncation. A hard state in
 * which only `commit` moved is not written by itself: it can be learned again, and goes with the next record.
 *
 * Invariants:
 * 1. `#pending` is in the order of the log; its first `#handed` were given to the log, at growing offsets.
 * 2. A batch is reported durable after all before it.
 */
export class DurableStorage implements ReplicaStorage {
  readonly view: MemoryStorage;
  readonly #parts: DurableStorageParts;
  #latest: HardState;
  /** The last one that was put into a record. */
  #written: HardState;
  #pending: PendingRecord[] = [];
  #handed = 0;
  #full = false;
  #ended = false;
  #retry: Timer | undefined;

  constructor(parts: DurableStorageParts) {
    this.#parts = parts;
    this.view = parts.view;
    this.#latest = parts.view.initialState().hardState;
    this.#written = this.#latest;
  }

  get logBytes(): number {
    return this.#parts.extent.sizeBytes;
  }

  get snapshotIndex(): number {
    return this.view.snapshot().metadata.index;
  }

  append({ entries, hardState = this.#latest }: StorageBatch, onDurable: () => void): void {
    const mustWrite =
      entries.length > 0 || hardState.term !== this.#written.term || hardState.vote !== this.#written.vote;
    this.#latest = hardState;
    this.view.setHardState(hardState);
    this.view.append(entries);
    if (mustWrite) {
      this.#written = hardState;
      for (const part of recordParts(entries)) this.#enqueue(part, hardState);
    }
    const last = this.#pending.at(-1);
    if (last === undefined) this.#parts.clock.nextTurn(onDurable);
    else last.onDurable.push(onDurable);
    if (!this.#full) this.#handOver();
  }

  async saveSnapshot(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Promise<number> {
    const { disk, snapshotPath, extent, log } = this.#parts;
    try {
      const sizeBytes = await writeSnapshotFile(disk, snapshotPath, metadata, snapshot);
      compactView(this.view, metadata);
      const offset = extent.dropThrough(metadata.index);
      if (offset !== undefined) await log.truncatePrefix(offset);
      return sizeBytes;
    } catch (thrown) {
      throw toStorageError(thrown, `write a snapshot at ${metadata.index}`);
    }
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#retry?.cancel();
    const { log, lock, logger } = this.#parts;
    try {
      await log.close();
      await lock.release();
    } catch (thrown) {
      // Nothing that was acknowledged depends on it: the next start recovers.
      logger.warn(
        { err: toStorageError(thrown, 'close the log'), folder: log.folder },
        'the log was not closed properly',
      );
    }
  }

  /** The log has written or synced something. */
  onAdvanced(): void {
    const durableEndOffset = this.#parts.log.durableEndOffset;
    let count = 0;
    while (count < this.#handed && (this.#pending[count] as PendingRecord).offset < durableEndOffset) count++;
    if (count === 0 || this.#ended) return;
    const durable = this.#pending.splice(0, count);
    this.#handed -= count;
    for (const record of durable) this.#parts.extent.add(record.offset, record.lastIndex, record.bytes.length);
    if (this.#full && this.#pending.length === 0) this.#setFull(false);
    for (const record of durable) {
      for (const callback of record.onDurable) callback();
    }
  }

  /** The log could not keep what it had taken: everything from its end on. */
  onRejected(error: LogError): void {
    if (this.#ended) return;
    if (!error.retriable) {
      this.#fail(toStorageError(error, 'append to the log'));
      return;
    }
    const kept = this.#pending.findIndex(
      (record, at) => at < this.#handed && record.offset >= this.#parts.log.endOffset,
    );
    if (kept >= 0) this.#handed = kept;
    this.#setFull(true);
    this.#retryLater();
  }

  #enqueue(entries: readonly Entry[], hardState: HardState): void {
    const lastIndex = entries.at(-1)?.index ?? 0;
    // What is committed beyond this record's own entries may not be there yet if the power fails after it.
    const known = Math.min(hardState.commit, lastIndex || this.view.lastIndex()) as HardState['commit'];
    const bytes = encodeLogRecord({ hardState: { ...hardState, commit: known }, entries });
    this.#pending.push({ bytes, lastIndex, onDurable: [], offset: 0 });
  }

  #handOver(): void {
    const { log } = this.#parts;
    try {
      for (; this.#handed < this.#pending.length; this.#handed++) {
        const record = this.#pending[this.#handed] as PendingRecord;
        record.offset = log.endOffset;
        log.append(encodeChecksummedFrame({ firstOffset: record.offset, payload: [record.bytes] }));
      }
    } catch (thrown) {
      if (thrown instanceof LogError && thrown.retriable) this.#retryLater();
      else this.#fail(toStorageError(thrown, 'append to the log'));
    }
  }

  #retryLater(): void {
    this.#retry?.cancel();
    this.#retry = this.#parts.clock.setTimer(retryIntervalMs, () => {
      this.#retry = undefined;
      if (!this.#ended) this.#handOver();
    });
  }

  #setFull(full: boolean): void {
    if (this.#full === full) return;
    this.#full = full;
    const { log, logger, observer } = this.#parts;
    if (full) logger.error({ folder: log.folder }, 'the disk is full: nothing is taken until it has space again');
    else logger.info({ folder: log.folder }, 'the disk has space again');
    observer.onFull(full);
  }

  #fail(error: RaftNodeError): void {
    assert(!this.#ended, 'a storage that has ended fails');
    this.#ended = true;
    this.#parts.observer.onFailed(error);
  }
}

/** Cuts a batch into records; at least one, for the hard state. */
function recordParts(entries: readonly Entry[]): (readonly Entry[])[] {
  const parts: Entry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    if (bytes > maxRecordBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(entry);
    bytes += entry.data.length;
  }
  return parts;
}
