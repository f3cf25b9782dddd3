import { assert } from '@streambus/runtime';
import type { JoinGroupRequest, JoinGroupResponse, MemberProtocol, SyncGroupResponse } from '../requests.ts';
import { Deadline } from './deadlines.ts';
import type { CallToken } from './effects.ts';
import type { Group, Member } from './group.ts';
import type { PartitionState, Turn } from './partition-state.ts';

const emptyBytes = new Uint8Array(0);

/** How long a member that has not been told its id may wait for its first generation, as in Kafka. */
export const newMemberJoinTimeoutMs: number = 5 * 60_000;

/** Makes a member that is in no group yet. */
export function createMember(
  group: Group,
  fields: Omit<Member, 'session' | 'hasJoined' | 'joinToken' | 'syncToken' | 'assignment'> & {
    readonly assignment?: Uint8Array;
  },
): Member {
  const member: Member = {
    assignment: emptyBytes,
    ...fields,
    hasJoined: false,
    joinToken: undefined,
    syncToken: undefined,
    get session() {
      return session;
    },
  };
  const session = new Deadline({ type: 'session' as const, group, member });
  return member;
}

/** Makes a member out of the request by which it joins. */
export function memberOfRequest(group: Group, memberId: string, request: JoinGroupRequest): Member {
  return createMember(group, {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    sessionTimeoutMs: request.sessionTimeoutMs,
    protocols: ownProtocols(request.protocols),
    idTold: request.memberId !== '',
  });
}

/** The protocols with bytes of their own: views of a request would keep its whole buffer for as long as the member lives. */
function ownProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: new Uint8Array(metadata) }));
}

/** Bytes that protocols take in memory. */
export function protocolBytes(protocols: readonly MemberProtocol[]): number {
  let bytes = 0;
  for (const { name, metadata } of protocols) bytes += name.length + metadata.length;
  return bytes;
}

/** Puts a member in. */
export function insertMember(state: PartitionState, group: Group, member: Member): void {
  assert(!group.members.has(member.memberId), () => `group ${group.groupId} has member ${member.memberId} already`);
  group.members.set(member.memberId, member);
  if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, member.memberId);
  group.leaderId ??= member.memberId;
  state.memberCount++;
  vote(group, member, 1);
  hold(state, group, protocolBytes(member.protocols) + member.assignment.length);
}

/** Takes a member out; its waiting calls must have been answered. */
export function extractMember(state: PartitionState, group: Group, member: Member): void {
  assert(!member.hasJoined && member.syncToken === undefined, () => `member ${member.memberId} still waits`);
  assert(group.members.delete(member.memberId), () => `group ${group.groupId} has no member ${member.memberId}`);
  const { groupInstanceId } = member;
  if (groupInstanceId !== null && group.staticMembers.get(groupInstanceId) === member.memberId) {
    group.staticMembers.delete(groupInstanceId);
  }
  if (group.leaderId === member.memberId) group.leaderId = group.members.keys().next().value ?? null;
  group.pendingSyncMembers.delete(member.memberId);
  state.deadlines.clear(member.session);
  state.memberCount--;
  vote(group, member, -1);
  hold(state, group, -protocolBytes(member.protocols) - member.assignment.length);
}

/** Gives a member other protocols; the bytes are copied. */
export function changeProtocols(
  state: PartitionState,
  group: Group,
  member: Member,
  protocols: readonly MemberProtocol[],
): void {
  vote(group, member, -1);
  hold(state, group, protocolBytes(protocols) - protocolBytes(member.protocols));
  member.protocols = ownProtocols(protocols);
  vote(group, member, 1);
}

/** Gives a member its assignment. */
export function changeAssignment(state: PartitionState, group: Group, member: Member, assignment: Uint8Array): void {
  hold(state, group, assignment.length - member.assignment.length);
  member.assignment = assignment;
}

/** Takes an assignment back. */
export function clearAssignment(state: PartitionState, group: Group, member: Member): void {
  changeAssignment(state, group, member, emptyBytes);
}

function vote(group: Group, member: Member, count: 1 | -1): void {
  for (const { name } of member.protocols) {
    const votes = (group.protocolVotes.get(name) ?? 0) + count;
    if (votes === 0) group.protocolVotes.delete(name);
    else group.protocolVotes.set(name, votes);
  }
}

function hold(state: PartitionState, group: Group, bytes: number): void {
  group.memberBytes += bytes;
  state.memberBytes += bytes;
}

/** The member lives: counts its session from now on. */
export function renewSession(turn: Turn, member: Member): void {
  turn.state.deadlines.set(member.session, turn.moment.monotonicMs + member.sessionTimeoutMs);
}

/** Lets a call wait for the rebalance; a call of the same member that waited before is sent to join again. */
export function waitForJoin(turn: Turn, group: Group, member: Member, token: CallToken): void {
  answerJoin(turn, group, member, joinError(member.memberId, 'REBALANCE_IN_PROGRESS'));
  member.hasJoined = true;
  member.joinToken = token;
  group.joinedMembers++;
  turn.state.waiters.set(token, { kind: 'join', group, member });
  // Sockets cannot tell that a waiting client is gone: one that does not know its id would otherwise stay for ever.
  if (member.idTold) turn.state.deadlines.clear(member.session);
  else turn.state.deadlines.set(member.session, turn.moment.monotonicMs + newMemberJoinTimeoutMs);
}

/** Takes off the call that waits for the rebalance; the member still has joined. */
export function takeJoinToken(state: PartitionState, member: Member): CallToken | undefined {
  const token = member.joinToken;
  if (token !== undefined) state.waiters.delete(token);
  member.joinToken = undefined;
  return token;
}

/** Ends the member's joining, and answers its JoinGroup if that still waits. */
export function answerJoin(turn: Turn, group: Group, member: Member, response: JoinGroupResponse): void {
  if (!member.hasJoined) return;
  member.hasJoined = false;
  group.joinedMembers--;
  const token = takeJoinToken(turn.state, member);
  if (token !== undefined) turn.effects.push({ type: 'answer', api: 'JoinGroup', token, response });
}

/** Lets a call wait for the assignment; a call of the same member that waited before is sent to join again. */
export function waitForSync(turn: Turn, group: Group, member: Member, token: CallToken): void {
  answerSync(turn, member, syncError('REBALANCE_IN_PROGRESS'));
  member.syncToken = token;
  turn.state.waiters.set(token, { kind: 'sync', group, member });
  turn.state.deadlines.clear(member.session);
}

/** Answers the member's waiting SyncGroup, if there is one. */
export function answerSync(turn: Turn, member: Member, response: SyncGroupResponse): void {
  const token = member.syncToken;
  if (token === undefined) return;
  member.syncToken = undefined;
  turn.state.waiters.delete(token);
  turn.effects.push({ type: 'answer', api: 'SyncGroup', token, response });
}

/** The answer to a JoinGroup that failed. */
export function joinError(memberId: string, error: JoinGroupResponse['error']): JoinGroupResponse {
  return {
    error,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** The answer to a SyncGroup that failed. */
export function syncError(error: SyncGroupResponse['error']): SyncGroupResponse {
  return { error, protocolType: null, protocolName: null, assignment: emptyBytes };
}
