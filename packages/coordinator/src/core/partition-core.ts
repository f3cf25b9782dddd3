import type { Random } from '@streambus/runtime';
import type { OffsetsRecord, StoredOffsetsRecord } from '../offsets-log.ts';
import type { ResolvedGroupCoordinatorOptions } from '../options.ts';
import type {
  DescribedGroup,
  GroupState,
  HeartbeatRequest,
  JoinGroupRequest,
  LeaveGroupRequest,
  ListedGroup,
  ListGroupsRequest,
  OffsetCommitRequest,
  OffsetDeleteRequest,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
} from '../requests.ts';
import type { CommittedOffset } from '../statistics.ts';
import { type AppendFailure, dropUnused, onAppendDeadline, onAppended, onAppendFailed } from './appends.ts';
import { cancelCall, refuseEverybody } from './cancellation.ts';
import { checkpointRecords } from './checkpoint.ts';
import { handleDeleteGroup, handleForgetTopics, handleOffsetDelete } from './deletion.ts';
import type { AppendId, CallToken, Effect, Moment } from './effects.ts';
import type { DeadlineEvent } from './group.ts';
import { handleHeartbeat, onSessionDeadline } from './heartbeat.ts';
import { handleJoin, removePendingMember } from './join.ts';
import { handleLeave } from './leave.ts';
import { fetchOffsets, handleCommit } from './offsets.ts';
import { createPartitionState, type PartitionState, type Turn } from './partition-state.ts';
import { committedOffsets, describeGroup, listGroups } from './queries.ts';
import { onRebalanceDeadline, onSyncDeadline } from './rebalance.ts';
import { finishReplay, replayRecord } from './replay.ts';
import { onRetentionDeadline, scheduleRetention } from './retention.ts';
import { handleSync } from './sync.ts';

/** Numbers of one partition, now. */
export interface PartitionFigures {
  readonly counters: PartitionState['counters'];
  readonly groupsByState: Readonly<Record<GroupState, number>>;
  readonly members: number;
  readonly committedOffsets: number;
  readonly heldBytes: number;
  readonly pendingCalls: number;
}

/**
 * All groups of one coordinator partition: pure and synchronous. Each input gives the effects that its driver carries out
 * in their order; every token is answered exactly once, unless it is cancelled.
 *
 * The driver appends in the order of the append effects and reports each, in that order, as appended or failed. What is
 * visible of committed offsets is then at any moment what a replay of the log up to there gives.
 */
export class PartitionCore {
  readonly #state: PartitionState;

  constructor(options: ResolvedGroupCoordinatorOptions, random: Random) {
    this.#state = createPartitionState(options, random);
  }

  /** Reads one record back, before anything else happens; false for a kind that is not known. */
  replay(record: StoredOffsetsRecord): boolean {
    return replayRecord(this.#state, record);
  }

  /** The whole log has been read back. */
  start(moment: Moment): void {
    finishReplay({ state: this.#state, moment, effects: [] });
    scheduleRetention(this.#state, moment.monotonicMs);
  }

  join(request: JoinGroupRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => {
      handleJoin(turn, request, token);
      dropUnused(this.#state, request.groupId);
    });
  }

  sync(request: SyncGroupRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleSync(turn, request, token));
  }

  heartbeat(request: HeartbeatRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleHeartbeat(turn, request, token));
  }

  leave(request: LeaveGroupRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => {
      handleLeave(turn, request, token);
      dropUnused(this.#state, request.groupId);
    });
  }

  commit(request: OffsetCommitRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleCommit(turn, request, token));
  }

  deleteOffsets(request: OffsetDeleteRequest, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleOffsetDelete(turn, request, token));
  }

  deleteGroup(groupId: string, token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleDeleteGroup(turn, groupId, token));
  }

  forgetTopics(topics: readonly string[], token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => handleForgetTopics(turn, topics, token));
  }

  /** The caller is gone; its token is not answered any more. */
  cancel(token: CallToken, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => cancelCall(turn, token));
  }

  /** An append is durable. */
  appended(appendId: AppendId, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => onAppended(turn, appendId));
  }

  /** An append has failed, or may have. */
  appendFailed(appendId: AppendId, error: AppendFailure, moment: Moment): Effect[] {
    return this.#run(moment, (turn) => onAppendFailed(turn, appendId, error));
  }

  /** Time has passed: does what is due. */
  advance(moment: Moment): Effect[] {
    return this.#run(moment, (turn) => {
      const { deadlines } = this.#state;
      for (let event = deadlines.takeDue(moment.monotonicMs); event !== undefined; ) {
        onDeadline(turn, event);
        event = deadlines.takeDue(moment.monotonicMs);
      }
    });
  }

  /** The partition is given up: everybody who waits is answered NOT_COORDINATOR. Nothing may follow. */
  end(moment: Moment): Effect[] {
    return this.#run(moment, (turn) => refuseEverybody(turn));
  }

  /** When {@link advance} has something to do, on the monotonic clock; maybe a little before. */
  get nextDeadlineMs(): number {
    return this.#state.deadlines.nextMs;
  }

  fetch(request: OffsetFetchRequest): OffsetFetchResponse {
    return fetchOffsets(this.#state, request);
  }

  describe(groupId: string): DescribedGroup {
    return describeGroup(this.#state, groupId);
  }

  list(request: ListGroupsRequest): ListedGroup[] {
    return listGroups(this.#state, request);
  }

  committedOffsets(): Iterable<CommittedOffset> {
    return committedOffsets(this.#state);
  }

  /** See {@link checkpointRecords}. */
  checkpoint(): Iterator<OffsetsRecord, void, undefined> {
    return checkpointRecords(this.#state);
  }

  /** About what the durable state takes as records. */
  get liveBytes(): number {
    return this.#state.liveBytes;
  }

  figures(): PartitionFigures {
    const state = this.#state;
    const groupsByState = { Empty: 0, PreparingRebalance: 0, CompletingRebalance: 0, Stable: 0, Dead: 0 };
    for (const group of state.groups.values()) groupsByState[group.state]++;
    return {
      counters: state.counters,
      groupsByState,
      members: state.memberCount,
      committedOffsets: state.offsetCount,
      heldBytes: state.liveBytes + state.memberBytes,
      pendingCalls: state.waiters.size,
    };
  }

  #run(moment: Moment, input: (turn: Turn) => void): Effect[] {
    const turn: Turn = { state: this.#state, moment, effects: [] };
    input(turn);
    return turn.effects;
  }
}

function onDeadline(turn: Turn, event: DeadlineEvent): void {
  switch (event.type) {
    case 'session':
      onSessionDeadline(turn, event.group, event.member);
      return;
    case 'pendingMember':
      removePendingMember(turn, event.group, event.memberId);
      dropUnused(turn.state, event.group.groupId);
      return;
    case 'rebalance':
      onRebalanceDeadline(turn, event.group);
      return;
    case 'sync':
      onSyncDeadline(turn, event.group);
      return;
    case 'append':
      onAppendDeadline(turn, event.appendId);
      return;
    case 'retention':
      onRetentionDeadline(turn);
      return;
  }
}
