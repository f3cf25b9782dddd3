/**
 * One partition's replicas: appends with producer state and leader epochs, a leader's and a follower's side of replication, the in-sync
 * replicas and the high watermark, reads, retention.
 *
 * @packageDocumentation
 */
export { PartitionError, type PartitionErrorCode, partitionErrorCodes } from './errors.ts';
export { leaderEpochProblem, type ReplicaRole } from './fetch-rules.ts';
export type { FollowedPartition } from './fetch-schedule.ts';
export type {
  FetchErrorName,
  FetchReader,
  FollowerFetch,
  FollowerOutcome,
  LeaderAnswer,
  PartitionEnds,
  PartitionFetchAnswer,
  PartitionFetchRequest,
} from './fetches.ts';
export type { FollowerProgress } from './follower-progress.ts';
export {
  createFollowerServer,
  type FollowerServer,
  type FollowerServerDependencies,
  type FollowerServerOptions,
} from './follower-server.ts';
export type { EpochStart } from './leader-epochs.ts';
export { type OpenedPartition, openPartition } from './open-partition.ts';
export type {
  AppendOptions,
  AppendRefusalCode,
  AppendResult,
  LostRecords,
  Partition,
  PartitionCounters,
  PartitionDependencies,
  PartitionObserver,
  PartitionOptions,
  PartitionRead,
  PartitionReadRequest,
  TimestampedOffset,
  WaitOptions,
  WriteRejection,
} from './partition.ts';
export type { PartitionSettings } from './partition-settings.ts';
export type { DescribedProducer, StoredBatch } from './producer-state.ts';
export { chooseReadReplica, type ReadReplicaCandidate, type ReadReplicaWish } from './read-replica.ts';
export { recordBatchFormat } from './record-batch-format.ts';
export {
  type BrokerDirectory,
  type Following,
  type IsrAnswer,
  type IsrProposal,
  type PartitionRegistration,
  type ProposedMember,
  type RegisteredBroker,
  soleReplica,
} from './registration.ts';
export {
  createReplicaFetcher,
  type FollowOptions,
  type LeaderLink,
  type ReplicaFetcher,
  type ReplicaFetcherCounters,
  type ReplicaFetcherDependencies,
  type ReplicaFetcherOptions,
} from './replica-fetcher.ts';
export type { FindServed, ServedPartition } from './served-session.ts';
