import type { StoredOffsetsRecord } from '../offsets-log.ts';
import type { StoredGroup, StoredMember } from '../records/group-records.ts';
import { decodeRecord } from '../records/stored-record.ts';
import { setDurableMetadata } from './deletion.ts';
import type { Group } from './group.ts';
import { assertGroup } from './group.ts';
import { createMember, extractMember, insertMember, renewSession } from './members.ts';
import { removeOffset, setOffset } from './offsets.ts';
import { createGroup, type PartitionState, type Turn } from './partition-state.ts';
import { updateSubscribedTopics } from './rebalance.ts';

/**
 * Applies one record that was read back.
 *
 * @returns whether it is of a kind that is known here
 * @throws CoordinatorError `COORDINATOR_RECORD_INVALID`
 */
export function replayRecord(state: PartitionState, record: StoredOffsetsRecord): boolean {
  const decoded = decodeRecord(record);
  switch (decoded.kind) {
    case 'offset': {
      const { key, entry } = decoded;
      const group = state.groups.get(key.groupId);
      if (entry !== null) setOffset(state, group ?? createGroup(state, key.groupId), key, entry);
      else if (group !== undefined) removeOffset(state, group, key);
      return true;
    }
    case 'group': {
      const { groupId, group: stored, value } = decoded;
      const group = state.groups.get(groupId);
      if (stored !== null) restoreGroup(state, group ?? createGroup(state, groupId), stored, value);
      else if (group !== undefined) resetGroup(state, group);
      return true;
    }
    case 'other':
      return false;
  }
}

function resetGroup(state: PartitionState, group: Group): void {
  for (const member of [...group.members.values()]) extractMember(state, group, member);
  group.state = 'Empty';
  group.stateTimestampMs = -1;
  group.generationId = 0;
  group.protocolType = null;
  group.protocolName = null;
  group.subscribedTopics = undefined;
  setDurableMetadata(state, group, null);
}

function restoreGroup(state: PartitionState, group: Group, stored: StoredGroup, value: Uint8Array | null): void {
  resetGroup(state, group);
  group.state = stored.members.length === 0 ? 'Empty' : 'Stable';
  group.stateTimestampMs = stored.stateTimestampMs;
  group.generationId = stored.generationId;
  group.protocolType = stored.protocolType === '' ? null : stored.protocolType;
  group.protocolName = stored.protocolName;
  for (const member of stored.members) insertMember(state, group, restoredMember(group, member));
  const leaderIn = stored.leaderId !== null && group.members.has(stored.leaderId);
  if (leaderIn) group.leaderId = stored.leaderId;
  setDurableMetadata(state, group, value);
  assertGroup(group);
}

function restoredMember(group: Group, stored: StoredMember): ReturnType<typeof createMember> {
  const { subscription, ...fields } = stored;
  return createMember(group, {
    ...fields,
    protocols: [{ name: group.protocolName ?? '', metadata: subscription }],
    idTold: true,
  });
}

/** The log has been read: members get their whole session anew, groups that nothing is left of go. */
export function finishReplay(turn: Turn): void {
  const { state } = turn;
  for (const group of state.groups.values()) {
    if (group.durableMetadata === null && group.offsets.size === 0) {
      state.groups.delete(group.groupId);
      continue;
    }
    updateSubscribedTopics(group);
    for (const member of group.members.values()) renewSession(turn, member);
  }
}
