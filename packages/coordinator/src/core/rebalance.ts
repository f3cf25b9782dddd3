import type { GroupErrorName } from '../errors.ts';
import { encodeGroupKey, encodeGroupValue, type StoredGroup } from '../records/group-records.ts';
import { subscribedTopics } from '../records/subscription.ts';
import type { JoinGroupResponse } from '../requests.ts';
import type { RebalanceCause } from '../statistics.ts';
import {
  assertGroup,
  type Group,
  hasAllMembersJoined,
  type Member,
  memberMetadata,
  rebalanceTimeoutMs,
  selectProtocol,
  sortedMembers,
} from './group.ts';
import {
  answerJoin,
  answerSync,
  clearAssignment,
  extractMember,
  joinError,
  renewSession,
  syncError,
} from './members.ts';
import { append, notice, type Turn } from './partition-state.ts';

/** Begins a rebalance, unless one is being prepared: everybody has to join again. */
export function prepareRebalance(turn: Turn, group: Group, cause: RebalanceCause, reason: string): void {
  if (group.state === 'PreparingRebalance') return;
  const { state, moment } = turn;
  if (group.state === 'CompletingRebalance') resetAssignments(turn, group, 'REBALANCE_IN_PROGRESS');
  clearSyncDeadline(turn, group);
  const wasEmpty = group.state === 'Empty';
  group.state = 'PreparingRebalance';
  group.stateTimestampMs = moment.wallTimeMs;
  state.counters.rebalancesByCause[cause]++;
  notice(turn, {
    type: 'notice',
    event: 'rebalanceStarted',
    groupId: group.groupId,
    generationId: group.generationId,
    cause,
    reason,
  });
  const timeoutMs = rebalanceTimeoutMs(group);
  const delayMs = state.options.initialRebalanceDelayMs;
  if (wasEmpty && delayMs > 0) {
    const remainingMs = Math.max(timeoutMs - delayMs, 0);
    group.rebalanceWait = { kind: 'initial', remainingMs, newMemberAdded: false };
    state.deadlines.set(group.rebalance, moment.monotonicMs + delayMs);
    return;
  }
  group.rebalanceWait = { kind: 'allMembers' };
  state.deadlines.set(group.rebalance, moment.monotonicMs + timeoutMs);
  // A new group that has no delay does not wait for ids that were given out either: their owners may never come.
  if (wasEmpty) completeRebalance(turn, group);
  else maybeCompleteRebalance(turn, group);
}

/** Ends the rebalance when nobody is missing any more. */
export function maybeCompleteRebalance(turn: Turn, group: Group): void {
  if (group.state !== 'PreparingRebalance' || group.rebalanceWait.kind !== 'allMembers') return;
  if (hasAllMembersJoined(group)) completeRebalance(turn, group);
}

/** The time for joining is over. */
export function onRebalanceDeadline(turn: Turn, group: Group): void {
  if (group.state !== 'PreparingRebalance') return;
  const wait = group.rebalanceWait;
  if (wait.kind === 'initial' && wait.newMemberAdded && wait.remainingMs > 0) {
    const delayMs = Math.min(turn.state.options.initialRebalanceDelayMs, wait.remainingMs);
    group.rebalanceWait = { kind: 'initial', remainingMs: wait.remainingMs - delayMs, newMemberAdded: false };
    turn.state.deadlines.set(group.rebalance, turn.moment.monotonicMs + delayMs);
    return;
  }
  completeRebalance(turn, group);
}

function completeRebalance(turn: Turn, group: Group): void {
  removeMissingMembers(turn, group);
  if (group.members.size > 0 && !electJoinedLeader(group)) {
    // Only static members are left and none has come: wait on, until their sessions end or one comes.
    group.rebalanceWait = { kind: 'allMembers' };
    turn.state.deadlines.set(group.rebalance, turn.moment.monotonicMs + rebalanceTimeoutMs(group));
    return;
  }
  turn.state.deadlines.clear(group.rebalance);
  group.generationId++;
  group.stateTimestampMs = turn.moment.wallTimeMs;
  if (group.members.size === 0) becomeEmpty(turn, group);
  else becomeCompleting(turn, group);
  assertGroup(group);
}

function removeMissingMembers(turn: Turn, group: Group): void {
  for (const member of [...group.members.values()]) {
    if (member.hasJoined || member.groupInstanceId !== null) continue;
    expireMember(turn, group, member, 'rejoin');
  }
}

/** Removes a member that has not been heard of in time. */
export function expireMember(
  turn: Turn,
  group: Group,
  member: Member,
  missed: 'heartbeat' | 'join' | 'rejoin' | 'sync',
): void {
  turn.state.counters.expiredMembers++;
  notice(turn, { type: 'notice', event: 'memberExpired', groupId: group.groupId, memberId: member.memberId, missed });
  answerJoin(turn, group, member, joinError('', 'UNKNOWN_MEMBER_ID'));
  answerSync(turn, member, syncError('UNKNOWN_MEMBER_ID'));
  extractMember(turn.state, group, member);
}

