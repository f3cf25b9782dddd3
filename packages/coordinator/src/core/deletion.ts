import type { GroupErrorName } from '../errors.ts';
import type { OffsetsRecord } from '../offsets-log.ts';
import { encodeGroupKey } from '../records/group-records.ts';
import { offsetRecord } from '../records/offset-records.ts';
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../requests.ts';
import type { CallToken } from './effects.ts';
import type { Group } from './group.ts';
import { removeOffset } from './offsets.ts';
import { append, mayWait, type PartitionState, type Turn } from './partition-state.ts';
import type { ForgetTopicsCall, OffsetsDeletion } from './pending-append.ts';
import { isValidGroupId } from './validate.ts';

interface TopicPartition {
  readonly topic: string;
  readonly partitionIndex: number;
}

/** Handles DeleteGroups for one group. */
export function handleDeleteGroup(turn: Turn, groupId: string, token: CallToken): void {
  const group = turn.state.groups.get(groupId);
  const error = checkDeleteGroup(turn.state, group, groupId);
  if (error !== 'NONE' || group === undefined) {
    turn.effects.push({ type: 'answer', api: 'DeleteGroup', token, response: { groupId, error } });
    return;
  }
  deleteGroup(turn, group, 'request', token);
}

function checkDeleteGroup(state: PartitionState, group: Group | undefined, groupId: string): GroupErrorName {
  if (!isValidGroupId(groupId, { mayBeEmpty: true })) return 'INVALID_GROUP_ID';
  if (group === undefined) return 'GROUP_ID_NOT_FOUND';
  if (group.state !== 'Empty') return 'NON_EMPTY_GROUP';
  return group.deleting || !mayWait(state) ? 'COORDINATOR_NOT_AVAILABLE' : 'NONE';
}

/**
 * Deletes an empty group with all that it has, and all that is on its way to the log before this. It is there until that
 * is durable, but nobody can join it or commit to it meanwhile.
 */
export function deleteGroup(turn: Turn, group: Group, cause: 'request' | 'expiry', token?: CallToken): void {
  const { groupId } = group;
  group.deleting = true;
  for (const [memberId, deadline] of group.pendingMembers) {
    turn.state.deadlines.clear(deadline);
    group.pendingMembers.delete(memberId);
  }
  const records: OffsetsRecord[] = knownKeys(group).map((key) => offsetRecord({ groupId, ...key }, null));
  const mayHaveMetadata = group.durableMetadata !== null || group.pendingAppends > group.pendingCommits.size;
  if (mayHaveMetadata) records.push({ key: encodeGroupKey(groupId), value: null });
  if (records.length > 0) {
    append(turn, records, { kind: 'groupDeleted', group, cause }, token);
    return;
  }
  turn.state.groups.delete(groupId);
  if (token === undefined) return;
  turn.effects.push({ type: 'answer', api: 'DeleteGroup', token, response: { groupId, error: 'NONE' } });
}

/** The offsets that the group has, or will have when its commits have become durable. */
function knownKeys(group: Group, isWanted: (topic: string) => boolean = () => true): TopicPartition[] {
  const keys: TopicPartition[] = [];
  for (const [topic, partitions] of group.offsets) {
    if (!isWanted(topic)) continue;
    for (const partitionIndex of partitions.keys()) keys.push({ topic, partitionIndex });
  }
  for (const commit of group.pendingCommits) {
    for (const { topic, partitionIndex } of commit.entries) {
      const isVisible = group.offsets.get(topic)?.has(partitionIndex) === true;
      if (!isVisible && isWanted(topic)) keys.push({ topic, partitionIndex });
    }
  }
  return keys;
}

/** The deletion is durable. */
export function onGroupDeleted(turn: Turn, group: Group): void {
  const { state } = turn;
  for (const key of knownKeys(group)) removeOffset(state, group, key);
  setDurableMetadata(state, group, null);
  group.state = 'Dead';
  state.groups.delete(group.groupId);
}

/** What the log says of the group's generation. */
export function setDurableMetadata(state: PartitionState, group: Group, metadata: Uint8Array | null): void {
  state.liveBytes += metadataBytes(group, metadata) - metadataBytes(group, group.durableMetadata);
  group.durableMetadata = metadata;
}

function metadataBytes(group: Group, metadata: Uint8Array | null): number {
  return metadata === null ? 0 : 16 + group.groupId.length + metadata.length;
}

