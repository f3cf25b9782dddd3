import { randomUuid } from '@streambus/runtime';
import { encodeGroupKey, encodeGroupValue } from '../records/group-records.ts';
import type { JoinGroupRequest } from '../requests.ts';
import { Deadline } from './deadlines.ts';
import type { CallToken } from './effects.ts';
import { type DeadlineEvent, type Group, type Member, offersSame, selectProtocol, supportsProtocols } from './group.ts';
import {
  answerJoin,
  answerSync,
  changeProtocols,
  createMember,
  extractMember,
  insertMember,
  joinError,
  memberOfRequest,
  protocolBytes,
  renewSession,
  syncError,
  waitForJoin,
} from './members.ts';
import { append, createGroup, mayHold, mayWait, type Turn } from './partition-state.ts';
import {
  joinedResponse,
  maybeCompleteRebalance,
  prepareRebalance,
  storedGroup,
  updateSubscribedTopics,
} from './rebalance.ts';
import { checkJoinRequest, checkMember } from './validate.ts';

/** From this version a new dynamic member has to come back with the id that it is given (KIP-394). */
const memberIdRequiredFromVersion = 4;
/** From this version a static leader that comes back may be told to skip the assignment (KIP-814). */
const skipAssignmentFromVersion = 9;
/** A member id begins with so much of the client id. */
const clientIdInMemberId = 255;

interface Join {
  readonly turn: Turn;
  readonly request: JoinGroupRequest;
  readonly token: CallToken;
}

/** Handles JoinGroup. */
export function handleJoin(turn: Turn, given: JoinGroupRequest, token: CallToken): void {
  const request = { ...given, clientId: given.clientId.slice(0, clientIdInMemberId) };
  const join = { turn, request, token };
  const group = groupToJoin(join);
  if (group === undefined) return;
  if (request.memberId === '') joinAsNew(join, group);
  else joinAsKnown(join, group);
  maybeCompleteRebalance(turn, group);
}

/** The group, made where it is new; undefined when the request has been refused. */
function groupToJoin(join: Join): Group | undefined {
  const { turn, request } = join;
  const error = checkJoinRequest(turn.state, request);
  if (error !== 'NONE') return refuse(join, error);
  if (!mayWait(turn.state)) return refuse(join, 'COORDINATOR_NOT_AVAILABLE');
  const group = findOrCreateGroup(turn, request);
  if (typeof group === 'string') return refuse(join, group);
  const refusal = checkCapacity(turn, group, request);
  if (refusal !== 'NONE') return refuse(join, refusal, '');
  const isSupported = supportsProtocols(group, request.protocolType, request.protocols);
  return isSupported ? group : refuse(join, 'INCONSISTENT_GROUP_PROTOCOL');
}

function refuse(join: Join, error: Parameters<typeof joinError>[1], memberId = join.request.memberId): undefined {
  const response = joinError(memberId, error);
  join.turn.effects.push({ type: 'answer', api: 'JoinGroup', token: join.token, response });
}

/** Only a new member makes a group. */
function findOrCreateGroup(
  turn: Turn,
  request: JoinGroupRequest,
): Group | 'UNKNOWN_MEMBER_ID' | 'COORDINATOR_NOT_AVAILABLE' | 'INCONSISTENT_GROUP_PROTOCOL' {
  const { state } = turn;
  const group = state.groups.get(request.groupId);
  if (group !== undefined) return group.deleting ? 'COORDINATOR_NOT_AVAILABLE' : group;
  if (request.memberId !== '') return 'UNKNOWN_MEMBER_ID';
  if (request.protocolType === '' || request.protocols.length === 0) return 'INCONSISTENT_GROUP_PROTOCOL';
  if (state.groups.size >= state.options.maxGroupsPerPartition) return 'COORDINATOR_NOT_AVAILABLE';
  return createGroup(state, request.groupId);
}

/**
 * Whether there is room. While a rebalance is prepared those count that have joined, so that the last to come back are the
 * ones that a smaller limit turns away.
 */
function checkCapacity(
  turn: Turn,
  group: Group,
  request: JoinGroupRequest,
): 'NONE' | 'GROUP_MAX_SIZE_REACHED' | 'COORDINATOR_NOT_AVAILABLE' {
  const { state } = turn;
  const { maxMembersPerGroup, maxMetadataBytesPerGroup } = state.options;
  const { memberId, groupInstanceId } = request;
  const currentId = groupInstanceId === null ? memberId : (group.staticMembers.get(groupInstanceId) ?? memberId);
  const member = group.members.get(currentId);
  const addedBytes = protocolBytes(request.protocols) - (member === undefined ? 0 : protocolBytes(member.protocols));
  if (group.memberBytes + addedBytes > maxMetadataBytesPerGroup) return 'GROUP_MAX_SIZE_REACHED';
  if (!mayHold(state, addedBytes)) return 'COORDINATOR_NOT_AVAILABLE';
  if (hasRoom(group, member, memberId, maxMembersPerGroup)) return 'NONE';
  if (member !== undefined && member.memberId === memberId) extractMember(state, group, member);
  maybeCompleteRebalance(turn, group);
  return 'GROUP_MAX_SIZE_REACHED';
}

