import type { LogSettings } from '@streambus/log';

/** What of one partition may be changed while it is open. All but `log` have Kafka's own names for topic configs. */
export interface PartitionSettings {
  /** How its records are stored. */
  readonly log: LogSettings;
  /** The largest record batch, in bytes (`max.message.bytes`). */
  readonly maxMessageBytes: number;
  /** Whether records keep the producer's timestamps or get the broker's (`message.timestamp.type`). */
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** Refuse records whose timestamp is older than now by more than this, in milliseconds (`message.timestamp.before.max.ms`). */
  readonly timestampBeforeMaxMs: number;
  /** Refuse records whose timestamp is later than now by more than this, in milliseconds (`message.timestamp.after.max.ms`). */
  readonly timestampAfterMaxMs: number;
  /** How many replicas must be in sync for acks=all to be taken (`min.insync.replicas`). */
  readonly minInsyncReplicas: number;
  /** Every record must have a key (`cleanup.policy` contains `compact`). */
  readonly compacted: boolean;
  /** Old segments are removed by the limits below (`cleanup.policy` contains `delete`). */
  readonly deleted: boolean;
  /** Remove segments whose newest record is older than this, in milliseconds; undefined = never (`retention.ms`). */
  readonly retentionMs: number | undefined;
  /** Remove the oldest segments while the rest has at least this many bytes; undefined = never (`retention.bytes`). */
  readonly retentionBytes: number | undefined;
  /** Forget an idempotent producer after this many milliseconds of silence (`producer.id.expiration.ms`). */
  readonly producerExpirationMs: number;
}
