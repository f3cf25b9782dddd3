import type { GroupErrorName } from '../errors.ts';
import { textBytes } from '../records/bytes.ts';
import { type OffsetEntry, type OffsetKey, offsetRecord } from '../records/offset-records.ts';
import type {
  FetchedOffset,
  OffsetCommitPartition,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../requests.ts';
import type { CallToken } from './effects.ts';
import type { Group } from './group.ts';
import { keepAlive } from './heartbeat.ts';
import { append, createGroup, mayHold, mayWait, type PartitionState, type Turn } from './partition-state.ts';
import type { PendingCommit } from './pending-append.ts';
import { checkMember, isStorable, isValidGroupId } from './validate.ts';

/** What one offset takes in the log beside its texts: fixed fields, lengths, and the record around them. */
const offsetRecordOverheadBytes = 48;

/** Handles OffsetCommit. */
export function handleCommit(turn: Turn, request: OffsetCommitRequest, token: CallToken): void {
  const group = groupToCommit(turn, request);
  if (typeof group === 'string') {
    answer(turn, token, commitError(request, group));
    return;
  }
  const { entries, response, addedBytes } = checkEntries(turn, group, request);
  if (entries.length === 0) {
    answer(turn, token, response);
    return;
  }
  if (!mayHold(turn.state, addedBytes)) {
    answer(turn, token, commitError(request, 'COORDINATOR_NOT_AVAILABLE'));
    return;
  }
  const { groupId } = request;
  const target = group ?? createGroup(turn.state, groupId);
  const records = entries.map(({ topic, partitionIndex, entry }) =>
    offsetRecord({ groupId, topic, partitionIndex }, entry),
  );
  append(turn, records, { kind: 'commit', group: target, entries, response, request }, token);
}

function answer(turn: Turn, token: CallToken, response: OffsetCommitResponse): void {
  turn.effects.push({ type: 'answer', api: 'OffsetCommit', token, response });
}

/** Undefined for a group that begins with this commit. */
function groupToCommit(turn: Turn, request: OffsetCommitRequest): Group | GroupErrorName | undefined {
  const { state } = turn;
  if (!isValidGroupId(request.groupId, { mayBeEmpty: true })) return 'INVALID_GROUP_ID';
  if (!mayWait(state)) return 'COORDINATOR_NOT_AVAILABLE';
  const group = state.groups.get(request.groupId);
  const standalone = request.generationId < 0;
  if (group === undefined) {
    if (!standalone) return 'ILLEGAL_GENERATION';
    return state.groups.size < state.options.maxGroupsPerPartition ? undefined : 'COORDINATOR_NOT_AVAILABLE';
  }
  if (group.deleting) return 'COORDINATOR_NOT_AVAILABLE';
  // Nobody who could be disturbed is there.
  if (standalone && group.state === 'Empty') return group;
  const error = checkMember(group, request.memberId, request.groupInstanceId);
  if (error !== 'NONE') return error;
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  const member = group.members.get(request.memberId);
  if (member !== undefined) keepAlive(turn, member);
  // A member of a generation that is not assigned yet commits what it had before: it has to take part in the rebalance first.
  return group.state === 'CompletingRebalance' ? 'REBALANCE_IN_PROGRESS' : group;
}

function checkEntries(
  turn: Turn,
  group: Group | undefined,
  request: OffsetCommitRequest,
): Pick<PendingCommit, 'entries' | 'response'> & { readonly addedBytes: number } {
  const entries: { topic: string; partitionIndex: number; entry: OffsetEntry }[] = [];
  let addedBytes = 0;
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => {
      const error = checkEntry(turn.state, name, partition);
      if (error === 'NONE') {
        const entry = entryOf(turn, request, partition);
        entries.push({ topic: name, partitionIndex: partition.partitionIndex, entry });
        const key = { groupId: request.groupId, topic: name, partitionIndex: partition.partitionIndex };
        const old = group?.offsets.get(name)?.get(partition.partitionIndex);
        addedBytes += offsetBytes(key, entry) - (old === undefined ? 0 : offsetBytes(key, old));
      }
      return { partitionIndex: partition.partitionIndex, error };
    }),
  }));
  return { entries, response: { topics }, addedBytes };
}

