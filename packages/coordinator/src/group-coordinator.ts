import type { Clock, Logger, Random } from '@streambus/runtime';
import type { OffsetsLog } from './offsets-log.ts';
import type {
  DeletedGroup,
  DescribedGroup,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from './requests.ts';
import type { CommittedOffset, GroupCoordinatorStatistics } from './statistics.ts';

/** What a group coordinator takes from outside. */
export interface GroupCoordinatorDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly offsetsLog: OffsetsLog;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Told how long each commit waited for its record to be durable. */
  readonly onCommitLatency?: (latencyMs: number) => void;
}

/** How one call may be given up. */
export interface CallOptions {
  /** Aborted when the caller's connection is gone: its call then rejects with `COORDINATOR_CALL_CANCELLED`. */
  readonly signal?: AbortSignal;
}

/**
 * The coordinator of classic consumer groups and their committed offsets, for the coordinator partitions that it has loaded.
 *
 * Every method that answers a Kafka request resolves with the protocol's own error in its answer. It rejects only with a
 * {@link CoordinatorError}: `COORDINATOR_CALL_CANCELLED`, `COORDINATOR_CLOSED`.
 */
export interface GroupCoordinator {
  /** The coordinator partition of a group: Kafka's rule over `partitionCount`. */
  partitionFor(groupId: string): number;
  /**
   * Takes a partition on: replays its log, then serves its groups. Until it resolves they are answered COORDINATOR_LOAD_IN_PROGRESS.
   *
   * Harmless for a partition that is loaded or loading; resolves early when it is given up meanwhile. Rejects, and leaves the partition unowned, when the log cannot be read.
   */
  load(partition: number): Promise<void>;
  /** Gives a partition up: who waits in it is answered NOT_COORDINATOR, and nothing more is appended to its log. */
  unload(partition: number): void;

  joinGroup(request: JoinGroupRequest, call?: CallOptions): Promise<JoinGroupResponse>;
  syncGroup(request: SyncGroupRequest, call?: CallOptions): Promise<SyncGroupResponse>;
  heartbeat(request: HeartbeatRequest, call?: CallOptions): Promise<HeartbeatResponse>;
  leaveGroup(request: LeaveGroupRequest, call?: CallOptions): Promise<LeaveGroupResponse>;
  /** Answers when the offsets are durable, from when on they are fetched. */
  commitOffsets(request: OffsetCommitRequest, call?: CallOptions): Promise<OffsetCommitResponse>;
  fetchOffsets(request: OffsetFetchRequest): OffsetFetchResponse;
  deleteOffsets(request: OffsetDeleteRequest, call?: CallOptions): Promise<OffsetDeleteResponse>;
  describeGroup(groupId: string): DescribedGroup;
  /** The groups of all loaded partitions. */
  listGroups(request: ListGroupsRequest): ListGroupsResponse;
  deleteGroup(groupId: string, call?: CallOptions): Promise<DeletedGroup>;
  /** Forgets the offsets committed for topics that are no more, in all loaded partitions; resolves when that is durable or has failed. */
  forgetTopics(topics: readonly string[]): Promise<void>;

  statistics(): GroupCoordinatorStatistics;
  /** All committed offsets of all loaded partitions, in no promised order. Changes under way may or may not be seen. */
  committedOffsets(): Iterable<CommittedOffset>;
  /** Gives all partitions up and waits for appends under way; the log is its owner's to close. */
  close(): Promise<void>;
}
