import { assert } from '@streambus/runtime';
import type { OffsetEntry } from '../records/offset-records.ts';
import type { GroupState, MemberProtocol } from '../requests.ts';
import type { Deadline } from './deadlines.ts';
import type { AppendId, CallToken } from './effects.ts';
import type { PendingCommit } from './pending-append.ts';

/** What falls due. */
export type DeadlineEvent =
  | { readonly type: 'session'; readonly group: Group; readonly member: Member }
  | { readonly type: 'pendingMember'; readonly group: Group; readonly memberId: string }
  | { readonly type: 'rebalance'; readonly group: Group }
  | { readonly type: 'sync'; readonly group: Group }
  | { readonly type: 'append'; readonly appendId: AppendId }
  | { readonly type: 'retention' };

/** A member of a group. A static member that comes back is another one, with another id. */
export interface Member {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array;
  /** Whether its client has been told its id. */
  idTold: boolean;
  /** Whether it has joined the coming generation, also when the connection of that call is gone: it will come back and ask. */
  hasJoined: boolean;
  /** The call that waits for the rebalance. */
  joinToken: CallToken | undefined;
  /** The call that waits for the assignment. */
  syncToken: CallToken | undefined;
  /** When it counts as gone; off while a call of it waits and its id is known to its client. */
  readonly session: Deadline<DeadlineEvent>;
}

/** How a group that prepares a rebalance waits. */
export type RebalanceWait =
  /** For the whole delay, and again while new members come (KIP-134). */
  | { readonly kind: 'initial'; remainingMs: number; newMemberAdded: boolean }
  /** Until all have joined. */
  | { readonly kind: 'allMembers' };

/** Offsets by topic and partition. */
export type GroupOffsets = Map<string, Map<number, OffsetEntry>>;

/**
 * A group.
 *
 * 1. `Empty` and `Dead` have no members.
 * 2. `CompletingRebalance` and `Stable` have members, a protocol, and a leader that is one of them.
 * 3. Nobody has joined the next generation in `CompletingRebalance`; nobody waits for an assignment outside of it.
 * 4. `joinedMembers` counts the members that have joined, everybody with a `joinToken` among them; `protocolVotes` the members that speak each protocol.
 * 5. An instance id in `staticMembers` leads to the member that has it.
 */
export interface Group {
  readonly groupId: string;
  state: GroupState;
  /** Wall time since when it is in this state; -1 for a group that never had members. */
  stateTimestampMs: number;
  generationId: number;
  /** Null for a group that only ever committed offsets. */
  protocolType: string | null;
  protocolName: string | null;
  leaderId: string | null;
  readonly members: Map<string, Member>;
  readonly staticMembers: Map<string, string>;
  /** Ids that were given out and have not joined yet (KIP-394). */
  readonly pendingMembers: Map<string, Deadline<DeadlineEvent>>;
  /** Members of this generation that have not asked for their assignment yet. */
  readonly pendingSyncMembers: Set<string>;
  readonly protocolVotes: Map<string, number>;
  joinedMembers: number;
  rebalanceWait: RebalanceWait;
  readonly rebalance: Deadline<DeadlineEvent>;
  readonly sync: Deadline<DeadlineEvent>;
  /** The topics that its members subscribe to; undefined when that is not known. */
  subscribedTopics: ReadonlySet<string> | undefined;
  /** The generation whose assignment is on its way to the log; -1 for none. */
  assignmentInFlight: number;
  /** Bytes of its members' protocols and assignments. */
  memberBytes: number;

  /** What is durable. */
  readonly offsets: GroupOffsets;
  /** The last durable GroupMetadataValue; null when there is none. */
  durableMetadata: Uint8Array | null;

  /** Commits on their way to the log. */
  readonly pendingCommits: Set<PendingCommit>;
  /** Appends on their way to the log, of any kind. */
  pendingAppends: number;
  /** The group's deletion is on its way to the log. */
  deleting: boolean;
}

/** Whether every member, and everybody who was given an id, has joined. */
export function hasAllMembersJoined(group: Group): boolean {
  return group.joinedMembers === group.members.size && group.pendingMembers.size === 0;
}

/** How long a rebalance may wait for its members: as long as the most patient one allows. */
export function rebalanceTimeoutMs(group: Group): number {
  let timeoutMs = 0;
  for (const member of group.members.values()) timeoutMs = Math.max(timeoutMs, member.rebalanceTimeoutMs);
  return timeoutMs;
}

/** The metadata of a member for the group's protocol; empty when it has none. */
export function memberMetadata(member: Member, protocolName: string | null): Uint8Array {
  return member.protocols.find(({ name }) => name === protocolName)?.metadata ?? new Uint8Array(0);
}

/** Whether the member offers exactly these protocols, in this order and with these bytes. */
export function offersSame(member: Member, protocols: readonly MemberProtocol[]): boolean {
  if (member.protocols.length !== protocols.length) return false;
  return member.protocols.every((own, index) => {
    const other = protocols[index];
    return other !== undefined && own.name === other.name && equalBytes(own.metadata, other.metadata);
  });
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}

/** Whether somebody who offers these protocols can be in the group. */
export function supportsProtocols(group: Group, protocolType: string, protocols: readonly MemberProtocol[]): boolean {
  if (protocols.length === 0 || protocolType === '') return false;
  if (group.state === 'Empty') return true;
  const everybodySpeaks = ({ name }: MemberProtocol): boolean =>
    (group.protocolVotes.get(name) ?? 0) === group.members.size;
  return group.protocolType === protocolType && protocols.some(everybodySpeaks);
}

/**
 * The protocol of the next generation: of those that every member speaks, each member votes for the one that it prefers;
 * among equals the first by name.
 */
export function selectProtocol(group: Group): string {
  const { members } = group;
  const isCommon = ({ name }: MemberProtocol): boolean => group.protocolVotes.get(name) === members.size;
  const votes = new Map<string, number>();
  for (const member of members.values()) {
    const choice = member.protocols.find(isCommon)?.name;
    assert(choice !== undefined, () => `group ${group.groupId}: no protocol is common to its ${members.size} members`);
    votes.set(choice, (votes.get(choice) ?? 0) + 1);
  }
  const ranked = [...votes].sort(([left, leftVotes], [right, rightVotes]) =>
    leftVotes === rightVotes ? compareText(left, right) : rightVotes - leftVotes,
  );
  const winner = ranked[0]?.[0];
  assert(winner !== undefined, () => `group ${group.groupId}: nobody voted for a protocol`);
  return winner;
}

/** The members, by id. */
export function sortedMembers(group: Group): Member[] {
  return [...group.members.values()].sort((left, right) => compareText(left.memberId, right.memberId));
}

/** Orders by UTF-16 units. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Holds the invariants of {@link Group}; the transitions of its state check them at their end. */
export function assertGroup(group: Group): void {
  const name = (): string => `group ${group.groupId} in ${group.state} with ${group.members.size} members`;
  if (group.state === 'Empty' || group.state === 'Dead')
    assert(group.members.size === 0, () => `${name()}: must have none`);
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
  assert(group.members.size > 0, () => `${name()}: must have some`);
  assert(group.protocolName !== null, () => `${name()}: has no protocol`);
  const leaderIn = group.leaderId !== null && group.members.has(group.leaderId);
  assert(leaderIn, () => `${name()}: leader ${group.leaderId} is not one of them`);
  const quiet = group.state === 'Stable' || group.joinedMembers === 0;
  assert(quiet, () => `${name()}: ${group.joinedMembers} wait for a rebalance`);
}