/** Handles OffsetDelete. */
export function handleOffsetDelete(turn: Turn, request: OffsetDeleteRequest, token: CallToken): void {
  const group = turn.state.groups.get(request.groupId);
  const error = checkOffsetDelete(turn.state, group, request);
  if (error !== 'NONE' || group === undefined) {
    turn.effects.push({ type: 'answer', api: 'OffsetDelete', token, response: { error, topics: [] } });
    return;
  }
  const { keys, response } = deletableOffsets(group, request);
  if (keys.length > 0) {
    deleteOffsets(turn, group, keys, { cause: 'request', response }, token);
    return;
  }
  turn.effects.push({ type: 'answer', api: 'OffsetDelete', token, response });
}

function checkOffsetDelete(
  state: PartitionState,
  group: Group | undefined,
  request: OffsetDeleteRequest,
): GroupErrorName {
  if (!isValidGroupId(request.groupId, { mayBeEmpty: false })) return 'INVALID_GROUP_ID';
  if (group === undefined) return 'GROUP_ID_NOT_FOUND';
  if (group.deleting || !mayWait(state)) return 'COORDINATOR_NOT_AVAILABLE';
  // What another kind of member depends on cannot be told.
  return group.state === 'Empty' || group.protocolType === 'consumer' ? 'NONE' : 'NON_EMPTY_GROUP';
}

function deletableOffsets(
  group: Group,
  request: OffsetDeleteRequest,
): { readonly keys: TopicPartition[]; readonly response: OffsetDeleteResponse } {
  const known = new Set(knownKeys(group).map(({ topic, partitionIndex }) => `${partitionIndex}/${topic}`));
  const keys: TopicPartition[] = [];
  const topics = request.topics.map(({ name, partitionIndexes }) => {
    const isInUse = group.state !== 'Empty' && group.subscribedTopics?.has(name) !== false;
    const error: GroupErrorName = isInUse ? 'GROUP_SUBSCRIBED_TO_TOPIC' : 'NONE';
    for (const partitionIndex of isInUse ? [] : partitionIndexes) {
      if (known.has(`${partitionIndex}/${name}`)) keys.push({ topic: name, partitionIndex });
    }
    return { name, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, error })) };
  });
  return { keys, response: { error: 'NONE', topics } };
}

/** Asks for these offsets to be deleted; they are seen until that is durable. */
export function deleteOffsets(
  turn: Turn,
  group: Group,
  keys: readonly TopicPartition[],
  reason: OffsetsDeletion,
  token?: CallToken,
): void {
  const records = keys.map((key) => offsetRecord({ groupId: group.groupId, ...key }, null));
  append(turn, records, { kind: 'offsetsDeleted', group, keys, reason }, token);
}

/** The offsets' deletion is durable. */
export function onOffsetsDeleted(
  turn: Turn,
  deleted: { readonly group: Group; readonly keys: readonly TopicPartition[]; readonly reason: OffsetsDeletion },
): void {
  for (const key of deleted.keys) {
    const removed = removeOffset(turn.state, deleted.group, key);
    if (removed && deleted.reason.cause === 'expiry') turn.state.counters.expiredOffsets++;
  }
}

/** Forgets what groups have committed for topics that are no more; answers when that is durable, or has failed. */
export function handleForgetTopics(turn: Turn, topics: readonly string[], token: CallToken): void {
  const names = new Set(topics);
  const call: ForgetTopicsCall = { token, remainingAppends: 0 };
  for (const group of turn.state.groups.values()) {
    if (group.deleting) continue;
    const keys = knownKeys(group, (topic) => names.has(topic));
    if (keys.length === 0) continue;
    call.remainingAppends++;
    deleteOffsets(turn, group, keys, { cause: 'topicDeleted', call });
  }
  if (call.remainingAppends > 0) turn.state.waiters.set(token, { kind: 'forgetTopics', call });
  else turn.effects.push({ type: 'answer', api: 'ForgetTopics', token, response: 'done' });
}

/** One of the deletions that a call waits for has come to its end. */
export function onTopicsForgotten(turn: Turn, call: ForgetTopicsCall): void {
  call.remainingAppends--;
  const { token } = call;
  if (call.remainingAppends > 0 || token === undefined) return;
  turn.state.waiters.delete(token);
  turn.effects.push({ type: 'answer', api: 'ForgetTopics', token, response: 'done' });
}
