import type { Compression } from '@streambus/kafka';
import type { LogResources } from '@streambus/log';
import type { Clock, Disk, Logger } from '@streambus/runtime';
import type { EpochStart } from './leader-epochs.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { DescribedProducer } from './producer-state.ts';

/** What a partition is opened with. */
export interface PartitionOptions {
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** Its folder, made when missing. */
  readonly folder: string;
  readonly settings: PartitionSettings;
}

/** What the owner of a partition hears. Must not throw. */
export interface PartitionObserver {
  /** A sync of the disk has ended. */
  onSync?(durationMs: number, bytes: number): void;
  /** Records can now be read that could not be before. */
  onHighWatermark?(partition: Partition): void;
}

/** What a partition takes from outside. */
export interface PartitionDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Opens compressed batches where records have to be looked at. */
  readonly compression: Compression;
  /** Open files and memory, shared with other partitions. */
  readonly resources?: LogResources;
  readonly observer?: PartitionObserver;
}

/** The names of Kafka's errors that an append may be refused with. */
export type AppendRefusalCode =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_RECORD'
  | 'INVALID_TIMESTAMP'
  | 'INVALID_PRODUCER_EPOCH'
  | 'KAFKA_STORAGE_ERROR'
  | 'MESSAGE_TOO_LARGE'
  | 'NOT_LEADER_OR_FOLLOWER'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  | 'UNSUPPORTED_COMPRESSION_TYPE'
  | 'UNSUPPORTED_FOR_MESSAGE_FORMAT';

/** What became of an append. */
export type AppendResult =
  /** Taken; {@link Partition.whenAcknowledged} says when it is safe. */
  | {
      readonly kind: 'appended';
      readonly firstOffset: number;
      readonly endOffset: number;
      readonly recordCount: number;
      /** The broker's timestamp where the topic wants it, else -1. */
      readonly logAppendTimeMs: number;
    }
  /** An idempotent producer repeated itself; this is where the records are. They may still be on their way to the disk. */
  | {
      readonly kind: 'duplicate';
      readonly firstOffset: number;
      readonly endOffset: number;
      readonly logAppendTimeMs: number;
    }
  /** Nothing was taken. */
  | { readonly kind: 'refused'; readonly code: AppendRefusalCode; readonly message: string };

/** What to read; sizes in bytes. */
export interface PartitionReadRequest {
  readonly fromOffset: number;
  readonly maxBytes: number;
  /** Return the first batch even if it alone exceeds `maxBytes`. */
  readonly minOneBatch: boolean;
}

/** Whole record batches, as views of what was appended. */
export interface PartitionRead {
  readonly chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
}

/** A record found by its timestamp. */
export interface TimestampedOffset {
  readonly offset: number;
  readonly timestampMs: number;
  readonly leaderEpoch: number;
}

/** Numbers since the partition was opened. All only grow. */
export interface PartitionCounters {
  readonly appendedBatches: number;
  readonly appendedRecords: number;
  readonly appendedBytes: number;
  readonly duplicateBatches: number;
  readonly refusedBatches: number;
}

/** A write of which nothing was kept; the next may succeed. */
export interface WriteRejection {
  readonly error: Error;
  /** When, on the clock that the partition was opened with. */
  readonly monotonicMs: number;
}

/**
 * One replica of one partition, with one owner.
 *
 * Invariants, held by the partition:
 * 1. logStartOffset <= highWatermark <= logEndOffset.
 * 2. Every record below the high watermark is as safe as the sync policy promises, so nobody reads what a crash takes back.
 * 3. Producer state and leader epochs are what reading the log from its start would give.
 */
export interface Partition extends AsyncDisposable {
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly settings: PartitionSettings;
  /** The first offset that can be read. */
  readonly logStartOffset: number;
  /** The offset after the last record that consumers may read. */
  readonly highWatermark: number;
  /** The offset after the last record. */
  readonly logEndOffset: number;
  /** The epoch in which this replica leads; -1 while it does not. */
  readonly leaderEpoch: number;
  readonly sizeBytes: number;
  readonly segmentCount: number;
  /** Bytes that were taken and not yet written. */
  readonly queuedBytes: number;
  readonly counters: PartitionCounters;
  /** Producers that are remembered. */
  readonly producers: Iterable<DescribedProducer>;
  readonly epochs: readonly EpochStart[];
  /** Why appends are refused for good, once that happened. */
  readonly failure: Error | undefined;
  /** The last damage that a read has met: its message names file and byte. Other records can be read, and appends are taken. */
  readonly damage: Error | undefined;
  /** The last write that the disk had no room for, until one goes through. */
  readonly rejection: WriteRejection | undefined;

  /** This replica leads from now on, in this epoch. An older epoch than the present one is an assert. */
  becomeLeader(leaderEpoch: number): void;
  /** This replica leads no more: appends are refused. */
  resign(): void;
  /**
   * Checks one record batch, stamps its base offset and leader epoch into its bytes and takes it. The bytes are kept, not
   * copied, and must not be changed afterwards.
   */
  append(records: Uint8Array): AppendResult;
  /**
   * Resolves when everything below `endOffset` is as safe as the sync policy promises.
   *
   * @throws PartitionError `PARTITION_STORAGE_FAILED`
   */
  whenAcknowledged(endOffset: number): Promise<void>;
  /**
   * Reads whole batches below the high watermark; the batch that holds `fromOffset` comes whole.
   *
   * @returns at once where memory has them, else a promise
   * @throws PartitionError `PARTITION_OFFSET_OUT_OF_RANGE`, `PARTITION_STORAGE_FAILED`, `PARTITION_DAMAGED`
   */
  read(request: PartitionReadRequest): PartitionRead | Promise<PartitionRead>;
  /** The first readable record at or after a timestamp. @throws PartitionError */
  offsetForTimestamp(timestampMs: number): Promise<TimestampedOffset | undefined>;
  /** The readable record with the latest timestamp. @throws PartitionError */
  latestTimestamp(): Promise<TimestampedOffset | undefined>;
  /** Where an epoch ends (KIP-101); see {@link LeaderEpochs.endOffsetFor}. */
  epochEndOffset(leaderEpoch: number): { readonly epoch: number; readonly endOffset: number } | undefined;
  /** The epoch that wrote an offset, or -1. */
  epochOf(offset: number): number;
  /** Calls back after the high watermark has moved, and when the partition is destroyed; returns what ends it. */
  onHighWatermark(listener: () => void): () => void;
  /**
   * Makes `offset` the first that can be read, durably; at most the high watermark.
   *
   * @returns the new start
   * @throws PartitionError `PARTITION_OFFSET_OUT_OF_RANGE`, `PARTITION_STORAGE_FAILED`
   */
  deleteRecordsBefore(offset: number): Promise<number>;
  /** Applies retention, forgets silent producers, and saves what is known beside the records when much has come since. */
  maintain(): Promise<void>;
  /** Makes everything taken durable, whatever the policy. */
  flush(): Promise<void>;
  /** Changes settings from here on. */
  configure(settings: PartitionSettings): void;
  /** Writes what was taken, saves what is known and gives everything back. Harmless twice. */
  close(): Promise<void>;
  /** Closes and removes the folder. */
  destroy(): Promise<void>;
}
