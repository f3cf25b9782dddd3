/**
 * One partition's replica: appends with producer state and leader epochs, reads below the high watermark, retention.
 *
 * @packageDocumentation
 */
export { PartitionError, type PartitionErrorCode, partitionErrorCodes } from './errors.ts';
export type { EpochStart } from './leader-epochs.ts';
export { type OpenedPartition, openPartition } from './leader-partition.ts';
export type {
  AppendRefusalCode,
  AppendResult,
  Partition,
  PartitionCounters,
  PartitionDependencies,
  PartitionObserver,
  PartitionOptions,
  PartitionRead,
  PartitionReadRequest,
  TimestampedOffset,
  WriteRejection,
} from './partition.ts';
export type { PartitionSettings } from './partition-settings.ts';
export type { DescribedProducer, StoredBatch } from './producer-state.ts';
export { recordBatchFormat } from './record-batch-format.ts';
