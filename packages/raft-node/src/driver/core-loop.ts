import {
  type ConfState,
  type HardState,
  type LogIndex,
  localAppendThread,
  localApplyThread,
  type Message,
  MessageType,
  type NodeId,
  RaftError,
  type SoftState,
} from '@streambus/raft';
import { type Random, StreamBusError, toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { PeerNetwork } from '../peers/peer-network.ts';
import { createExchange } from '../snapshots/create-exchange.ts';
import type { SnapshotExchange } from '../snapshots/snapshot-exchange.ts';
import { AppliedState, type AppliedStateParts } from './applied-state.ts';
import { CommitNotices } from './commit-notices.ts';
import { ConditionWaiters } from './condition-waiters.ts';
import { DiskWatch } from './disk-watch.ts';
import { EagerElection } from './eager-election.ts';
import { ProposalRouter } from './proposal-router.ts';
import { ReadBarriers } from './read-barriers.ts';
import { createSnapshotFollowers } from './snapshot-followers.ts';
import { type SnapshotThresholds, Snapshotter } from './snapshotter.ts';

/** What a loop runs, and who hears of it. */
export interface CoreLoopParts extends AppliedStateParts {
  /** The way to other nodes; undefined on a node that has none. */
  readonly network: PeerNetwork | undefined;
  /** What is on disk was begun in this life: what this node may have promised in an earlier one is lost. */
  readonly isNew: boolean;
  readonly random: Random;
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
  readonly #state: AppliedState;
  readonly #router: ProposalRouter;
  readonly #diskWatch: DiskWatch;
  readonly #notices: CommitNotices;
  readonly #election: EagerElection;
  #ended = false;
  #turnScheduled = false;
  #pumpScheduled = false;
  #softState: SoftState;
  constructor(parts: CoreLoopParts) {
    const { raft, clock, storage, logger, observer, thresholds } = parts;
    this.#parts = parts;
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
      capture: () => this.#state.capture(),
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
      members: () => this.members,
      isConnected: (id) => parts.network?.isConnected(id) === true,
      isAble: () => !this.#diskWatch.isStalled() && parts.refusal() === undefined,
      isWriting: () => this.#diskWatch.isWriting,
      campaign: () => this.enter(() => raft.campaign()),
    });
    this.#state = new AppliedState(parts, {
      enter: (input) => this.enter(input),
      isWanted: () => !this.#ended,
      onMembers: (members) => this.#onMembers(members),
      onApplied: (responses) => this.#onApplied(responses),
      onFailed: (error) => this.#fail(error),
    });
  }

  /** Takes part: hears peers, and begins an election where that makes sense. */
  start(): void {
    const { network, identity, raft } = this.#parts;
    network?.start(identity, {
      onMessage: (message) => this.#enterSoon(() => this.#step(message)),
      onForward: (from, message) => this.#enterSoon(() => this.#router.onForward(from, message)),
      onUp: (id) => this.#onPeerUp(id),
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
    return this.#state.position.index;
  }

  /** The membership as of {@link applied}. */
  get members(): ConfState {
    return this.#state.position.confState;
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
    if (!this.#state.busy) this.snapshots.onApplied(this.applied);
  }

  /** Gives up leading, if it does: this node cannot append. */
  resign(why: string): void {
    this.enter(() => this.#resign(why));
  }

  /** Nothing comes in from now on. */
  end(): void {
    this.#ended = true;
    this.#election.stop();
    this.#parts.network?.stop();
  }

  /** Resolves when nothing that was begun goes on. */
  async idle(): Promise<void> {
    await Promise.all([this.snapshots.idle(), this.exchange.stop(), this.#state.idle()]);
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

  #onPeerUp(id: NodeId): void {
    // What it was sent before it let this node in, it has not heard.
    this.enter(() => this.#parts.raft.reportUnreachable(id));
    this.#election.consider();
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
    else if (message.to === localApplyThread) this.#state.add(message);
    else this.#deliver([message]);
  }

  #append({ entries, responses, snapshot, term, vote, commit }: Message): void {
    const { proposals, storage, clock, observer } = this.#parts;
    proposals.onAppended(entries);
    const startMs = clock.monotonicMs();
    this.#diskWatch.begin(startMs);
    if (responses.some((message) => isGrant(message, this.#parts.raft.id))) this.#election.yield();
    const hardState: HardState | undefined = term > 0 || vote > 0 || commit > 0 ? { term, vote, commit } : undefined;
    if (snapshot !== undefined) this.#state.replaceThrough(snapshot.metadata.index);
    storage.append({ entries, hardState, snapshot: snapshot?.metadata }, () => {
      this.#diskWatch.end();
      if (entries.length > 0) observer.onAppend?.(clock.monotonicMs() - startMs, entries.length);
      this.enter(() => {
        if (snapshot !== undefined) this.#state.onInstalled(snapshot.metadata.index);
        this.#deliver(responses);
      });
    });
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

  #onMembers(members: ConfState): void {
    this.exchange.onMembers(members);
    this.waiters.look();
    this.#election.consider();
  }

  #onApplied(responses: readonly Message[]): void {
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

function broken(cause: Error): RaftNodeError {
  const what = cause instanceof StreamBusError ? 'refused what it must take' : 'broke an invariant';
  return new RaftNodeError('RAFT_NODE_BROKEN', `the node ${what}: ${cause.message}`, { cause, outcome: 'unknown' });
}
