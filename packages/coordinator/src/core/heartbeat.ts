import type { GroupErrorName } from '../errors.ts';
import type { HeartbeatRequest } from '../requests.ts';
import type { CallToken } from './effects.ts';
import type { Group, Member } from './group.ts';
import { renewSession } from './members.ts';
import type { Turn } from './partition-state.ts';
import { expireMember, maybeCompleteRebalance, prepareRebalance } from './rebalance.ts';
import { checkMember, isValidGroupId } from './validate.ts';

/** Handles Heartbeat. */
export function handleHeartbeat(turn: Turn, request: HeartbeatRequest, token: CallToken): void {
  turn.effects.push({ type: 'answer', api: 'Heartbeat', token, response: { error: heartbeat(turn, request) } });
}

function heartbeat(turn: Turn, request: HeartbeatRequest): GroupErrorName {
  if (!isValidGroupId(request.groupId, { mayBeEmpty: false })) return 'INVALID_GROUP_ID';
  const group = turn.state.groups.get(request.groupId);
  if (group === undefined) return 'UNKNOWN_MEMBER_ID';
  const error = checkMember(group, request.memberId, request.groupInstanceId);
  if (error !== 'NONE') return error;
  if (request.generationId !== group.generationId) return 'ILLEGAL_GENERATION';
  const member = group.members.get(request.memberId);
  if (member !== undefined) keepAlive(turn, member);
  // Between its JoinGroup and its SyncGroup a member may beat as well: only a rebalance that is prepared calls it back.
  return group.state === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE';
}

/** The member was heard of; while a call of it waits, its session stands still anyway. */
export function keepAlive(turn: Turn, member: Member): void {
  if (member.joinToken === undefined && member.syncToken === undefined) renewSession(turn, member);
}

/** A member has not been heard of for its whole session. */
export function onSessionDeadline(turn: Turn, group: Group, member: Member): void {
  expireMember(turn, group, member, member.joinToken === undefined ? 'heartbeat' : 'join');
  prepareOrComplete(turn, group, 'sessionExpired', `member ${member.memberId} was not heard of in time`);
}

/** After a member went: the others rebalance, or the rebalance that waited for it may end. */
export function prepareOrComplete(
  turn: Turn,
  group: Group,
  cause: 'sessionExpired' | 'memberLeft',
  reason: string,
): void {
  if (group.state === 'PreparingRebalance') maybeCompleteRebalance(turn, group);
  else if (group.state !== 'Empty' && group.state !== 'Dead') prepareRebalance(turn, group, cause, reason);
}
