import { assert, type Random } from '@streambus/runtime';
import type { OffsetsRecord } from '../offsets-log.ts';
import type { ResolvedGroupCoordinatorOptions } from '../options.ts';
import type { RebalanceCause } from '../statistics.ts';
import { rebalanceCauses } from '../statistics.ts';
import { Deadline, Deadlines } from './deadlines.ts';
import type { AppendId, CallToken, Effect, Moment, NoticeEffect } from './effects.ts';
import type { DeadlineEvent, Group, Member } from './group.ts';
import type { Continuation, ForgetTopicsCall, PendingAppend } from './pending-append.ts';

/** A call that waits, and where. */
export type Waiter =
  | { readonly kind: 'join'; readonly group: Group; readonly member: Member }
  | { readonly kind: 'sync'; readonly group: Group; readonly member: Member }
  | { readonly kind: 'append'; readonly append: PendingAppend }
  | { readonly kind: 'forgetTopics'; readonly call: ForgetTopicsCall };

/** Numbers that only grow. */
export interface PartitionCounters {
  readonly rebalancesByCause: Record<RebalanceCause, number>;
  expiredMembers: number;
  expiredOffsets: number;
  failedAppends: number;
}

/** Everything that one coordinator partition knows. */
export interface PartitionState {
  readonly options: ResolvedGroupCoordinatorOptions;
  readonly random: Random;
  readonly groups: Map<string, Group>;
  readonly deadlines: Deadlines<DeadlineEvent>;
  readonly retention: Deadline<DeadlineEvent>;
  /** The groups that the current search for expired ones has still to look at. */
  retentionSweep: Iterator<Group> | undefined;
  readonly waiters: Map<CallToken, Waiter>;
  /** In the order in which they were asked for, which is the order in which they end. */
  readonly appends: Map<AppendId, PendingAppend>;
  nextAppendId: number;
  readonly counters: PartitionCounters;
  offsetCount: number;
  memberCount: number;
  /** Bytes of members' protocols and assignments. */
  memberBytes: number;
  /** Bytes that the durable state takes as records. */
  liveBytes: number;
}

/** One input at work: the state, the moment, and what has come out so far. */
export interface Turn {
  readonly state: PartitionState;
  readonly moment: Moment;
  readonly effects: Effect[];
}

/** Makes the state of a partition that has nothing in it. */
export function createPartitionState(options: ResolvedGroupCoordinatorOptions, random: Random): PartitionState {
  const none = Object.fromEntries(rebalanceCauses.map((cause) => [cause, 0])) as Record<RebalanceCause, number>;
  return {
    options,
    random,
    groups: new Map(),
    deadlines: new Deadlines(),
    retention: new Deadline({ type: 'retention' }),
    retentionSweep: undefined,
    waiters: new Map(),
    appends: new Map(),
    nextAppendId: 1,
    counters: { rebalancesByCause: none, expiredMembers: 0, expiredOffsets: 0, failedAppends: 0 },
    offsetCount: 0,
    memberCount: 0,
    memberBytes: 0,
    liveBytes: 0,
  };
}

/** Makes a group that has nothing yet, and keeps it. */
export function createGroup(state: PartitionState, groupId: string): Group {
  assert(!state.groups.has(groupId), () => `group ${groupId} is there already`);
  // The deadlines' events name the group that they are part of.
  const group: Group = {
    groupId,
    state: 'Empty',
    stateTimestampMs: -1,
    generationId: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingMembers: new Map(),
    pendingSyncMembers: new Set(),
    protocolVotes: new Map(),
    joinedMembers: 0,
    rebalanceWait: { kind: 'allMembers' },
    get rebalance() {
      return rebalance;
    },
    get sync() {
      return sync;
    },
    subscribedTopics: undefined,
    assignmentInFlight: -1,
    memberBytes: 0,
    offsets: new Map(),
    durableMetadata: null,
    pendingCommits: new Set(),
    pendingAppends: 0,
    deleting: false,
  };
  const rebalance = new Deadline<DeadlineEvent>({ type: 'rebalance', group });
  const sync = new Deadline<DeadlineEvent>({ type: 'sync', group });
  state.groups.set(groupId, group);
  return group;
}

/** Whether a new call may wait here. */
export function mayWait(state: PartitionState): boolean {
  return Math.max(state.waiters.size, state.appends.size) < state.options.maxPendingCallsPerPartition;
}

/** Whether so many bytes more may be held here. */
export function mayHold(state: PartitionState, bytes: number): boolean {
  return state.liveBytes + state.memberBytes + bytes <= state.options.maxHeldBytesPerPartition;
}

/** Asks for an append; `continuation` says what happens at its end. */
export function append(
  turn: Turn,
  records: readonly OffsetsRecord[],
  continuation: Continuation,
  token?: CallToken,
): void {
  const { state } = turn;
  const appendId = state.nextAppendId++ as AppendId;
  const pending: PendingAppend = {
    appendId,
    continuation,
    token,
    timeout: new Deadline({ type: 'append', appendId }),
  };
  state.appends.set(appendId, pending);
  state.deadlines.set(pending.timeout, turn.moment.monotonicMs + state.options.appendTimeoutMs);
  continuation.group.pendingAppends++;
  if (continuation.kind === 'commit') continuation.group.pendingCommits.add(continuation);
  if (token !== undefined) state.waiters.set(token, { kind: 'append', append: pending });
  turn.effects.push({ type: 'append', appendId, records });
}

/** Takes the waiting call off an append, so that it can be answered. */
export function takeAppendToken(state: PartitionState, pending: PendingAppend): CallToken | undefined {
  const { token } = pending;
  if (token !== undefined) state.waiters.delete(token);
  pending.token = undefined;
  return token;
}

/** Tells the operator. */
export function notice(turn: Turn, effect: NoticeEffect): void {
  turn.effects.push(effect);
}
