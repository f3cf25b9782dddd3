import { joinError, syncError } from '../core/members.ts';
import { commitError } from '../core/offsets.ts';
import type {
  DescribedGroup,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  SyncGroupResponse,
} from '../requests.ts';

/** Why a partition does not serve now. */
export type Unserved = 'COORDINATOR_LOAD_IN_PROGRESS' | 'NOT_COORDINATOR';

/** How JoinGroup is answered by a partition that does not serve. */
export function unservedJoin(request: JoinGroupRequest, error: Unserved): JoinGroupResponse {
  return joinError(request.memberId, error);
}

/** How SyncGroup is: older clients do not expect that a partition loads, but know to join again. */
export function unservedSync(error: Unserved): SyncGroupResponse {
  return syncError(error === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'REBALANCE_IN_PROGRESS' : error);
}

/** How Heartbeat is: a member whose group is being loaded loses nothing by waiting. */
export function unservedHeartbeat(error: Unserved): HeartbeatResponse {
  return { error: error === 'COORDINATOR_LOAD_IN_PROGRESS' ? 'NONE' : error };
}

/** How OffsetCommit is. */
export function unservedCommit(request: OffsetCommitRequest, error: Unserved): OffsetCommitResponse {
  return commitError(request, error);
}

/** How DescribeGroups is. */
export function unservedDescription(groupId: string, error: Unserved): DescribedGroup {
  return { error, groupId, state: '', protocolType: '', protocolData: '', members: [] };
}
