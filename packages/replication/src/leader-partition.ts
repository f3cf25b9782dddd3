import type { Compression } from '@streambus/kafka';
import { type Log, LogError, type LogRead, openLog, type RecoveryReport } from '@streambus/log';
import { assert, type Logger, makeDurableDirectory } from '@streambus/runtime';
import { type CheckedBatch, checkBatch, stampBatch } from './batch-check.ts';
import { loadCompressions, type RecordRules } from './batch-records.ts';
import { PartitionError, partitionErrorOf } from './errors.ts';
import { epochDamage, KnownState } from './known-state.ts';
import type { EpochStart } from './leader-epochs.ts';
import type {
  AppendRefusalCode,
  AppendResult,
  Partition,
  PartitionCounters,
  PartitionDependencies,
  PartitionOptions,
  PartitionRead,
  PartitionReadRequest,
  TimestampedOffset,
  WriteRejection,
} from './partition.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { DescribedProducer } from './producer-state.ts';
import { recordBatchFormat } from './record-batch-format.ts';
import { findLatest, findTimestamp } from './timestamps.ts';

/** A compressed batch that grows beyond this is refused where its records must be looked at. */
const maxDecompressedBytes = 128 * 1024 * 1024;

/** An open partition and what recovery of its log found. */
export interface OpenedPartition {
  readonly partition: Partition;
  readonly recovery: RecoveryReport;
}

/**
 * Opens a partition's replica, recovering its log and what is known beside it.
 *
 * @throws PartitionError `PARTITION_DAMAGED`, `PARTITION_STORAGE_FAILED`
 */
export async function openPartition(
  options: PartitionOptions,
  dependencies: PartitionDependencies,
): Promise<OpenedPartition> {
  const replica = new LeaderPartition(options, dependencies);
  const recovery = await replica.open();
  return { partition: replica, recovery };
}

/** What may be true of appends: only in `open` are they taken. */
type AppendState =
  | { readonly kind: 'open' }
  /** A write was rejected, so producer state is being read again from what is stored. */
  | { readonly kind: 'rebuilding' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'closed' };

