import {
  type ConfState,
  decodeConfChange,
  type Entry,
  EntryType,
  type HardState,
  isRaftError,
  type LogIndex,
  localAppendThread,
  localApplyThread,
  type Message,
  MessageType,
  type NodeId,
  namesMember,
  type Raft,
  RaftError,
  type SnapshotMetadata,
  type SoftState,
} from '@streambus/raft';
import { assert, type Clock, type Logger, type Random, StreamBusError, toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { RaftNodeEvent } from '../events.ts';
import type { RaftNodeObserver } from '../observer.ts';
import type { PeerNetwork, PeerNetworkIdentity } from '../peers/peer-network.ts';
import type { SessionRefusal } from '../sessions/session-table.ts';
import type { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import { createExchange } from '../snapshots/create-exchange.ts';
import type { SnapshotExchange } from '../snapshots/snapshot-exchange.ts';
import type { ReplicaStorage } from '../storage/replica-storage.ts';
import { Applier } from './applier.ts';
import { CommitNotices } from './commit-notices.ts';
import { ConditionWaiters } from './condition-waiters.ts';
import { DiskWatch } from './disk-watch.ts';
import { EagerElection } from './eager-election.ts';
import { ProposalRouter } from './proposal-router.ts';
import type { ApplyAnswer, Proposals } from './proposals.ts';
import { ReadBarriers } from './read-barriers.ts';
import { Restorer } from './restorer.ts';
import { createSnapshotFollowers } from './snapshot-followers.ts';
import { type CapturedSnapshot, type SnapshotThresholds, Snapshotter } from './snapshotter.ts';

/** What a loop runs, and who hears of it. */
export interface CoreLoopParts {
  readonly raft: Raft;
  readonly storage: ReplicaStorage;
  readonly machine: SessionedStateMachine;
  readonly proposals: Proposals;
  /** The way to other nodes; undefined on a node that has none. */
  readonly network: PeerNetwork | undefined;
  readonly identity: PeerNetworkIdentity;
  /** What is on disk was begun in this life: what this node may have promised in an earlier one is lost. */
  readonly isNew: boolean;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RaftNodeObserver;
  readonly thresholds: SnapshotThresholds;
  readonly maxWaitingReads: number;
  /** After so long without an answer a leader is asked again, or not waited for any more. */
  readonly answerTicks: number;
  /** An append that takes longer to become durable is a stall of the disk, for which a leader gives up its place. */
  readonly stallAfterMs: number;
  /** So long after a stall this node begins no election. */
  readonly trustAfterMs: number;
  /** Why this node takes no proposals at the moment, if it does not. */
  readonly refusal: () => RaftNodeError | undefined;
  readonly incarnation: Uint8Array;
  /** Where the state machine stands at the beginning. */
  readonly restored: SnapshotMetadata;
  readonly emit: (event: RaftNodeEvent) => void;
  readonly onFailed: (error: RaftNodeError) => void;
}

/**
 * Drives one core: whatever comes in goes through {@link CoreLoop.enter}, and what the core wants done after it goes to storage and to the
 * state machine, whose ends come in the same way. Nothing here waits.
 */
export class CoreLoop {
  readonly reads: ReadBarriers;
  /** Who waits for a membership or a leader. */
  readonly waiters: ConditionWaiters = new ConditionWaiters();
  readonly snapshots: Snapshotter;
  /** Brings snapshots to followers, and from leaders. */
  readonly exchange: SnapshotExchange;
  readonly #parts: CoreLoopParts;
  readonly #applier: Applier;
  readonly #restorer: Restorer;
  readonly #router: ProposalRouter;
  readonly #diskWatch: DiskWatch;
  readonly #notices: CommitNotices;
  readonly #election: EagerElection;
  #ended = false;
  #turnScheduled = false;
  #pumpScheduled = false;
  #softState: SoftState;
  #applied: SnapshotMetadata;
  /** The last entry of a leader's snapshot that was taken in place of the log: entries up to it are not to be applied any more. */
  #replacedThrough = 0;

  constructor(parts: CoreLoopParts) {
    const { raft, clock, storage, logger, observer, thresholds } = parts;
    this.#parts = parts;
    this.#applied = parts.restored;
    this.#softState = { role: raft.role, leader: raft.leader };
    this.reads = new ReadBarriers({
      maxWaitingReads: parts.maxWaitingReads,
      retryTicks: parts.answerTicks,
      incarnation: parts.incarnation,
      ask: (context) => raft.readIndex(context),
    });
    this.exchange = createExchange(parts, {
      enter: (input) => this.enter(input),
      step: (message) => this.#step(message),
      onUnusable: () => void this.snapshots.request().catch(() => {}),
    });
    const followers = createSnapshotFollowers({ raft, storage, exchange: this.exchange, members: () => this.members });
    this.snapshots = new Snapshotter({
      thresholds,
      storage,
      followers,
      clock,
      logger,
      observer,
      capture: () => this.#capture(),
      onDurable: (index, sizeBytes) => parts.emit({ type: 'snapshot', index, sizeBytes }),
      onBroken: (error) => this.#fail(error),
    });
    this.#router = new ProposalRouter(parts);
    this.#diskWatch = new DiskWatch(clock, parts);
    this.#notices = new CommitNotices({
      send: (message) => parts.network?.send(message),
      onHeld: () => this.scheduleTurn(),
    });
    this.#election = new EagerElection({
      self: raft.id,
      clock,
      random: parts.random,
      leader: () => raft.leader,
      members: () => this.#applied.confState,
      isConnected: (id) => parts.network?.isConnected(id) === true,
      isAble: () => !this.#diskWatch.isStalled() && parts.refusal() === undefined,
      isWriting: () => this.#diskWatch.isWriting,
      campaign: () => this.enter(() => raft.campaign()),
    });
    this.#restorer = new Restorer({
      snapshots: storage.snapshots,
      machine: parts.machine,
      clock,
      observer,
      isWanted: () => !this.#ended,
      onRestored: (metadata) => this.enter(() => this.#onRestored(metadata)),
      onFailed: (error) => this.#fail(error),
    });
    this.#applier = new Applier({
      clock,
      applyEntry: (entry) => this.#applyEntry(entry),
      onApplied: (responses) => this.#onJobApplied(responses),
      onTurnEnd: (durationMs, entries) => observer.onApply?.(durationMs, entries),
      restore: () => this.#restorer.restore(),
      nextTurn: (callback) => this.#nextTurn(callback),
    });
  }

  /** Takes part: hears peers, and begins an election where that makes sense. */
  start(): void {
    const { network, identity, raft } = this.#parts;
    network?.start(identity, {
      onMessage: (message) => this.#enterSoon(() => this.#step(message)),
      onForward: (from, message) => this.#enterSoon(() => this.#router.onForward(from, message)),
      onUp: () => this.#election.consider(),
      onRefused: (by, knownStorageId) => this.enter(() => this.#onRefused(by, knownStorageId)),
      onDown: (id) => this.enter(() => this.#onPeerLost(id)),
      onGone: (id) => this.enter(() => this.#onPeerGone(id)),
      onUnreachable: (id) => this.enter(() => raft.reportUnreachable(id)),
      onSnapshot: (from, bytes) => this.#enterSoon(() => this.exchange.receive(from, bytes)),
      onSnapshotRoom: (to) => this.#enterSoon(() => this.exchange.onRoom(to)),
    });
    this.#election.start();
  }

  /** The last entry in the state machine. */
  get applied(): LogIndex {
    return this.#applied.index;
  }

  /** The membership as of {@link applied}. */
  get members(): ConfState {
    return this.#applied.confState;
  }

  /** Lets something into the core, then does what the core wants. What is thrown ends the node. */
  enter(input: () => void): void {
    if (this.#ended) return;
    try {
      input();
      this.#pump();
    } catch (thrown) {
      this.#fail(toError(thrown));
    }
  }

  /** Lets in, when this turn is over, all that was proposed and asked in it. */
  scheduleTurn(): void {
    if (this.#turnScheduled) return;
    this.#turnScheduled = true;
    this.#parts.clock.nextTurn(() => {
      this.#turnScheduled = false;
      this.enter(() => {
        if (this.#router.route()) this.scheduleTurn();
        this.reads.ask();
      });
      if (!this.#ended) this.#notices.release();
    });
  }

  tick(): void {
    this.enter(() => {
      this.#parts.raft.tick();
      this.reads.onTick();
      this.#router.onTick();
      this.exchange.onTick();
      this.#parts.network?.onTick();
      this.waiters.onTick();
      this.#resignIfStalled();
      this.#election.consider();
      this.requestSnapshot();
    });
  }

  /** Takes the snapshot that was asked for, now if nothing is being applied. */
  requestSnapshot(): void {
    if (!this.#applier.busy) this.snapshots.onApplied(this.applied);
  }

  /** The disk takes nothing. */
  resign(): void {
    this.enter(() => this.#resign('its disk is full'));
  }

  /** Nothing comes in from now on. */
  end(): void {
    this.#ended = true;
    this.#election.stop();
    this.#parts.network?.stop();
  }

  /** Resolves when nothing that was begun goes on. */
  async idle(): Promise<void> {
    await Promise.all([this.snapshots.idle(), this.exchange.stop(), this.#restorer.idle()]);
  }

  /** Lets something in, and does what the core wants when all that came with it is in. */
  #enterSoon(input: () => void): void {
    if (this.#ended) return;
    try {
      input();
    } catch (thrown) {
      this.#fail(toError(thrown));
      return;
    }
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.enter(() => {});
    });
  }

  #step(message: Message): void {
    try {
      this.#parts.raft.step(message);
    } catch (thrown) {
      // From a node that is no member (any more), be it this one: nothing to be done for it.
      if (!(thrown instanceof RaftError)) throw thrown;
      this.#parts.logger.debug({ from: message.from, code: thrown.code }, 'dropped a message that the core refuses');
    }
  }

  #resignIfStalled(): void {
    if (this.#parts.raft.role === 'leader' && this.#diskWatch.isStalled()) this.#resign('its disk does not answer');
  }

  /** While this node cannot append, somebody else has to lead, if there is anybody. */
  #resign(why: string): void {
    const { raft, logger } = this.#parts;
    const { voters, votersOutgoing } = this.members;
    if (raft.role !== 'leader' || voters.length + votersOutgoing.length < 2) return;
    logger.error({ term: raft.term, why }, 'gives up leading');
    raft.resign();
  }

  #onRefused(by: NodeId, knownStorageId: string): void {
    const { identity, isNew, logger, raft } = this.#parts;
    const message = `node ${by} knows node ${raft.id} with storage ${knownStorageId}; this one is ${identity.storageId}`;
    // One that has lived with its storage has a past that others know: then it is that peer who is behind.
    if (!isNew) logger.error({ by, knownStorageId }, message);
    else throw new RaftNodeError('RAFT_NODE_IDENTITY_MISSING', `${message}: what it had promised is lost`);
  }

  #onPeerLost(id: NodeId): void {
    this.#parts.raft.reportUnreachable(id);
    this.#router.onPeerLost(id);
    this.exchange.onPeerLost(id);
  }

  /** No message from it is under way, and none will come: what silence takes an election time-out to tell is known at once. */
  #onPeerGone(id: NodeId): void {
    const { raft, logger } = this.#parts;
    if (raft.leader !== id) return;
    logger.info({ leader: id, term: raft.term }, "the leader's process has ended");
    raft.forgetLeader();
  }

  #nextTurn(callback: () => void): void {
    this.#parts.clock.nextTurn(() => this.enter(callback));
  }

  #pump(): void {
    const { raft } = this.#parts;
    while (!this.#ended && raft.hasReady()) {
      const { softState, readStates, messages } = raft.ready();
      if (softState !== undefined) this.#onSoftState(softState);
      this.reads.onReadStates(readStates);
      for (const message of messages) this.#route(message);
    }
    this.reads.release(this.applied);
  }

  #route(message: Message): void {
    if (message.to === localAppendThread) this.#append(message);
    else if (message.to === localApplyThread) this.#apply(message);
    else this.#deliver([message]);
  }

  #append({ entries, responses, snapshot, term, vote, commit }: Message): void {
    const { proposals, storage, clock, observer } = this.#parts;
    proposals.onAppended(entries);
    const startMs = clock.monotonicMs();
    this.#diskWatch.begin(startMs);
    if (responses.some((message) => isGrant(message, this.#parts.raft.id))) this.#election.yield();
    const hardState: HardState | undefined = term > 0 || vote > 0 || commit > 0 ? { term, vote, commit } : undefined;
    if (snapshot !== undefined) this.#replacedThrough = snapshot.metadata.index;
    storage.append({ entries, hardState, snapshot: snapshot?.metadata }, () => {
      this.#diskWatch.end();
      if (entries.length > 0) observer.onAppend?.(clock.monotonicMs() - startMs, entries.length);
      this.enter(() => {
        if (snapshot !== undefined) this.#onInstalled(snapshot.metadata.index);
        this.#deliver(responses);
      });
    });
  }

  #apply({ entries, responses }: Message): void {
    const { observer, proposals, clock } = this.#parts;
    if (observer.onCommit !== undefined) {
      const nowMs = clock.monotonicMs();
      for (const { index } of entries) {
        const proposedMs = proposals.proposedMs(index);
        if (proposedMs !== undefined) observer.onCommit(nowMs - proposedMs);
      }
    }
    this.#applier.add({ entries, responses });
  }

  #deliver(messages: readonly Message[]): void {
    const { raft, network } = this.#parts;
    for (const message of messages) {
      // A leader that was removed hears of its own last entries when it is no member any more.
      if (message.to === raft.id) this.#step(message);
      else if (message.type === MessageType.snapshot) this.exchange.send(message);
      // What becomes of it, the transport tells: a message that is lost is no news, a peer that cannot be reached is.
      else if (message.type === MessageType.append) this.#notices.send(message);
      else network?.send(message);
      if (isGrant(message, raft.id)) this.#election.yield();
    }
  }

  /** The log begins anew after this entry. The state machine follows, before the entries behind it. */
  #onInstalled(index: LogIndex): void {
    const sizeBytes = this.#parts.storage.snapshots.current?.sizeBytes ?? 0;
    this.#parts.emit({ type: 'snapshot', index, sizeBytes });
    this.#applier.addRestore();
  }

  #onRestored(metadata: SnapshotMetadata): void {
    const { emit, proposals } = this.#parts;
    const before = this.#applied.confState;
    this.#applied = metadata;
    emit({ type: 'restored', index: metadata.index });
    this.#onMembers(before);
    proposals.onRestored(metadata.index);
    this.#applier.endRestore();
  }

  #applyEntry(entry: Entry): void {
    if (entry.index <= this.#replacedThrough) return;
    let answer: ApplyAnswer = noAnswer;
    const before = this.#applied.confState;
    let confState = before;
    if (entry.type !== EntryType.normal) {
      const changed = this.#applyConfChange(entry);
      if (changed === undefined) answer = 'impossible';
      else confState = changed;
    } else if (entry.data.length > 0) {
      answer = this.#applyToStateMachine(entry);
    }
    this.#applied = { index: entry.index, term: entry.term, confState };
    if (entry.type !== EntryType.normal) this.#onMembers(before);
    this.#parts.proposals.onApplied(entry, answer);
  }

  #applyToStateMachine(entry: Entry): Uint8Array | SessionRefusal {
    try {
      return this.#parts.machine.apply(entry);
    } catch (cause) {
      const message = `the state machine threw at entry ${entry.index}: ${toError(cause).message}`;
      throw new RaftNodeError('RAFT_NODE_STATE_MACHINE_FAILED', message, { cause, outcome: 'unknown' });
    }
  }

  /** @returns undefined for a change that cannot be made, which every node passes over alike */
  #applyConfChange(entry: Entry): ConfState | undefined {
    const change = decodeConfChange(entry);
    assert(change !== undefined, () => `entry ${entry.index} of type ${entry.type} holds no membership change`);
    try {
      return this.#parts.raft.applyConfChange(change);
    } catch (thrown) {
      if (isRaftError(thrown, 'RAFT_CONF_CHANGE_INVALID')) return undefined;
      throw thrown;
    }
  }

  /** A node that was removed and is added again begins anew. */
  #forgetRemoved(before: ConfState, after: ConfState): void {
    const { knownPeers } = this.#parts.identity;
    for (const id of [...before.voters, ...before.votersOutgoing, ...before.learners]) {
      if (namesMember(after, id)) continue;
      knownPeers.forget(id).catch((err: unknown) => this.#parts.logger.warn({ peer: id, err }, 'cannot forget a peer'));
    }
  }

  #onMembers(before: ConfState): void {
    const { index, confState } = this.#applied;
    this.#parts.emit({ type: 'membership', members: confState, index });
    this.#forgetRemoved(before, confState);
    this.exchange.onMembers(confState);
    this.waiters.look();
    this.#election.consider();
  }

  #onJobApplied(responses: readonly Message[]): void {
    this.#deliver(responses);
    this.reads.release(this.applied);
    this.requestSnapshot();
  }

  #onSoftState(next: SoftState): void {
    const { raft, emit, logger } = this.#parts;
    const before = this.#softState;
    this.#softState = next;
    const { term } = raft;
    if (next.role !== before.role) {
      logger.info({ role: next.role, term }, 'changed its role');
      emit({ type: 'role', role: next.role, term });
      if (before.role === 'leader') this.exchange.onLeadershipLost();
      if (next.role === 'candidate') this.#election.yield();
    }
    if (next.leader === before.leader) return;
    emit({ type: 'leader', leader: next.leader, term });
    this.waiters.look();
    this.#election.consider();
    this.#router.onLeader(next.leader);
    this.reads.onLeaderChange();
    this.reads.ask();
  }

  #capture(): CapturedSnapshot {
    return { metadata: this.#applied, snapshot: this.#parts.machine.snapshot() };
  }

  #fail(cause: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.onFailed(cause instanceof RaftNodeError ? cause : broken(cause));
  }
}

/** Whether another node gets this one's vote by it. */
function isGrant({ type, to, reject }: Message, self: NodeId): boolean {
  return (type === MessageType.voteResponse || type === MessageType.preVoteResponse) && to !== self && !reject;
}

const noAnswer: Uint8Array = new Uint8Array(0);

function broken(cause: Error): RaftNodeError {
  const what = cause instanceof StreamBusError ? 'refused what it must take' : 'broke an invariant';
  return new RaftNodeError('RAFT_NODE_BROKEN', `the node ${what}: ${cause.message}`, { cause, outcome: 'unknown' });
}
