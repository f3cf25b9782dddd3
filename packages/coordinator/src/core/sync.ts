import type { GroupErrorName } from '../errors.ts';
import { encodeGroupKey, encodeGroupValue } from '../records/group-records.ts';
import type { SyncGroupRequest } from '../requests.ts';
import type { CallToken } from './effects.ts';
import { assertGroup, type Group, type Member } from './group.ts';
import { answerSync, changeAssignment, renewSession, syncError, waitForSync } from './members.ts';
import { append, mayHold, mayWait, type Turn } from './partition-state.ts';
import { markSynced, prepareRebalance, resetAssignments, storedGroup } from './rebalance.ts';
import { checkMember, isValidGroupId } from './validate.ts';

/** Handles SyncGroup. */
export function handleSync(turn: Turn, request: SyncGroupRequest, token: CallToken): void {
  const group = turn.state.groups.get(request.groupId);
  const member = group?.members.get(request.memberId);
  const error = checkSync(turn, group, request);
  if (error !== 'NONE' || group === undefined || member === undefined) {
    const response = syncError(error === 'NONE' ? 'UNKNOWN_MEMBER_ID' : error);
    turn.effects.push({ type: 'answer', api: 'SyncGroup', token, response });
    return;
  }
  markSynced(turn, group, member);
  waitForSync(turn, group, member, token);
  if (group.state === 'Stable') answerAssignment(turn, group, member);
  else if (group.leaderId === member.memberId) storeAssignments(turn, group, request);
}

function checkSync(turn: Turn, group: Group | undefined, request: SyncGroupRequest): GroupErrorName {
  if (!isValidGroupId(request.groupId, { mayBeEmpty: false })) return 'INVALID_GROUP_ID';
  if (group === undefined) return 'UNKNOWN_MEMBER_ID';
  const error = checkMember(group, request.memberId, request.groupInstanceId);
  if (error !== 'NONE') return error;
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  if (group.state === 'PreparingRebalance') return 'REBALANCE_IN_PROGRESS';
  const { protocolType, protocolName } = request;
  if (protocolType !== null && protocolType !== group.protocolType) return 'INCONSISTENT_GROUP_PROTOCOL';
  if (protocolName !== null && protocolName !== group.protocolName) return 'INCONSISTENT_GROUP_PROTOCOL';
  return mayWait(turn.state) ? 'NONE' : 'COORDINATOR_NOT_AVAILABLE';
}

/** The leader has assigned. It counts when it is durable; a second one for the same generation is not looked at. */
function storeAssignments(turn: Turn, group: Group, request: SyncGroupRequest): void {
  if (group.assignmentInFlight === group.generationId) return;
  const assignments = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const { memberId, assignment } of request.assignments) {
    if (!group.members.has(memberId)) continue;
    bytes += assignment.length - (assignments.get(memberId)?.length ?? 0);
    // A copy, since a view would keep the leader's whole request for as long as the generation lasts.
    assignments.set(memberId, new Uint8Array(assignment));
  }
  const fits = group.memberBytes + bytes <= turn.state.options.maxMetadataBytesPerGroup && mayHold(turn.state, bytes);
  if (!fits) {
    failAssignments(turn, group, 'UNKNOWN_SERVER_ERROR', `an assignment of ${bytes} bytes is too large`);
    return;
  }
  group.assignmentInFlight = group.generationId;
  const metadata = encodeGroupValue(storedGroup(group, assignments));
  append(turn, [{ key: encodeGroupKey(group.groupId), value: metadata }], {
    kind: 'assignment',
    group,
    generationId: group.generationId,
    assignments,
    metadata,
  });
}

/** The assignment of a generation is durable: everybody who waits for it has it. */
export function onAssignmentsStored(
  turn: Turn,
  stored: {
    readonly group: Group;
    readonly generationId: number;
    readonly assignments: ReadonlyMap<string, Uint8Array>;
  },
): void {
  const { group } = stored;
  if (group.state !== 'CompletingRebalance' || group.generationId !== stored.generationId) return;
  for (const member of group.members.values()) {
    const assignment = stored.assignments.get(member.memberId);
    if (assignment !== undefined) changeAssignment(turn.state, group, member, assignment);
  }
  group.state = 'Stable';
  group.stateTimestampMs = turn.moment.wallTimeMs;
  for (const member of group.members.values()) {
    if (member.syncToken !== undefined) answerAssignment(turn, group, member);
  }
  assertGroup(group);
}

/** The assignment could not be stored: everybody has to join again. */
export function onAssignmentsFailed(
  turn: Turn,
  stored: { readonly group: Group; readonly generationId: number },
  error: GroupErrorName,
): void {
  const { group } = stored;
  if (group.state !== 'CompletingRebalance' || group.generationId !== stored.generationId) return;
  failAssignments(turn, group, error, 'the assignment could not be stored');
}

function failAssignments(turn: Turn, group: Group, error: GroupErrorName, reason: string): void {
  resetAssignments(turn, group, error);
  prepareRebalance(turn, group, 'assignmentFailed', reason);
}

function answerAssignment(turn: Turn, group: Group, member: Member): void {
  answerSync(turn, member, {
    error: 'NONE',
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    assignment: member.assignment,
  });
  renewSession(turn, member);
}