function checkEntry(state: PartitionState, topic: string, partition: OffsetCommitPartition): GroupErrorName {
  if (!isStorable(topic) || !Number.isSafeInteger(partition.offset)) return 'INVALID_REQUEST';
  const metadataBytes = partition.metadata === null ? 0 : textBytes(partition.metadata);
  return metadataBytes > state.options.maxOffsetMetadataBytes ? 'OFFSET_METADATA_TOO_LARGE' : 'NONE';
}

function entryOf(turn: Turn, request: OffsetCommitRequest, partition: OffsetCommitPartition): OffsetEntry {
  const commitTimestampMs = turn.moment.wallTimeMs;
  const retentionTimeMs = request.retentionTimeMs ?? -1;
  return {
    offset: partition.offset,
    leaderEpoch: partition.leaderEpoch,
    metadata: partition.metadata ?? '',
    commitTimestampMs,
    expireTimestampMs: retentionTimeMs < 0 ? -1 : commitTimestampMs + retentionTimeMs,
  };
}

/** The commit's answer when all of it has failed. */
export function commitError(request: OffsetCommitRequest, error: GroupErrorName): OffsetCommitResponse {
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, error })),
    })),
  };
}

/** Makes a durable offset visible. */
export function setOffset(
  state: PartitionState,
  group: Group,
  key: Omit<OffsetKey, 'groupId'>,
  entry: OffsetEntry,
): void {
  let partitions = group.offsets.get(key.topic);
  if (partitions === undefined) {
    partitions = new Map();
    group.offsets.set(key.topic, partitions);
  }
  const old = partitions.get(key.partitionIndex);
  partitions.set(key.partitionIndex, entry);
  const fullKey = { ...key, groupId: group.groupId };
  if (old === undefined) state.offsetCount++;
  state.liveBytes += offsetBytes(fullKey, entry) - (old === undefined ? 0 : offsetBytes(fullKey, old));
}

/** Forgets an offset; false when there was none. */
export function removeOffset(state: PartitionState, group: Group, key: Omit<OffsetKey, 'groupId'>): boolean {
  const partitions = group.offsets.get(key.topic);
  const old = partitions?.get(key.partitionIndex);
  if (partitions === undefined || old === undefined) return false;
  partitions.delete(key.partitionIndex);
  if (partitions.size === 0) group.offsets.delete(key.topic);
  state.offsetCount--;
  state.liveBytes -= offsetBytes({ ...key, groupId: group.groupId }, old);
  return true;
}

/** About what an offset takes in the log. */
function offsetBytes(key: OffsetKey, entry: OffsetEntry): number {
  return offsetRecordOverheadBytes + key.groupId.length + key.topic.length + entry.metadata.length;
}

/** The commit is durable: its offsets are seen from now on. */
export function onCommitStored(turn: Turn, commit: PendingCommit): void {
  for (const { topic, partitionIndex, entry } of commit.entries) {
    setOffset(turn.state, commit.group, { topic, partitionIndex }, entry);
  }
}

/** Answers OffsetFetch out of what is durable. */
export function fetchOffsets(state: PartitionState, request: OffsetFetchRequest): OffsetFetchResponse {
  if (!isValidGroupId(request.groupId, { mayBeEmpty: true })) return { error: 'INVALID_GROUP_ID', topics: [] };
  const group = state.groups.get(request.groupId);
  const wanted = request.topics ?? allTopics(group);
  const topics = wanted.map(({ name, partitionIndexes }) => {
    const partitions = group?.offsets.get(name);
    return { name, partitions: partitionIndexes.map((index) => fetched(index, partitions?.get(index))) };
  });
  return { error: 'NONE', topics };
}

function allTopics(group: Group | undefined): { name: string; partitionIndexes: number[] }[] {
  const topics = [...(group?.offsets ?? [])].map(([name, partitions]) => ({
    name,
    partitionIndexes: [...partitions.keys()].sort((left, right) => left - right),
  }));
  return topics.sort((left, right) => (left.name < right.name ? -1 : 1));
}

function fetched(partitionIndex: number, entry: OffsetEntry | undefined): FetchedOffset {
  if (entry === undefined) return { partitionIndex, offset: -1, leaderEpoch: -1, metadata: '', error: 'NONE' };
  const { offset, leaderEpoch, metadata } = entry;
  return { partitionIndex, offset, leaderEpoch, metadata, error: 'NONE' };
}
