import { encodeChecksummedFrame, type Log, LogError } from '@streambus/log';
import {
  type Entry,
  emptyBytes,
  type HardState,
  type LogIndex,
  type MemoryStorage,
  type SnapshotMetadata,
} from '@streambus/raft';
import { assert, type Clock, type DiskLock, type Logger, StreamBusError, type Timer } from '@streambus/runtime';
import type { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { compactLog } from './compact-log.ts';
import type { FileSnapshotStore, StagedSnapshot } from './file-snapshot-store.ts';
import type { LogExtent } from './log-extent.ts';
import { encodeLogRecord } from './log-record.ts';
import type { LogKeep, ReplicaStorage, StorageBatch, StorageObserver } from './replica-storage.ts';
import { toStorageError } from './storage-errors.ts';

/** Batches that wait for the disk are joined to one record up to this size. */
const maxRecordBytes = 4 * 1024 * 1024;

/** How long to wait before a full disk is tried again. */
const retryIntervalMs = 500;

/** A leader's snapshot that takes the place of the log. */
interface Installation {
  readonly metadata: SnapshotMetadata;
  readonly staged: StagedSnapshot;
  /** Whether the snapshot is in its place, so that the log may say that it begins anew after it. */
  inPlace: boolean;
}

/** A batch that is not durable. */
interface PendingBatch {
  /** Comes before the entries. */
  readonly installation: Installation | undefined;
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly sizeBytes: number;
  /** Called when it is durable. */
  readonly onDurable: (() => void)[];
}

/** The record that the log has taken and not yet made durable. */
interface RecordInFlight {
  readonly batches: readonly PendingBatch[];
  /** Nothing before it counts any more. */
  readonly beginsAnew: boolean;
  readonly offset: number;
  readonly lastIndex: LogIndex;
  readonly sizeBytes: number;
}

/** What a {@link DurableStorage} is made of. */
export interface DurableStorageParts {
  readonly log: Log;
  readonly view: MemoryStorage;
  readonly extent: LogExtent;
  readonly snapshots: FileSnapshotStore;
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
 * A leader's snapshot that takes the place of the log is put into its place when all before it is durable, and then a record says that the
 * log begins anew after it. If the power fails in between, the next start finds a snapshot that the log does not lead to, and writes that
 * record.
 *
 * Invariant: a batch is reported durable after all before it.
 */
export class DurableStorage implements ReplicaStorage {
  readonly view: MemoryStorage;
  readonly snapshots: FileSnapshotStore;
  readonly #parts: DurableStorageParts;
  /** Of what the cluster began with, or of the snapshot that was there. */
  readonly #firstSnapshotIndex: LogIndex;
  #hardState: HardState;
  /** The last index of the entries in durable records. */
  #durableIndex: LogIndex;
  #inFlight: RecordInFlight | undefined;
  #waiting: PendingBatch[] = [];
  /** What is durable and has not been told: it is in the next turn, or before the next record is. */
  readonly #untold: (() => void)[] = [];
  /** Ends when no snapshot is being put into its place. */
  #installing: Promise<void> | undefined;
  #full = false;
  #ended = false;
  #retry: Timer | undefined;

  constructor(parts: DurableStorageParts) {
    this.#parts = parts;
    this.view = parts.view;
    this.snapshots = parts.snapshots;
    this.#firstSnapshotIndex = parts.view.snapshot().metadata.index;
    this.#hardState = parts.view.initialState().hardState;
    this.#durableIndex = parts.view.lastIndex();
  }

  get logBytes(): number {
    return this.#parts.extent.uncoveredBytes;
  }

  get snapshotIndex(): number {
    return this.snapshots.current?.metadata.index ?? this.#firstSnapshotIndex;
  }

  append({ entries, hardState = this.#hardState, snapshot }: StorageBatch, onDurable: () => void): void {
    const { term, vote } = this.#hardState;
    const installation = snapshot && this.#stage(snapshot);
    this.#hardState = hardState;
    this.view.setHardState(hardState);
    this.view.append(entries);
    const votes = hardState.term !== term || hardState.vote !== vote;
    if (installation !== undefined || entries.length > 0 || votes) {
      const sizeBytes = entries.reduce((sum, entry) => sum + entry.data.length, 0);
      this.#waiting.push({ installation, entries, hardState, sizeBytes, onDurable: [onDurable] });
    } else {
      this.#afterLast(onDurable);
    }
    if (!this.#full && !this.#ended) this.#handOver();
  }

  async saveSnapshot(
    metadata: SnapshotMetadata,
    snapshot: SessionedSnapshot,
    keep: () => LogKeep,
  ): Promise<number | undefined> {
    const saved = await this.snapshots.save(metadata, snapshot);
    // A leader's may have come while it was written.
    if (saved === undefined || this.view.snapshot().metadata.index >= metadata.index) return undefined;
    const { extent, log } = this.#parts;
    const offset = compactLog(this.view, extent, metadata, keep());
    try {
      if (offset !== undefined) await log.truncatePrefix(offset);
    } catch (thrown) {
      throw toStorageError(thrown, `compact the log up to ${metadata.index}`);
    }
    return saved.sizeBytes;
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#retry?.cancel();
    const { log, lock, logger } = this.#parts;
    await this.#installing;
    try {
      await this.snapshots.close();
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
    if (record.beginsAnew) this.#beginAnew(record.offset);
    this.#parts.extent.add(record.offset, record.lastIndex, record.sizeBytes);
    this.#handOver();
    if (this.#full && this.#inFlight === undefined) this.#setFull(false);
    // A disk may be faster than a turn.
    this.#tell();
    const told = record.batches.flatMap(({ onDurable }) => onDurable);
    // It makes work for this thread, which begins when the disk has its own.
    if (this.#inFlight !== undefined) this.#tellNextTurn(told);
    else for (const callback of told) callback();
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
    if (last !== undefined) {
      last.onDurable.push(onDurable);
      return;
    }
    this.#tellNextTurn([onDurable]);
  }

  #tellNextTurn(callbacks: readonly (() => void)[]): void {
    if (this.#untold.length === 0) this.#parts.clock.nextTurn(() => this.#tell());
    this.#untold.push(...callbacks);
  }

  #tell(): void {
    for (const callback of this.#untold.splice(0)) callback();
  }

  #handOver(): void {
    const [next] = this.#waiting;
    if (this.#inFlight !== undefined || this.#installing !== undefined || next === undefined) return;
    if (next.installation === undefined || next.installation.inPlace) this.#appendRecord(this.#takeJoinable());
    else this.#installing = this.#putInPlace(next.installation);
  }

  #appendRecord(batches: readonly PendingBatch[]): void {
    const { log } = this.#parts;
    const entries = batches.flatMap((batch) => batch.entries);
    const beginsAfter = batches[0]?.installation?.metadata;
    const lastIndex = entries.at(-1)?.index ?? beginsAfter?.index ?? this.#durableIndex;
    const { hardState } = batches.at(-1) as PendingBatch;
    // What is committed beyond this record is not there if the power fails after it.
    const commit = Math.min(hardState.commit, lastIndex) as LogIndex;
    const payload = encodeLogRecord({ hardState: { ...hardState, commit }, entries, beginsAfter });
    const offset = log.endOffset;
    this.#inFlight = { batches, beginsAnew: beginsAfter !== undefined, offset, lastIndex, sizeBytes: payload.length };
    try {
      log.append(encodeChecksummedFrame({ firstOffset: offset, payload: [payload] }));
      // All that was proposed in this turn is in it.
      log.startWriting();
    } catch (thrown) {
      if (thrown instanceof LogError && thrown.retriable) this.#takeBack(thrown);
      else this.#fail(thrown);
    }
  }

  /** What the core reads begins after the snapshot at once, as it does with entries. */
  #stage(metadata: SnapshotMetadata): Installation {
    const staged = this.snapshots.stage(metadata);
    this.view.applySnapshot({ data: emptyBytes, metadata });
    return { metadata, staged, inPlace: false };
  }

  async #putInPlace(installation: Installation): Promise<void> {
    try {
      await installation.staged.install();
      installation.inPlace = true;
    } catch (thrown) {
      if (this.#ended) return;
      if (thrown instanceof StreamBusError && thrown.retriable) this.#takeBack(thrown);
      else this.#fail(thrown);
    } finally {
      this.#installing = undefined;
    }
    if (installation.inPlace && !this.#ended) this.#handOver();
  }

  /** The record at this offset says that the log begins with it. */
  #beginAnew(offset: number): void {
    const { extent, log, logger } = this.#parts;
    extent.clear();
    log.truncatePrefix(offset).catch((thrown: unknown) => {
      // What stays is passed over at the next start, and goes with the next snapshot.
      const err = toStorageError(thrown, 'remove what a snapshot has replaced');
      logger.warn({ err, folder: log.folder }, 'the log was not shortened');
    });
  }

  /** The first batches that wait, as many as make one record: their entries follow one another. */
  #takeJoinable(): readonly PendingBatch[] {
    let sizeBytes = 0;
    let nextIndex: number | undefined;
    const end = this.#waiting.findIndex((batch, at) => {
      const [first] = batch.entries;
      const continues = first === undefined || nextIndex === undefined || first.index === nextIndex;
      const follows = continues && batch.installation === undefined;
      sizeBytes += batch.sizeBytes;
      if (batch.installation !== undefined) nextIndex = batch.installation.metadata.index + 1;
      if (first !== undefined) nextIndex = first.index + batch.entries.length;
      return at > 0 && (!follows || sizeBytes > maxRecordBytes);
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  /** The log has not kept the record: it is tried again when there may be space. */
  #takeBack(error: StreamBusError): void {
    if (this.#inFlight !== undefined) this.#waiting.unshift(...this.#inFlight.batches);
    this.#inFlight = undefined;
    this.#setFull(true, error);
    this.#retry?.cancel();
    this.#retry = this.#parts.clock.setTimer(retryIntervalMs, () => {
      this.#retry = undefined;
      if (!this.#ended) this.#handOver();
    });
  }

  #setFull(full: boolean, err?: StreamBusError): void {
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