function hasRoom(group: Group, member: Member | undefined, memberId: string, maxMembers: number): boolean {
  if (memberId === '' && member === undefined && group.pendingMembers.size >= maxMembers) return false;
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance':
      return member?.hasJoined === true || group.joinedMembers < maxMembers;
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined || group.members.size < maxMembers;
  }
}

function joinAsNew(join: Join, group: Group): void {
  const { turn, request } = join;
  const { groupInstanceId } = request;
  const newMemberId = `${groupInstanceId ?? request.clientId}-${randomUuid(turn.state.random)}`;
  if (groupInstanceId !== null) {
    const oldMember = group.members.get(group.staticMembers.get(groupInstanceId) ?? '');
    if (oldMember === undefined) addMember(join, group, newMemberId);
    else replaceStaticMember(join, group, oldMember, newMemberId);
    return;
  }
  if (request.apiVersion < memberIdRequiredFromVersion) {
    addMember(join, group, newMemberId);
    return;
  }
  const deadline = new Deadline<DeadlineEvent>({ type: 'pendingMember', group, memberId: newMemberId });
  group.pendingMembers.set(newMemberId, deadline);
  turn.state.deadlines.set(deadline, turn.moment.monotonicMs + request.sessionTimeoutMs);
  refuse(join, 'MEMBER_ID_REQUIRED', newMemberId);
}

function addMember(join: Join, group: Group, memberId: string): void {
  const { turn, request, token } = join;
  const wait = group.rebalanceWait;
  // More members may follow the one that has just come, so a new group waits a little longer.
  if (group.state === 'PreparingRebalance' && group.generationId === 0 && wait.kind === 'initial')
    wait.newMemberAdded = true;
  if (group.members.size === 0) group.protocolType = request.protocolType;
  const member = memberOfRequest(group, memberId, request);
  insertMember(turn.state, group, member);
  waitForJoin(turn, group, member, token);
  prepareRebalance(turn, group, 'memberJoined', reasonOf(request));
}

function joinAsKnown(join: Join, group: Group): void {
  const { turn, request } = join;
  const { memberId, groupInstanceId } = request;
  const pending = group.pendingMembers.get(memberId);
  if (pending !== undefined) {
    if (groupInstanceId !== null) {
      refuse(join, 'UNKNOWN_MEMBER_ID');
      return;
    }
    group.pendingMembers.delete(memberId);
    turn.state.deadlines.clear(pending);
    addMember(join, group, memberId);
    return;
  }
  const error = checkMember(group, memberId, groupInstanceId);
  const member = group.members.get(memberId);
  if (error !== 'NONE' || member === undefined) {
    refuse(join, error === 'NONE' ? 'UNKNOWN_MEMBER_ID' : error);
    return;
  }
  rejoin(join, group, member);
}

function rejoin(join: Join, group: Group, member: Member): void {
  const { turn, request, token } = join;
  const isLeader = group.leaderId === member.memberId;
  const unchanged = offersSame(member, request.protocols);
  // A leader that joins a Stable group again asks for another assignment; anybody else may only have missed the answer.
  const goesOn = unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && !isLeader));
  if (goesOn) {
    const response = joinedResponse(group, member.memberId, { withMembers: isLeader });
    turn.effects.push({ type: 'answer', api: 'JoinGroup', token, response });
    if (member.syncToken === undefined) renewSession(turn, member);
    return;
  }
  updateMember(turn, group, member, request);
  answerSync(turn, member, syncError('REBALANCE_IN_PROGRESS'));
  waitForJoin(turn, group, member, token);
  prepareRebalance(turn, group, 'memberRejoined', reasonOf(request));
}

function updateMember(turn: Turn, group: Group, member: Member, request: JoinGroupRequest): void {
  changeProtocols(turn.state, group, member, request.protocols);
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
}

