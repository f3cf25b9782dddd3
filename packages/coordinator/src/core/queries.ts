import type { DescribedGroup, ListedGroup, ListGroupsRequest } from '../requests.ts';
import type { CommittedOffset } from '../statistics.ts';
import { type Group, memberMetadata, sortedMembers } from './group.ts';
import type { PartitionState } from './partition-state.ts';
import { isValidGroupId } from './validate.ts';

const noBytes = new Uint8Array(0);

/** Answers DescribeGroups for one group. */
export function describeGroup(state: PartitionState, groupId: string): DescribedGroup {
  const none = { groupId, protocolType: '', protocolData: '', members: [] };
  if (!isValidGroupId(groupId, { mayBeEmpty: true })) return { ...none, error: 'INVALID_GROUP_ID', state: '' };
  const group = state.groups.get(groupId);
  if (group === undefined) return { ...none, error: 'NONE', state: 'Dead' };
  const isStable = group.state === 'Stable';
  return {
    error: 'NONE',
    groupId,
    state: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: sortedMembers(group).map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: isStable ? memberMetadata(member, group.protocolName) : noBytes,
      assignment: isStable ? member.assignment : noBytes,
    })),
  };
}

/** The groups that a ListGroups asks for, in no order. */
export function listGroups(state: PartitionState, request: ListGroupsRequest): ListedGroup[] {
  const states = new Set(request.states.map((name) => name.toLowerCase()));
  const types = new Set(request.types.map((name) => name.toLowerCase()));
  if (types.size > 0 && !types.has('classic')) return [];
  return [...state.groups.values()]
    .filter((group) => states.size === 0 || states.has(group.state.toLowerCase()))
    .map(listed);
}

function listed(group: Group): ListedGroup {
  return { groupId: group.groupId, protocolType: group.protocolType ?? '', state: group.state, type: 'classic' };
}

/** All that is committed. */
export function* committedOffsets(state: PartitionState): Generator<CommittedOffset, void, undefined> {
  for (const group of state.groups.values()) {
    for (const [topic, partitions] of group.offsets) {
      for (const [partitionIndex, { offset, leaderEpoch, commitTimestampMs }] of partitions) {
        yield { groupId: group.groupId, topic, partitionIndex, offset, leaderEpoch, commitTimestampMs };
      }
    }
  }
}
