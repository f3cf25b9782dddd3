import type { Compression } from '@streambus/kafka';
import type { LogResources } from '@streambus/log';
import type { Clock, Disk, Logger } from '@streambus/runtime';
import type { ReplicaRole } from './fetch-rules.ts';
import type {
  FollowerFetch,
  FollowerOutcome,
  LeaderAnswer,
  PartitionFetchAnswer,
  PartitionFetchRequest,
} from './fetches.ts';
import type { FollowerProgress } from './follower-progress.ts';
import type { EpochStart } from './leader-epochs.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { DescribedProducer } from './producer-state.ts';
import type { BrokerDirectory, Following, IsrAnswer, IsrProposal, PartitionRegistration } from './registration.ts';

/** What a partition is opened with. */
export interface PartitionOptions {
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The broker that holds this replica. */
  readonly brokerId: number;
  /** Its folder, made when missing. */
  readonly folder: string;
  readonly settings: PartitionSettings;
  /** How long a follower may lag before it leaves the ISR, in milliseconds (`replica.lag.time.max.ms`). Default 30,000. */
  readonly lagTimeMaxMs?: number;
}

/** What the owner of a partition hears. Must not throw. */
export interface PartitionObserver {
  /** A sync of the disk has ended. */
  onSync?(durationMs: number, bytes: number): void;
  /** Records can now be read that could not be before. */
  onHighWatermark?(partition: Partition): void;
  /**
   * The metadata is to be asked for a change of the ISR. The owner proposes it, and answers once, later, by {@link Partition.isrAnswered}. Where
   * nobody listens the ISR stays as it is.
   */
  onIsrProposal?(partition: Partition, proposal: IsrProposal): void;
  /**
   * A leader without records that this replica counted as replicated has made it cut them off. That happens after an unclean election, or
   * where brokers lost what they had; else it is a fault of this program.
   */
  onTruncatedBelowHighWatermark?(partition: Partition, lost: LostRecords): void;
}

/** Records that are gone: those from `endOffset` up to the high watermark that was known. */
export interface LostRecords {
  readonly endOffset: number;
  readonly highWatermark: number;
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
  /** Who may enter an ISR. Default: nobody. */
  readonly brokers?: BrokerDirectory;
}

/** The names of Kafka's errors that an append may be refused with. */
export type AppendRefusalCode =
  | 'CORRUPT_MESSAGE'
  | 'INVALID_RECORD'
  | 'INVALID_TIMESTAMP'
  | 'INVALID_PRODUCER_EPOCH'
  | 'KAFKA_STORAGE_ERROR'
  | 'MESSAGE_TOO_LARGE'
  | 'NOT_ENOUGH_REPLICAS'
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
  /** What came from leaders while this replica followed. */
  readonly replicatedBatches: number;
  readonly replicatedRecords: number;
  readonly replicatedBytes: number;
  /** How often the end of the log was cut off for a leader's. */
  readonly truncations: number;
}

/** A write of which nothing was kept; the next may succeed. */
export interface WriteRejection {
  readonly error: Error;
  /** When, on the clock that the partition was opened with. */
  readonly monotonicMs: number;
}

/** For whom records are appended. */
export interface AppendOptions {
  /** `all`: refused while fewer replicas are in sync than must be (acks=all). Default `leader`. */
  readonly acks?: 'leader' | 'all';
}

/** A bound of a wait. */
export interface WaitOptions {
  /** In milliseconds. Default: until the high watermark comes or this replica leads no more. */
  readonly timeoutMs?: number;
}

/**
 * One replica of one partition, with one owner, who tells it what the metadata says: to lead, to follow, or neither.
 *
 * Invariants, held by the partition:
 * 1. logStartOffset <= highWatermark <= logEndOffset.
 * 2. Every record below the high watermark is, on every in-sync replica, as safe as the sync policy promises: nobody reads what a crash
 *    or a change of leader takes back.
 * 3. The high watermark never goes back, but for {@link PartitionObserver.onTruncatedBelowHighWatermark}.
 * 4. Producer state and leader epochs are what reading the log from its start would give.
 * 5. Of a replica that follows, the log up to its high watermark equals the leader's.
 */
