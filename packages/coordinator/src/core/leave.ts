import type { GroupErrorName } from '../errors.ts';
import type { LeaveGroupRequest, LeaveGroupResponse, LeavingMember } from '../requests.ts';
import type { CallToken } from './effects.ts';
import type { Group, Member } from './group.ts';
import { prepareOrComplete } from './heartbeat.ts';
import { removePendingMember } from './join.ts';
import { answerJoin, answerSync, extractMember, joinError, syncError } from './members.ts';
import type { Turn } from './partition-state.ts';
import { checkMember, isValidGroupId } from './validate.ts';

/** Handles LeaveGroup. */
export function handleLeave(turn: Turn, request: LeaveGroupRequest, token: CallToken): void {
  turn.effects.push({ type: 'answer', api: 'LeaveGroup', token, response: leave(turn, request) });
}

function leave(turn: Turn, request: LeaveGroupRequest): LeaveGroupResponse {
  if (!isValidGroupId(request.groupId, { mayBeEmpty: false })) return { error: 'INVALID_GROUP_ID', members: [] };
  const group = turn.state.groups.get(request.groupId);
  const members = request.members.map((leaving) => ({
    memberId: leaving.memberId,
    groupInstanceId: leaving.groupInstanceId,
    error: group === undefined ? ('UNKNOWN_MEMBER_ID' as const) : leaveOne(turn, group, leaving),
  }));
  return { error: 'NONE', members };
}

function leaveOne(turn: Turn, group: Group, leaving: LeavingMember): GroupErrorName {
  const { memberId, groupInstanceId } = leaving;
  if (memberId === '') {
    // An operator removes a static member by its name.
    const current = group.members.get(group.staticMembers.get(groupInstanceId ?? '') ?? '');
    if (current === undefined) return 'UNKNOWN_MEMBER_ID';
    remove(turn, group, current, leaving);
    return 'NONE';
  }
  if (group.pendingMembers.has(memberId)) {
    removePendingMember(turn, group, memberId);
    return 'NONE';
  }
  const error = checkMember(group, memberId, groupInstanceId);
  const member = group.members.get(memberId);
  if (error !== 'NONE' || member === undefined) return error;
  remove(turn, group, member, leaving);
  return 'NONE';
}

function remove(turn: Turn, group: Group, member: Member, leaving: LeavingMember): void {
  answerJoin(turn, group, member, joinError('', 'UNKNOWN_MEMBER_ID'));
  answerSync(turn, member, syncError('UNKNOWN_MEMBER_ID'));
  extractMember(turn.state, group, member);
  prepareOrComplete(turn, group, 'memberLeft', leaving.reason ?? '');
}
