import type { Compression } from '@streambus/kafka';
import { type Log, type LogRead, openLog, type RecoveryReport } from '@streambus/log';
import { assert, type Logger, makeDurableDirectory } from '@streambus/runtime';
import { Appender } from './appender.ts';
import { loadCompressions, type RecordRules } from './batch-records.ts';
import { PartitionError, partitionErrorOf } from './errors.ts';
import { epochDamage, KnownState } from './known-state.ts';
import type { EpochStart } from './leader-epochs.ts';
import type {
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
  #openAppender: Appender | undefined;
  #damage: PartitionError | undefined;
  #notifiedHighWatermark = 0;
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
            onRejected: (_log, error) => this.#appender.rejected(error),
            onSync: (durationMs, bytes) => observer?.onSync?.(durationMs, bytes),
          },
        },
      );
      this.#openLog = log;
      const known = new KnownState(this.folder, log, { disk, clock });
      const parts = { name: this.#name, log, known, clock, logger: this.#logger };
      this.#knownState = known;
      this.#openAppender = new Appender(parts, this.#settings, this.#rules);
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
    return this.#appender.leaderEpoch;
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
    return this.#appender.counters;
  }

  get producers(): Iterable<DescribedProducer> {
    return this.#known.producers.entries();
  }

  get epochs(): readonly EpochStart[] {
    return this.#known.epochs.starts;
  }

  get failure(): Error | undefined {
    return this.#appender.failure;
  }

  get damage(): Error | undefined {
    return this.#damage;
  }

  get rejection(): WriteRejection | undefined {
    return this.#appender.rejection;
  }

  becomeLeader(leaderEpoch: number): void {
    const appender = this.#appender;
    assert(
      leaderEpoch >= appender.leaderEpoch,
      () => `${this.#name} leads in epoch ${appender.leaderEpoch}, not in ${leaderEpoch}`,
    );
    appender.leaderEpoch = leaderEpoch;
    const { epochs } = this.#known;
    if (epochs.latest > leaderEpoch) appender.fail(epochDamage(this.folder, epochs, leaderEpoch));
  }

  resign(): void {
    this.#appender.leaderEpoch = -1;
  }

  append(records: Uint8Array): AppendResult {
    return this.#appender.append(records);
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
    if (leaderEpoch <= epochs.latest || leaderEpoch > this.leaderEpoch) {
      return epochs.endOffsetFor(leaderEpoch, endOffset);
    }
    // Neither it nor a later one has written anything: it ends where the log does, and who has come there in it is not cut off.
    const isCurrent = leaderEpoch === this.leaderEpoch || epochs.latest < 0;
    return { epoch: isCurrent ? leaderEpoch : epochs.latest, endOffset };
  }

  epochOf(offset: number): number {
    return this.#known.epochs.epochOf(offset);
  }

  onHighWatermark(listener: () => void): () => void {
    if (this.#appender.isClosed) queueMicrotask(listener);
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
    this.#appender.configure(settings, this.#rules);
    // Said outright: a policy that is left out would stay as it was in the log, and be the default here.
    this.#log.configure({ sync: { kind: 'acked' }, ...settings.log });
    this.#onAdvanced();
  }

  async close(): Promise<void> {
    const appender = this.#appender;
    if (appender.isClosed) return;
    const failed = appender.failure !== undefined;
    await appender.close();
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
    const closed = this.#appender.close();
    for (const listener of this.#listeners) listener();
    await closed;
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

  get #appender(): Appender {
    assert(this.#openAppender !== undefined, () => `${this.#name} was opened`);
    return this.#openAppender;
  }

  get #name(): string {
    return `${this.topic}-${this.partition}`;
  }

  get #waitsForSync(): boolean {
    return (this.#settings.log.sync?.kind ?? 'acked') === 'acked';
  }

  #onAdvanced(): void {
    const highWatermark = this.highWatermark;
    if (highWatermark <= this.#notifiedHighWatermark) return;
    this.#notifiedHighWatermark = highWatermark;
    this.#appender.writesGoThrough();
    this.#dependencies.observer?.onHighWatermark?.(this);
    for (const listener of this.#listeners) listener();
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