class LeaderPartition implements Partition {
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly #dependencies: PartitionDependencies;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #settings: PartitionSettings;
  #rules: RecordRules;
  #openLog: Log | undefined;
  #knownState: KnownState | undefined;
  #leaderEpoch = -1;
  #appendState: AppendState = { kind: 'open' };
  #rebuild: Promise<void> | undefined;
  #damage: PartitionError | undefined;
  #rejection: WriteRejection | undefined;
  #notifiedHighWatermark = 0;
  readonly #counters = {
    appendedBatches: 0,
    appendedRecords: 0,
    appendedBytes: 0,
    duplicateBatches: 0,
    refusedBatches: 0,
  };

  constructor(options: PartitionOptions, dependencies: PartitionDependencies) {
    this.topic = options.topic;
    this.partition = options.partition;
    this.folder = options.folder;
    this.#settings = options.settings;
    this.#rules = recordRules(options.settings, dependencies.compression);
    this.#dependencies = dependencies;
    this.#logger = dependencies.logger.child({ topic: this.topic, partition: this.partition });
  }

  async open(): Promise<RecoveryReport> {
    const { disk, clock, resources, observer } = this.#dependencies;
    try {
      await makeDurableDirectory(disk, this.folder);
      const { log, recovery } = await openLog(
        { ...this.#settings.log, folder: this.folder, format: recordBatchFormat },
        {
          disk,
          clock,
          logger: this.#logger,
          ...(resources && { resources }),
          observer: {
            onAdvanced: () => this.#onAdvanced(),
            onRejected: (_log, error) => this.#onRejected(error),
            onSync: (durationMs, bytes) => observer?.onSync?.(durationMs, bytes),
          },
        },
      );
      this.#openLog = log;
      this.#knownState = new KnownState(this.folder, log, { disk, clock });
      // What a killed process had written and not synced is there: it is made safe before anybody reads it.
      await log.flush();
      this.#notifiedHighWatermark = this.highWatermark;
      await this.#known.restore();
      if (this.#rules.requireKeys) await loadCompressions(this.#rules.compression);
      return recovery;
    } catch (thrown) {
      await this.#openLog?.close();
      throw this.#storageError(thrown);
    }
  }

  get settings(): PartitionSettings {
    return this.#settings;
  }

  get logStartOffset(): number {
    return this.#log.startOffset;
  }

  get highWatermark(): number {
    const log = this.#log;
    const safe = this.#waitsForSync ? log.durableEndOffset : log.writtenEndOffset;
    // A policy that has become stricter does not hide again what was shown under the one before.
    return Math.max(safe, this.#notifiedHighWatermark);
  }

  get logEndOffset(): number {
    return this.#log.endOffset;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  get segmentCount(): number {
    return this.#log.segmentCount;
  }

  get queuedBytes(): number {
    return this.#log.queuedBytes;
  }

  get counters(): PartitionCounters {
    return this.#counters;
  }

  get producers(): Iterable<DescribedProducer> {
    return this.#known.producers.entries();
  }

  get epochs(): readonly EpochStart[] {
    return this.#known.epochs.starts;
  }

  get failure(): Error | undefined {
    return this.#appendState.kind === 'failed' ? this.#appendState.error : undefined;
  }

  get damage(): Error | undefined {
    return this.#damage;
  }

  get rejection(): WriteRejection | undefined {
    return this.#rejection;
  }

  becomeLeader(leaderEpoch: number): void {
    assert(
      leaderEpoch >= this.#leaderEpoch,
      () => `${this.#name} leads in epoch ${this.#leaderEpoch}, not in ${leaderEpoch}`,
    );
    this.#leaderEpoch = leaderEpoch;
    const { epochs } = this.#known;
    if (epochs.latest > leaderEpoch) this.#fail(epochDamage(this.folder, epochs, leaderEpoch));
  }

  resign(): void {
    this.#leaderEpoch = -1;
  }

  append(records: Uint8Array): AppendResult {
    const result = this.#tryAppend(records);
    if (result.kind === 'refused') this.#counters.refusedBatches++;
    else if (result.kind === 'duplicate') this.#counters.duplicateBatches++;
    return result;
  }

  whenAcknowledged(endOffset: number): Promise<void> {
    const safe = this.#waitsForSync ? this.#log.whenDurable(endOffset) : this.#log.whenWritten(endOffset);
    return safe.catch((thrown) => {
      throw this.#storageError(thrown);
    });
  }

  read(request: PartitionReadRequest): PartitionRead | Promise<PartitionRead> {
    const { fromOffset, maxBytes, minOneBatch } = request;
    const log = this.#log;
    const endOffset = this.highWatermark;
    if (fromOffset < log.startOffset || fromOffset > log.endOffset) {
      throw new PartitionError(
        'PARTITION_OFFSET_OUT_OF_RANGE',
        `${this.#name} has no offset ${fromOffset}; it has ${log.startOffset} to ${log.endOffset}`,
      );
    }
    if (fromOffset >= endOffset) return nothing;
    // What comes from the disk is checked: a rotten bit must not leave as somebody's record, nor go to a follower.
    const wanted = { fromOffset, maxBytes, endOffset, minOneFrame: minOneBatch, verify: true };
    return log.readTail(wanted) ?? this.#readFromDisk(wanted);
  }

  async offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined> {
    return this.#timed(() => findTimestamp(this.#log, this.#rules.compression, timestampMs, this.highWatermark));
  }

  async latestTimestamp(): Promise<TimestampedOffset | undefined> {
    return this.#timed(() => findLatest(this.#log, this.#rules.compression, this.highWatermark));
  }

  epochEndOffset(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } | undefined {
    const { epochs } = this.#known;
    const { endOffset } = this.#log;
    if (leaderEpoch < 0) return undefined;
    if (leaderEpoch <= epochs.latest || leaderEpoch > this.#leaderEpoch) {
      return epochs.endOffsetFor(leaderEpoch, endOffset);
    }
    // Neither it nor a later one has written anything: it ends where the log does, and who has come there in it is not cut off.
    const isCurrent = leaderEpoch === this.#leaderEpoch || epochs.latest < 0;
    return { epoch: isCurrent ? leaderEpoch : epochs.latest, endOffset };
  }

  epochOf(offset: number): number {
    return this.#known.epochs.epochOf(offset);
  }

  onHighWatermark(listener: () => void): () => void {
    if (this.#appendState.kind === 'closed') queueMicrotask(listener);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async deleteRecordsBefore(offset: number): Promise<number> {
    const log = this.#log;
    if (offset > this.highWatermark) {
      throw new PartitionError(
        'PARTITION_OFFSET_OUT_OF_RANGE',
        `${this.#name} cannot delete up to ${offset}; its high watermark is ${this.highWatermark}`,
      );
    }
    try {
      await log.truncatePrefix(offset);
    } catch (thrown) {
      throw this.#storageError(thrown);
    }
    this.#known.trimmed();
    return log.startOffset;
  }

  async maintain(): Promise<void> {
    const nowMs = this.#dependencies.clock.wallTimeMs();
    const { deleted, retentionMs, retentionBytes, producerExpirationMs } = this.#settings;
    const log = this.#log;
    if (deleted && (retentionMs !== undefined || retentionBytes !== undefined)) {
      const before = log.startOffset;
      await log.retain({
        nowMs,
        belowOffset: this.highWatermark,
        ...(retentionMs !== undefined && { retentionMs }),
        ...(retentionBytes !== undefined && { retentionBytes }),
      });
      if (log.startOffset !== before) {
        this.#known.trimmed();
        this.#logger.info({ from: before, to: log.startOffset }, 'retention removed old segments');
      }
    }
    this.#known.expire(producerExpirationMs);
    if (this.#known.isDue) await this.#known.save();
  }

  async flush(): Promise<void> {
    try {
      await this.#log.flush();
    } catch (thrown) {
      throw this.#storageError(thrown);
    }
  }

  configure(settings: PartitionSettings): void {
    this.#settings = settings;
    this.#rules = recordRules(settings, this.#dependencies.compression);
    if (this.#rules.requireKeys) void loadCompressions(this.#rules.compression);
    // Said outright: a policy that is left out would stay as it was in the log, and be the default here.
    this.#log.configure({ sync: { kind: 'acked' }, ...settings.log });
    this.#onAdvanced();
  }

  async close(): Promise<void> {
    if (this.#appendState.kind === 'closed') return;
    const failed = this.#appendState.kind === 'failed';
    this.#appendState = { kind: 'closed' };
    await this.#rebuild;
    const log = this.#log;
    if (!failed) {
      try {
        await log.flush();
        await this.#known.saveLast();
      } catch (thrown) {
        // The log itself says on the next start what it has; the derived state is read again from it.
        this.#logger.warn({ err: thrown }, 'could not save what is known beside the records');
      }
    }
    await log.close();
    this.#listeners.clear();
  }

  async destroy(): Promise<void> {
    this.#appendState = { kind: 'closed' };
    for (const listener of this.#listeners) listener();
    await this.#rebuild;
    await this.#known.idle();
    await this.#log.destroy();
    this.#listeners.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #log(): Log {
    assert(this.#openLog !== undefined, () => `${this.#name} was opened`);
    return this.#openLog;
  }

  get #known(): KnownState {
    assert(this.#knownState !== undefined, () => `${this.#name} was opened`);
    return this.#knownState;
  }

  get #name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get #waitsForSync(): boolean {
    return (this.#settings.log.sync?.kind ?? 'acked') === 'acked';
  }

  #tryAppend(records: Uint8Array): AppendResult {
    if (this.#appendState.kind !== 'open') return this.#unavailable(this.#appendState);
    if (this.#leaderEpoch < 0) return refused('NOT_LEADER_OR_FOLLOWER', `this broker does not lead ${this.#name}`);
    const nowMs = this.#dependencies.clock.wallTimeMs();
    const batch = checkBatch(records, this.#settings, this.#rules, nowMs);
    if (batch.kind === 'refused') return batch;
    if (batch.producerId >= 0) {
      const verdict = this.#known.producers.check(batch);
      if (verdict.kind === 'refused') return refused(verdict.error, verdict.message);
      if (verdict.kind === 'duplicate') {
        const { firstOffset, lastOffset, timestampMs } = verdict;
        const logAppendTimeMs = this.#settings.timestampType === 'LogAppendTime' ? timestampMs : -1;
        return { kind: 'duplicate', firstOffset, endOffset: lastOffset + 1, logAppendTimeMs };
      }
    }
    return this.#take(records, batch, nowMs);
  }

  #take(records: Uint8Array, batch: CheckedBatch, nowMs: number): AppendResult {
    const log = this.#log;
    const firstOffset = log.endOffset;
    const endOffset = firstOffset + batch.recordCount;
    const logAppendTimeMs = this.#settings.timestampType === 'LogAppendTime' ? nowMs : -1;
    const maxTimestampMs = logAppendTimeMs === -1 ? batch.maxTimestampMs : nowMs;
    stampBatch(records, { firstOffset, leaderEpoch: this.#leaderEpoch, logAppendTimeMs });
    try {
      log.append({ chunks: [records], firstOffset, nextOffset: endOffset, maxTimestampMs });
    } catch (thrown) {
      if (thrown instanceof LogError) return refused('KAFKA_STORAGE_ERROR', thrown.message);
      throw thrown;
    }
    this.#known.record({
      batch,
      firstOffset,
      endOffset,
      leaderEpoch: this.#leaderEpoch,
      timestampMs: maxTimestampMs,
      sizeBytes: records.length,
    });
    if (this.#known.isDue) this.#saveInBackground();
    this.#counters.appendedBatches++;
    this.#counters.appendedRecords += batch.recordCount;
    this.#counters.appendedBytes += records.length;
    return { kind: 'appended', firstOffset, endOffset, recordCount: batch.recordCount, logAppendTimeMs };
  }

  #saveInBackground(): void {
    this.#known.save().catch((thrown) => {
      // What comes after the last save is read again at the next start; maintenance tries again.
      this.#logger.warn({ err: thrown }, 'could not save what is known beside the records');
    });
  }

  #unavailable(state: Exclude<AppendState, { kind: 'open' }>): AppendResult {
    switch (state.kind) {
      case 'closed':
        return refused('NOT_LEADER_OR_FOLLOWER', `${this.#name} is closed`);
      case 'rebuilding':
        return refused('KAFKA_STORAGE_ERROR', `${this.#name} recovers from a rejected write`);
      case 'failed':
        return refused(
          'KAFKA_STORAGE_ERROR',
          `${this.#name} takes no records until the broker is restarted: ${state.error.message}`,
        );
    }
  }

  #fail(error: Error): void {
    if (this.#appendState.kind !== 'open') return;
    this.#appendState = { kind: 'failed', error };
    this.#logger.error({ err: error }, 'this partition takes no records until the broker is restarted');
  }

  #onAdvanced(): void {
    const highWatermark = this.highWatermark;
    if (highWatermark <= this.#notifiedHighWatermark) return;
    this.#notifiedHighWatermark = highWatermark;
    this.#rejection = undefined;
    this.#dependencies.observer?.onHighWatermark?.(this);
    for (const listener of this.#listeners) listener();
  }

  /** Frames that were taken are not in the log: what was remembered of them must go too. */
  #onRejected(error: LogError): void {
    if (this.#appendState.kind === 'closed') return;
    if (this.#log.failure !== undefined) {
      this.#appendState = { kind: 'failed', error };
      this.#logger.error(
        { err: error },
        'the log failed; this partition takes no records until the broker is restarted',
      );
      return;
    }
    // Producers try again and again: one line says it until a write goes through.
    if (this.#rejection === undefined)
      this.#logger.error({ err: error }, 'writes are rejected; nothing of them is kept');
    this.#rejection = { error, monotonicMs: this.#dependencies.clock.monotonicMs() };
    if (this.#rebuild !== undefined) return;
    this.#appendState = { kind: 'rebuilding' };
    this.#rebuild = this.#rebuildKnownState().finally(() => {
      this.#rebuild = undefined;
    });
  }

  async #rebuildKnownState(): Promise<void> {
    try {
      await this.#known.restore();
      if (this.#appendState.kind === 'rebuilding') this.#appendState = { kind: 'open' };
    } catch (thrown) {
      const error = this.#storageError(thrown);
      if (this.#appendState.kind === 'rebuilding') this.#appendState = { kind: 'failed', error };
      this.#logger.error({ err: error }, 'could not recover from a rejected write');
    }
  }

  async #readFromDisk(request: Parameters<Log['read']>[0]): Promise<LogRead> {
    try {
      return await this.#log.read(request);
    } catch (thrown) {
      const error = this.#storageError(thrown);
      if (error instanceof PartitionError && error.code === 'PARTITION_DAMAGED') this.#noteDamage(error);
      throw error;
    }
  }

  /** A client that wants these records asks again and again: one line says it. */
  #noteDamage(error: PartitionError): void {
    if (this.#damage?.message === error.message) return;
    this.#damage = error;
    this.#logger.error({ err: error }, 'stored records are damaged: they cannot be read; nothing was changed');
  }

  async #timed<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      throw this.#storageError(thrown);
    }
  }

  #storageError(thrown: unknown): Error {
    return partitionErrorOf(this.#name, thrown);
  }
}

const nothing: PartitionRead = { chunks: [], sizeBytes: 0 };

function recordRules(settings: PartitionSettings, compression: Compression): RecordRules {
  return { requireKeys: settings.compacted, compression, maxDecompressedBytes };
}

function refused(code: AppendRefusalCode, message: string): AppendResult {
  return { kind: 'refused', code, message };
}
