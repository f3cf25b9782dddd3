import type { GroupErrorName } from './errors.ts';

/** The classic protocol's states of a group. */
export const groupStates = ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'] as const;

/**
 * - `Empty`: no members; offsets may be there.
 * - `PreparingRebalance`: waits until every member has joined again.
 * - `CompletingRebalance`: everybody joined; waits for the leader's assignment to be durable.
 * - `Stable`: every member has its assignment.
 * - `Dead`: gone, or never there.
 */
export type GroupState = (typeof groupStates)[number];

/** What a member offers to speak: an assignor's name and bytes that only clients read. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** JoinGroup, versions 0 to 9. */
export interface JoinGroupRequest {
  /** Of the request: from 4 a new dynamic member is sent back with an id first (KIP-394), from 9 a leader may skip (KIP-814). */
  readonly apiVersion: number;
  readonly groupId: string;
  /** Empty for a new member. */
  readonly memberId: string;
  /** The name of a static member (KIP-345), or null. */
  readonly groupInstanceId: string | null;
  /** From the request's header; becomes a part of the member id. */
  readonly clientId: string;
  /** The client's address, for people. */
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  /** Version 0 has none: pass the session timeout. */
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In order of preference. The bytes are copied. */
  readonly protocols: readonly MemberProtocol[];
  /** Why, for people (KIP-800). */
  readonly reason?: string | null;
}

/** One member, as its leader sees it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** The answer to JoinGroup. */
export interface JoinGroupResponse {
  readonly error: GroupErrorName;
  /** -1 with an error. */
  readonly generationId: number;
  readonly protocolType: string | null;
  /** Null with an error; versions before 7 write it as an empty string. */
  readonly protocolName: string | null;
  /** The leader's member id, or empty. */
  readonly leader: string;
  /** The leader must not assign: it has rejoined a group that goes on as it is (KIP-814, version 9). */
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** Everybody, sorted by member id, in the leader's answer; empty in the others'. */
  readonly members: readonly JoinedMember[];
}

/** SyncGroup, versions 0 to 5. */
export interface SyncGroupRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** From version 5; null is not checked. */
  readonly protocolType: string | null;
  /** From version 5; null is not checked. */
  readonly protocolName: string | null;
  /** The leader's; ignored from anybody else. The bytes are copied. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** The answer to SyncGroup. */
export interface SyncGroupResponse {
  readonly error: GroupErrorName;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Empty with an error. */
  readonly assignment: Uint8Array;
}

/** Heartbeat, versions 0 to 4. */
export interface HeartbeatRequest {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** The answer to Heartbeat. */
export interface HeartbeatResponse {
  readonly error: GroupErrorName;
}

/** A member that leaves: by its id, or by its instance id with an empty member id (an operator's doing). */
export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly reason?: string | null;
}

/** LeaveGroup, versions 0 to 5; before version 3 it has exactly one member. */
export interface LeaveGroupRequest {
  readonly groupId: string;
  readonly members: readonly LeavingMember[];
}

/** The answer to LeaveGroup. Before version 3 the first member's error is the answer's. */
export interface LeaveGroupResponse {
  readonly error: GroupErrorName;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly error: GroupErrorName;
  }[];
}

/** One partition's offset, as it is to be committed. */
export interface OffsetCommitPartition {
  readonly partitionIndex: number;
  readonly offset: number;
  /** Of the last record consumed; -1 for unknown. */
  readonly leaderEpoch: number;
  /** The client's own text; null is kept as an empty one. */
  readonly metadata: string | null;
}

/** OffsetCommit, versions 0 to 9. */
export interface OffsetCommitRequest {
  readonly groupId: string;
  /** -1 for a consumer that assigns its partitions itself. */
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  /** Versions 2 to 4: how long to keep them; undefined or -1 for the coordinator's own rule. */
  readonly retentionTimeMs?: number;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly OffsetCommitPartition[] }[];
}

/** The answer to OffsetCommit: the request's topics and partitions, in its order. */
export interface OffsetCommitResponse {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly error: GroupErrorName }[];
  }[];
}

/** OffsetFetch of one group, versions 1 to 9. */
export interface OffsetFetchRequest {
  readonly groupId: string;
  /** Null for all that the group has committed. */
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null;
  /** Always so here: only offsets whose record is durable are seen, and there are no transactional ones. */
  readonly requireStable?: boolean;
}

/** What was fetched of one partition. */
export interface FetchedOffset {
  readonly partitionIndex: number;
  /** -1 when nothing is committed. */
  readonly offset: number;
  /** -1 for unknown. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly error: GroupErrorName;
}

/** The answer to OffsetFetch. With an error of the group the versions before 2 repeat it for each partition. */
export interface OffsetFetchResponse {
  readonly error: GroupErrorName;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly FetchedOffset[] }[];
}

/** OffsetDelete, version 0. */
export interface OffsetDeleteRequest {
  readonly groupId: string;
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[];
}

/** The answer to OffsetDelete. */
export interface OffsetDeleteResponse {
  /** Of the group; with one, there are no topics. */
  readonly error: GroupErrorName;
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly partitionIndex: number; readonly error: GroupErrorName }[];
  }[];
}

/** One group, in full (DescribeGroups, versions 0 to 5). */
export interface DescribedGroup {
  readonly error: GroupErrorName;
  readonly groupId: string;
  /** `Dead` for a group that is not there; the empty string with an error. */
  readonly state: GroupState | '';
  readonly protocolType: string;
  /** The chosen protocol's name while the group is Stable, else empty. */
  readonly protocolData: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    /** Empty unless the group is Stable. */
    readonly metadata: Uint8Array;
    /** Empty unless the group is Stable. */
    readonly assignment: Uint8Array;
  }[];
}

/** ListGroups, versions 0 to 5. */
export interface ListGroupsRequest {
  /** Names of states, in any case of letters; empty for all (KIP-518). */
  readonly states: readonly string[];
  /** Names of types, in any case of letters; empty for all (KIP-848). Every group here is `classic`. */
  readonly types: readonly string[];
}

/** One group, in short. */
export interface ListedGroup {
  readonly groupId: string;
  /** Empty for a group that only has offsets. */
  readonly protocolType: string;
  readonly state: GroupState;
  readonly type: 'classic';
}

/** The answer to ListGroups, sorted by group id. */
export interface ListGroupsResponse {
  /** COORDINATOR_LOAD_IN_PROGRESS while any partition loads: the list is then not whole. */
  readonly error: GroupErrorName;
  readonly groups: readonly ListedGroup[];
}

/** The answer to DeleteGroups for one group. */
export interface DeletedGroup {
  readonly groupId: string;
  readonly error: GroupErrorName;
}
