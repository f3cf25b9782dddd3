import { assert } from '@streambus/runtime';
import { onGroupDeleted, onOffsetsDeleted, onTopicsForgotten, setDurableMetadata } from './deletion.ts';
import type { AppendId, CallToken } from './effects.ts';
import { onReplacementStored } from './join.ts';
import { commitError, onCommitStored } from './offsets.ts';
import { type PartitionState, type Turn, takeAppendToken } from './partition-state.ts';
import type { Continuation, PendingAppend } from './pending-append.ts';
import { onAssignmentsFailed, onAssignmentsStored } from './sync.ts';

/** How a call is answered whose record could not be stored, or not in time. */
export type AppendFailure = 'COORDINATOR_NOT_AVAILABLE' | 'NOT_COORDINATOR';

/** An append is durable. They end in the order in which they were asked for, so that the state stays what the log says. */
export function onAppended(turn: Turn, appendId: AppendId): void {
  const pending = endAppend(turn.state, appendId);
  applyStored(turn, pending.continuation);
  const token = takeAppendToken(turn.state, pending);
  if (token !== undefined) answerStored(turn, pending.continuation, token);
  settleForgetTopics(turn, pending.continuation);
}

/** An append has failed: the state is as it was before. */
export function onAppendFailed(turn: Turn, appendId: AppendId, error: AppendFailure): void {
  const { state } = turn;
  const pending = endAppend(state, appendId);
  const { continuation } = pending;
  state.counters.failedAppends++;
  if (continuation.kind === 'groupDeleted') continuation.group.deleting = false;
  if (continuation.kind === 'assignment') {
    continuation.group.assignmentInFlight = -1;
    onAssignmentsFailed(turn, continuation, error);
  }
  if (continuation.kind === 'staticMember') onReplacementStored(turn, continuation, error);
  answerFailed(turn, pending, error);
  settleForgetTopics(turn, continuation);
  dropUnused(state, continuation.group.groupId);
}

/** An append takes too long: its caller is told so, though it may still succeed. */
export function onAppendDeadline(turn: Turn, appendId: AppendId): void {
  const pending = turn.state.appends.get(appendId);
  if (pending === undefined) return;
  const { continuation } = pending;
  answerFailed(turn, pending, 'COORDINATOR_NOT_AVAILABLE');
  if (continuation.kind === 'assignment') onAssignmentsFailed(turn, continuation, 'COORDINATOR_NOT_AVAILABLE');
}

function endAppend(state: PartitionState, appendId: AppendId): PendingAppend {
  const [oldestId] = state.appends.keys();
  assert(
    oldestId === appendId,
    () => `append ${appendId} ended before append ${oldestId}, which was asked for earlier`,
  );
  const pending = state.appends.get(appendId);
  assert(pending !== undefined, () => `append ${appendId} is not under way`);
  const { continuation } = pending;
  state.appends.delete(appendId);
  state.deadlines.clear(pending.timeout);
  continuation.group.pendingAppends--;
  if (continuation.kind === 'commit') continuation.group.pendingCommits.delete(continuation);
  return pending;
}

function applyStored(turn: Turn, continuation: Continuation): void {
  const { state } = turn;
  switch (continuation.kind) {
    case 'commit':
      onCommitStored(turn, continuation);
      return;
    case 'assignment':
      setDurableMetadata(state, continuation.group, continuation.metadata);
      onAssignmentsStored(turn, continuation);
      return;
    case 'staticMember':
      setDurableMetadata(state, continuation.group, continuation.metadata);
      onReplacementStored(turn, continuation, 'NONE');
      return;
    case 'emptied':
      setDurableMetadata(state, continuation.group, continuation.metadata);
      return;
    case 'offsetsDeleted':
      onOffsetsDeleted(turn, continuation);
      return;
    case 'groupDeleted':
      if (continuation.cause === 'expiry') {
        for (const partitions of continuation.group.offsets.values()) state.counters.expiredOffsets += partitions.size;
      }
      onGroupDeleted(turn, continuation.group);
      return;
  }
}

function answerStored(turn: Turn, continuation: Continuation, token: CallToken): void {
  const { effects } = turn;
  if (continuation.kind === 'commit') {
    effects.push({ type: 'answer', api: 'OffsetCommit', token, response: continuation.response });
  } else if (continuation.kind === 'offsetsDeleted' && continuation.reason.cause === 'request') {
    effects.push({ type: 'answer', api: 'OffsetDelete', token, response: continuation.reason.response });
  } else if (continuation.kind === 'groupDeleted') {
    const response = { groupId: continuation.group.groupId, error: 'NONE' as const };
    effects.push({ type: 'answer', api: 'DeleteGroup', token, response });
  }
}

/** Answers the call that waits for an append, if one does. */
export function answerFailed(turn: Turn, pending: PendingAppend, error: AppendFailure): void {
  const { continuation } = pending;
  const token = takeAppendToken(turn.state, pending);
  if (token === undefined) return;
  const { effects } = turn;
  if (continuation.kind === 'commit') {
    effects.push({ type: 'answer', api: 'OffsetCommit', token, response: commitError(continuation.request, error) });
  } else if (continuation.kind === 'offsetsDeleted') {
    effects.push({ type: 'answer', api: 'OffsetDelete', token, response: { error, topics: [] } });
  } else if (continuation.kind === 'groupDeleted') {
    effects.push({
      type: 'answer',
      api: 'DeleteGroup',
      token,
      response: { groupId: continuation.group.groupId, error },
    });
  }
}

function settleForgetTopics(turn: Turn, continuation: Continuation): void {
  if (continuation.kind !== 'offsetsDeleted' || continuation.reason.cause !== 'topicDeleted') return;
  onTopicsForgotten(turn, continuation.reason.call);
}

/** A group that was made for something that did not happen goes again. */
export function dropUnused(state: PartitionState, groupId: string): void {
  const group = state.groups.get(groupId);
  if (group === undefined || group.state !== 'Empty' || group.generationId > 0) return;
  const isUsed =
    group.pendingMembers.size > 0 ||
    group.pendingAppends > 0 ||
    group.offsets.size > 0 ||
    group.durableMetadata !== null;
  if (!isUsed) state.groups.delete(groupId);
}
