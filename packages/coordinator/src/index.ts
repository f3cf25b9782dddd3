/**
 * Consumer groups, committed offsets and producer ids of a Kafka-protocol broker.
 *
 * @packageDocumentation
 */
export { createGroupCoordinator } from './create-group-coordinator.ts';
export {
  CoordinatorError,
  type CoordinatorErrorCode,
  coordinatorErrorCodes,
  type GroupErrorName,
  groupErrorNames,
} from './errors.ts';
export type { CallOptions, GroupCoordinator, GroupCoordinatorDependencies } from './group-coordinator.ts';
export type { OffsetsAppend, OffsetsLog, OffsetsLogBatch, OffsetsRecord, StoredOffsetsRecord } from './offsets-log.ts';
export type { GroupCoordinatorOptions } from './options.ts';
export {
  createProducerIdAllocator,
  type ProducerIdAllocator,
  type ProducerIdAllocatorDependencies,
  type ProducerIdAllocatorOptions,
  type ProducerIdBlock,
  type ProducerIdBlockSource,
} from './producer-id-allocator.ts';
export * from './requests.ts';
export {
  type CommittedOffset,
  type GroupCoordinatorStatistics,
  type RebalanceCause,
  rebalanceCauses,
} from './statistics.ts';