/** Keeps a leader that has joined, or takes the first member that has, rather one that is still connected; false when none has. */
function electJoinedLeader(group: Group): boolean {
  const joined = [...group.members.values()].filter((member) => member.hasJoined);
  const connected = joined.filter((member) => member.joinToken !== undefined);
  const candidates = connected.length > 0 ? connected : joined;
  if (!candidates.some((member) => member.memberId === group.leaderId))
    group.leaderId = candidates[0]?.memberId ?? null;
  return candidates.length > 0;
}

function becomeEmpty(turn: Turn, group: Group): void {
  group.state = 'Empty';
  group.protocolName = null;
  group.leaderId = null;
  updateSubscribedTopics(group);
  const metadata = encodeGroupValue(storedGroup(group, new Map()));
  // Nobody waits: if it fails, an older generation comes back with the log, and its members' sessions end.
  append(turn, [{ key: encodeGroupKey(group.groupId), value: metadata }], { kind: 'emptied', group, metadata });
}

function becomeCompleting(turn: Turn, group: Group): void {
  group.protocolName = selectProtocol(group);
  group.state = 'CompletingRebalance';
  updateSubscribedTopics(group);
  group.pendingSyncMembers.clear();
  for (const member of sortedMembers(group)) {
    clearAssignment(turn.state, group, member);
    group.pendingSyncMembers.add(member.memberId);
    const isLeader = member.memberId === group.leaderId;
    // A static member that has not come yet stays a member, and its session goes on as it was.
    if (!member.hasJoined) continue;
    member.idTold ||= member.joinToken !== undefined;
    answerJoin(turn, group, member, joinedResponse(group, member.memberId, { withMembers: isLeader }));
    renewSession(turn, member);
  }
  turn.state.deadlines.set(group.sync, turn.moment.monotonicMs + rebalanceTimeoutMs(group));
}

/** The answer to a JoinGroup that succeeded. */
export function joinedResponse(
  group: Group,
  memberId: string,
  options: { readonly withMembers: boolean; readonly leader?: string; readonly skipAssignment?: boolean },
): JoinGroupResponse {
  return {
    error: 'NONE',
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: options.leader ?? group.leaderId ?? '',
    skipAssignment: options.skipAssignment ?? false,
    memberId,
    members: options.withMembers ? joinedMembers(group) : [],
  };
}

function joinedMembers(group: Group): JoinGroupResponse['members'] {
  return sortedMembers(group).map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: memberMetadata(member, group.protocolName),
  }));
}

/** Not everybody has asked for the assignment in time: those who have not are removed. */
export function onSyncDeadline(turn: Turn, group: Group): void {
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
  const missing = [...group.pendingSyncMembers].flatMap((memberId) => group.members.get(memberId) ?? []);
  group.pendingSyncMembers.clear();
  if (missing.length === 0) return;
  for (const member of missing) expireMember(turn, group, member, 'sync');
  prepareRebalance(turn, group, 'syncTimedOut', `${missing.length} members did not ask for their assignment in time`);
}

/** The member has asked for its assignment. */
export function markSynced(turn: Turn, group: Group, member: Member): void {
  group.pendingSyncMembers.delete(member.memberId);
  if (group.pendingSyncMembers.size === 0) turn.state.deadlines.clear(group.sync);
}

function clearSyncDeadline(turn: Turn, group: Group): void {
  group.pendingSyncMembers.clear();
  turn.state.deadlines.clear(group.sync);
}

/** Sends everybody who waits for an assignment away. */
export function resetAssignments(turn: Turn, group: Group, error: GroupErrorName): void {
  for (const member of group.members.values()) {
    clearAssignment(turn.state, group, member);
    if (member.syncToken === undefined) continue;
    answerSync(turn, member, syncError(error));
    renewSession(turn, member);
  }
}

/** The form in which this generation is stored, with these assignments. */
export function storedGroup(group: Group, assignments: ReadonlyMap<string, Uint8Array>): StoredGroup {
  return {
    protocolType: group.protocolType ?? '',
    generationId: group.generationId,
    protocolName: group.protocolName,
    leaderId: group.leaderId,
    stateTimestampMs: group.stateTimestampMs,
    members: sortedMembers(group).map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      sessionTimeoutMs: member.sessionTimeoutMs,
      subscription: memberMetadata(member, group.protocolName),
      assignment: assignments.get(member.memberId) ?? new Uint8Array(0),
    })),
  };
}

/** Learns what the generation's members subscribe to, as far as they speak the consumer protocol. */
export function updateSubscribedTopics(group: Group): void {
  group.subscribedTopics = undefined;
  if (group.protocolType !== 'consumer' || group.protocolName === null) return;
  const all = new Set<string>();
  for (const member of group.members.values()) {
    const topics = subscribedTopics(memberMetadata(member, group.protocolName));
    if (topics === undefined) return;
    for (const topic of topics) all.add(topic);
  }
  group.subscribedTopics = all;
}
