import { encodeChecksummedFrame, type Log, LogError } from '@streambus/log';
import type { Entry, HardState, LogIndex, MemoryStorage, SnapshotMetadata } from '@streambus/raft';
import { assert, type Clock, type Disk, type DiskLock, type Logger, type Timer } from '@streambus/runtime';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { compactView } from './compact-view.ts';
import type { LogExtent } from './log-extent.ts';
import { encodeLogRecord } from './log-record.ts';
import type { ReplicaStorage, StorageBatch, StorageObserver } from './replica-storage.ts';
import { writeSnapshotFile } from './snapshot-file.ts';
import { toStorageError } from './storage-errors.ts';

/** Batches that wait for the disk are joined to one record up to this size. */
const maxRecordBytes = 4 * 1024 * 1024;

/** How long to wait before a full disk is tried again. */
const retryIntervalMs = 500;

/** A batch that is not durable. */
interface PendingBatch {
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly sizeBytes: number;
  /** Called when it is durable. */
  readonly onDurable: (() => void)[];
}

/** The record that the log has taken and not yet made durable. */
interface RecordInFlight {
  readonly batches: readonly PendingBatch[];
  readonly offset: number;
  readonly lastIndex: LogIndex;
  readonly sizeBytes: number;
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
 * The log on a disk. A record is under way at any time, one at most; what comes meanwhile is joined to the next. So a record is one
 * sequential write and one sync, and a loss of power, which may leave any part of what was not synced, leaves a whole record or a torn
 * end, never a good record behind a bad one.
 *
 * Replaced entries stay where they are and later records win, so nothing ever waits for a truncation. A hard state in which
 * only `commit` moved is not written by itself: it can be learned again, and goes with the next record.
 *
 * Invariant: a batch is reported durable after all before it.
 */
export class DurableStorage implements ReplicaStorage {
  readonly view: MemoryStorage;
  readonly #parts: DurableStorageParts;
  #hardState: HardState;
  /** The last index of the entries in durable records. */
  #durableIndex: LogIndex;
  #inFlight: RecordInFlight | undefined;
  #waiting: PendingBatch[] = [];
  #full = false;
  #ended = false;
  #retry: Timer | undefined;

  constructor(parts: DurableStorageParts) {
    this.#parts = parts;
    this.view = parts.view;
    this.#hardState = parts.view.initialState().hardState;
    this.#durableIndex = parts.view.lastIndex();
  }

  get logBytes(): number {
    return this.#parts.extent.sizeBytes;
  }

  get snapshotIndex(): number {
    return this.view.snapshot().metadata.index;
  }

  append({ entries, hardState = this.#hardState }: StorageBatch, onDurable: () => void): void {
    const { term, vote } = this.#hardState;
    this.#hardState = hardState;
    this.view.setHardState(hardState);
    this.view.append(entries);
    if (entries.length > 0 || hardState.term !== term || hardState.vote !== vote) {
      const sizeBytes = entries.reduce((sum, entry) => sum + entry.data.length, 0);
      this.#waiting.push({ entries, hardState, sizeBytes, onDurable: [onDurable] });
    } else {
      this.#afterLast(onDurable);
    }
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
      const err = toStorageError(thrown, 'close the log');
      logger.warn({ err, folder: log.folder }, 'the log was not closed properly');
    }
  }

  /** The log has written or synced something. */
  onAdvanced(): void {
    const record = this.#inFlight;
    if (this.#ended || record === undefined || this.#parts.log.durableEndOffset <= record.offset) return;
    this.#inFlight = undefined;
    this.#durableIndex = record.lastIndex;
    this.#parts.extent.add(record.offset, record.lastIndex, record.sizeBytes);
    this.#handOver();
    if (this.#full && this.#inFlight === undefined) this.#setFull(false);
    for (const batch of record.batches) {
      for (const callback of batch.onDurable) callback();
    }
  }

  /** The log could not keep what it had taken. */
  onRejected(error: LogError): void {
    if (this.#ended) return;
    if (error.retriable) this.#takeBack(error);
    else this.#fail(error);
  }

  /** Nothing of it has to be written. */
  #afterLast(onDurable: () => void): void {
    const last = this.#waiting.at(-1) ?? this.#inFlight?.batches.at(-1);
    if (last === undefined) this.#parts.clock.nextTurn(onDurable);
    else last.onDurable.push(onDurable);
  }

  #handOver(): void {
    if (this.#inFlight !== undefined || this.#waiting.length === 0) return;
    const { log } = this.#parts;
    const batches = this.#takeJoinable();
    const entries = batches.flatMap((batch) => batch.entries);
    const lastIndex = entries.at(-1)?.index ?? this.#durableIndex;
    const { hardState } = batches.at(-1) as PendingBatch;
    // What is committed beyond this record is not there if the power fails after it.
    const commit = Math.min(hardState.commit, lastIndex) as LogIndex;
    const payload = encodeLogRecord({ hardState: { ...hardState, commit }, entries });
    const offset = log.endOffset;
    this.#inFlight = { batches, offset, lastIndex, sizeBytes: payload.length };
    try {
      log.append(encodeChecksummedFrame({ firstOffset: offset, payload: [payload] }));
    } catch (thrown) {
      if (thrown instanceof LogError && thrown.retriable) this.#takeBack(thrown);
      else this.#fail(thrown);
    }
  }

  /** The first batches that wait, as many as make one record: their entries follow one another. */
  #takeJoinable(): readonly PendingBatch[] {
    let sizeBytes = 0;
    let nextIndex: number | undefined;
    const end = this.#waiting.findIndex((batch, at) => {
      const [first] = batch.entries;
      const follows = first === undefined || nextIndex === undefined || first.index === nextIndex;
      sizeBytes += batch.sizeBytes;
      if (first !== undefined) nextIndex = first.index + batch.entries.length;
      return at > 0 && (!follows || sizeBytes > maxRecordBytes);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  /** The log has not kept the record: it is tried again when there may be space. */
  #takeBack(error: LogError): void {
    if (this.#inFlight !== undefined) this.#waiting.unshift(...this.#inFlight.batches);
    this.#inFlight = undefined;
    this.#setFull(true, error);
    this.#retry?.cancel();
    this.#retry = this.#parts.clock.setTimer(retryIntervalMs, () => {
      this.#retry = undefined;
      if (!this.#ended) this.#handOver();
    });
  }

  #setFull(full: boolean, err?: LogError): void {
    if (this.#full === full) return;
    this.#full = full;
    const { log, logger, observer } = this.#parts;
    if (full) logger.error({ folder: log.folder, err }, 'the log cannot grow: nothing is taken until it can');
    else logger.info({ folder: log.folder }, 'the log can grow again');
    observer.onFull(full);
  }

  #fail(thrown: unknown): void {
    assert(!this.#ended, 'a storage that has ended fails');
    this.#ended = true;
    const error: RaftNodeError = toStorageError(thrown, 'append to the log');
    this.#parts.observer.onFailed(error);
  }
}
