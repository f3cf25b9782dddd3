import type { GroupState } from './requests.ts';

/** Why rebalances begin. */
export const rebalanceCauses = [
  'memberJoined',
  'memberRejoined',
  'memberLeft',
  'sessionExpired',
  'syncTimedOut',
  'assignmentFailed',
  'staticMemberReplaced',
] as const;

/** One of {@link rebalanceCauses}. */
export type RebalanceCause = (typeof rebalanceCauses)[number];

/** Numbers of a coordinator, over all partitions that it holds; counts grow from its creation. */
export interface GroupCoordinatorStatistics {
  readonly loadedPartitions: number;
  readonly loadingPartitions: number;
  readonly groupsByState: Readonly<Record<GroupState, number>>;
  readonly members: number;
  readonly committedOffsets: number;
  /** Bytes of subscriptions, assignments and committed offsets. */
  readonly heldBytes: number;
  /** Calls that wait: for a rebalance, an assignment, or a record to be durable. */
  readonly pendingCalls: number;
  readonly rebalancesByCause: Readonly<Record<RebalanceCause, number>>;
  /** Members removed because they were not heard of in time. */
  readonly expiredMembers: number;
  readonly expiredOffsets: number;
  readonly failedAppends: number;
  readonly checkpoints: number;
}

/** One committed offset, for a lag metric. */
export interface CommittedOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partitionIndex: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  /** Wall time of the commit, in milliseconds since 1970-01-01T00:00Z. */
  readonly commitTimestampMs: number;
}