export interface Partition extends AsyncDisposable {
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly settings: PartitionSettings;
  /** The first offset that can be read. */
  readonly logStartOffset: number;
  /** The offset after the last record that consumers may read. A follower knows it from its leader, a little late. */
  readonly highWatermark: number;
  /** The offset after the last record. */
  readonly logEndOffset: number;
  readonly role: ReplicaRole;
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
  /** While this replica leads: what it was last told, and may have been answered since. */
  readonly registration: PartitionRegistration | undefined;
  /** While this replica leads: how far the others are. */
  readonly followers: readonly FollowerProgress[];
  /** Who waits for the high watermark, by {@link whenAcknowledged}. */
  readonly waiterCount: number;
  /**
   * What ListOffsets may call the latest offset: the high watermark, or undefined while a leader that was just elected knows only one from
   * before its epoch (KIP-207, OFFSET_NOT_AVAILABLE).
   */
  readonly latestOffset: number | undefined;

  /**
   * This replica leads from now on, or leads on with what has changed. A leader epoch older than the present one is an assert; an older partition
   * epoch changes nothing. While a truncation is under way it leads when that is done; until then it refuses as one that does not.
   */
  becomeLeader(registration: PartitionRegistration): void;
  /** This replica follows from now on; {@link whenAcknowledged} ends. An older epoch than the present one is an assert. */
  becomeFollower(following: Following): void;
  /** This replica neither leads nor follows: appends are refused, nothing is fetched. */
  resign(): void;

  /**
   * Checks one record batch, stamps its base offset and leader epoch into its bytes and takes it. The bytes are kept, not
   * copied, and must not be changed afterwards.
   */
  append(records: Uint8Array, options?: AppendOptions): AppendResult;
  /**
   * Resolves when everything below `endOffset` is as safe as the sync policy promises, on every in-sync replica (acks=all).
   *
   * @throws PartitionError `PARTITION_NOT_LEADER` when leadership is lost before that, `PARTITION_NOT_ENOUGH_REPLICAS`, `PARTITION_TIMED_OUT`, each
   * with the outcome `unknown`; `PARTITION_STORAGE_FAILED`, `PARTITION_CLOSED`
   */
  whenAcknowledged(endOffset: number, options?: WaitOptions): Promise<void>;
  /**
   * Resolves when everything below `endOffset` is as safe as the sync policy promises, on this replica (acks=1).
   *
   * @throws PartitionError `PARTITION_NOT_LEADER` when it was cut off for a later leader's, `PARTITION_STORAGE_FAILED`
   */
  whenStored(endOffset: number): Promise<void>;
  /**
   * Answers a consumer's or a follower's fetch, at once where memory has the records. A follower's fetch tells how far it is.
   */
  fetch(request: PartitionFetchRequest): PartitionFetchAnswer | Promise<PartitionFetchAnswer>;
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
  /** Calls back after there is news for followers: more to read, another start, another role; and when the partition is destroyed. Returns what ends it. */
  onLogEnd(listener: () => void): () => void;

  /** Looks who no longer keeps up, and proposes again what was not answered. To be called a few times in `lagTimeMaxMs`. */
  checkReplicas(): void;
  /** What became of a proposal; harmless when it comes late. */
  isrAnswered(proposal: IsrProposal, answer: IsrAnswer): void;

  /** What to ask the leader for; undefined while there is nothing to ask: it does not follow, or its own disk is not done. */
  nextFetch(): FollowerFetch | undefined;
  /** Resolves when the disk is done, so that {@link nextFetch} may have something. @throws PartitionError */
  whenFetchable(): Promise<void>;
  /**
   * Takes the leader's answer to a fetch: appends what was sent, as it is, or cuts off what the leader does not have. One at a time. Resolves when
   * what was appended is as safe as the sync policy promises, so that the next fetch may say so.
   */
  takeAnswer(fetch: FollowerFetch, answer: LeaderAnswer): Promise<FollowerOutcome>;

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