/** A static member that comes back without its member id gets a new one; whoever still uses the old one is fenced. */
function replaceStaticMember(join: Join, group: Group, oldMember: Member, newMemberId: string): void {
  const { turn, request, token } = join;
  const { state } = turn;
  const oldLeaderId = group.leaderId;
  answerJoin(turn, group, oldMember, joinError(oldMember.memberId, 'FENCED_INSTANCE_ID'));
  answerSync(turn, oldMember, syncError('FENCED_INSTANCE_ID'));
  const wasPendingSync = group.pendingSyncMembers.has(oldMember.memberId);
  extractMember(state, group, oldMember);
  const member = createMember(group, {
    ...memberOfRequest(group, newMemberId, request),
    assignment: oldMember.assignment,
  });
  insertMember(state, group, member);
  if (oldLeaderId === oldMember.memberId) group.leaderId = newMemberId;
  if (wasPendingSync) group.pendingSyncMembers.add(newMemberId);
  waitForJoin(turn, group, member, token);
  if (group.state !== 'Stable') {
    // The leader may be assigning to the old id just now, so the new one would get nothing.
    prepareRebalance(turn, group, 'staticMemberReplaced', reasonOf(request));
    return;
  }
  if (selectProtocol(group) !== group.protocolName) {
    prepareRebalance(turn, group, 'staticMemberReplaced', reasonOf(request));
    return;
  }
  storeReplacement(join, group, { oldMember, member, oldLeaderId });
}

function storeReplacement(
  join: Join,
  group: Group,
  replacement: { readonly oldMember: Member; readonly member: Member; readonly oldLeaderId: string | null },
): void {
  const assignments = new Map([...group.members.values()].map(({ memberId, assignment }) => [memberId, assignment]));
  const metadata = encodeGroupValue(storedGroup(group, assignments));
  updateSubscribedTopics(group);
  append(join.turn, [{ key: encodeGroupKey(group.groupId), value: metadata }], {
    kind: 'staticMember',
    group,
    generationId: group.generationId,
    ...replacement,
    maySkipAssignment: join.request.apiVersion >= skipAssignmentFromVersion,
    metadata,
  });
}

/** The replacement of a static member is durable, or has failed. */
export function onReplacementStored(
  turn: Turn,
  stored: {
    readonly group: Group;
    readonly generationId: number;
    readonly oldMember: Member;
    readonly member: Member;
    readonly oldLeaderId: string | null;
    readonly maySkipAssignment: boolean;
  },
  error: 'NONE' | 'COORDINATOR_NOT_AVAILABLE' | 'NOT_COORDINATOR',
): void {
  const { group, member } = stored;
  const isCurrent = group.members.get(member.memberId) === member;
  // Meanwhile a rebalance may have begun: then the member waits for that one.
  if (!isCurrent || group.state !== 'Stable' || group.generationId !== stored.generationId) return;
  if (error !== 'NONE') {
    answerJoin(turn, group, member, joinError('', error));
    revertReplacement(turn, group, stored);
    return;
  }
  member.idTold ||= member.joinToken !== undefined;
  const isLeader = group.leaderId === member.memberId;
  const skipAssignment = stored.maySkipAssignment && isLeader;
  // Older clients must not take themselves for the leader: they would assign, and nobody would hear of it.
  const leader = stored.maySkipAssignment ? group.leaderId : stored.oldLeaderId;
  const options = { withMembers: skipAssignment, leader: leader ?? '', skipAssignment };
  answerJoin(turn, group, member, joinedResponse(group, member.memberId, options));
  renewSession(turn, member);
}

function revertReplacement(
  turn: Turn,
  group: Group,
  stored: { readonly oldMember: Member; readonly member: Member; readonly oldLeaderId: string | null },
): void {
  const { member, oldMember } = stored;
  const wasLeader = group.leaderId === member.memberId;
  answerSync(turn, member, syncError('COORDINATOR_NOT_AVAILABLE'));
  const wasPendingSync = group.pendingSyncMembers.has(member.memberId);
  extractMember(turn.state, group, member);
  insertMember(turn.state, group, oldMember);
  if (wasLeader) group.leaderId = oldMember.memberId;
  if (wasPendingSync) group.pendingSyncMembers.add(oldMember.memberId);
  updateSubscribedTopics(group);
  renewSession(turn, oldMember);
}

/** An id that was given out has not come back in time, or its owner has left. */
export function removePendingMember(turn: Turn, group: Group, memberId: string): void {
  const deadline = group.pendingMembers.get(memberId);
  if (deadline === undefined) return;
  group.pendingMembers.delete(memberId);
  turn.state.deadlines.clear(deadline);
  maybeCompleteRebalance(turn, group);
}

function reasonOf(request: JoinGroupRequest): string {
  return request.reason ?? '';
}
