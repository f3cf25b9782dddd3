import type { ConfState, LogIndex } from '@streambus/raft';
import {
  createRaft,
  emptyConfState,
  logIndex,
  nodeId,
  noLimit,
  noNode,
  type Raft,
  type Status,
  type Storage,
  term,
} from '@streambus/raft';
import { assert, type Logger, silentLogger } from '@streambus/runtime';
import { RaftNodeError, type RaftNodeErrorCode } from '../errors.ts';
import type { RaftNodeEvent, RaftNodeListener } from '../events.ts';
import type { MembershipChange } from '../membership.ts';
import { PeerNetwork } from '../peers/peer-network.ts';
import type { ProposeOptions, RaftNode, RaftNodeDependencies } from '../raft-node.ts';
import type { OpenSessionOptions, Session, SessionId, SessionStamp } from '../session.ts';
import { ClientSession } from '../sessions/client-session.ts';
import { encodeClose, encodeOpen, encodePlain, encodeStamped } from '../sessions/envelope.ts';
import { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import { restoreStateMachine } from '../snapshots/restore-state-machine.ts';
import type { RaftNodePhase, RaftNodeStatus } from '../status.ts';
import { createMemoryStorage } from '../storage/memory-storage.ts';
import { openDurableStorage } from '../storage/open-durable-storage.ts';
import type { OpenedStorage, ReplicaStorage, StorageObserver } from '../storage/replica-storage.ts';
import { CoreLoop } from './core-loop.ts';
import { toConfChange } from './membership-changes.ts';
import { type ProposalAnswer, Proposals } from './proposals.ts';
import type { RaftNodeSettings } from './settings.ts';
import { type StopTicker, startTicker } from './ticker.ts';

const maxOutstandingLimit = 1024;

/** A disk that does not answer for so many election time-outs is stalled, and is trusted again after so many without a stall. */
const stallElectionTimeouts = 2;
const trustElectionTimeouts = 3;

const forever = { maxTicks: undefined, timeoutError: () => new RaftNodeError('RAFT_NODE_BROKEN', 'waited for ever') };

/** The parts of a running node that its interface does not show. */
export interface ReplicaInside {
  readonly raft: Raft;
  /** The log and the hard state, as they were handed to storage: durable or about to be. */
  readonly log: Storage;
}

/** What runs between `start` and `stop`. */
interface Running {
  readonly raft: Raft;
  readonly storage: ReplicaStorage;
  readonly loop: CoreLoop;
  readonly stopTicker: StopTicker;
}

/** The node as its user sees it: its life, its proposals, its sessions. The work is in {@link CoreLoop}. */
export class Replica implements RaftNode {
  readonly #settings: RaftNodeSettings;
  readonly #dependencies: RaftNodeDependencies;
  readonly #logger: Logger;
  readonly #machine: SessionedStateMachine;
  readonly #proposals: Proposals;
  readonly #network: PeerNetwork | undefined;
  readonly #listeners = new Set<RaftNodeListener>();
  #phase: RaftNodePhase = 'new';
  #failure: RaftNodeError | undefined;
  #running: Running | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: RaftNodeSettings, dependencies: RaftNodeDependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    this.#logger = (dependencies.logger ?? silentLogger).child({ nodeId: settings.nodeId });
    this.#machine = new SessionedStateMachine(dependencies.stateMachine);
    this.#proposals = new Proposals(settings, dependencies.clock);
    const { network } = dependencies;
    this.#network = network && new PeerNetwork({ ...network, self: nodeId(settings.nodeId), logger: this.#logger });
  }

  start(): Promise<void> {
    assert(this.#phase === 'new', () => `a node is started once; this one is ${this.#phase}`);
    this.#phase = 'starting';
    this.#starting = this.#open();
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async propose(data: Uint8Array, { signal, session }: ProposeOptions = {}): Promise<Uint8Array> {
    if (session !== undefined) checkStamp(session);
    const bytes = session === undefined ? encodePlain(data) : encodeStamped(session, data);
    const answer = await this.#submit(bytes, data.length, signal);
    return answer.data;
  }

  async openSession({ signal, maxOutstanding = 64 }: OpenSessionOptions = {}): Promise<Session> {
    if (!Number.isInteger(maxOutstanding) || maxOutstanding < 1 || maxOutstanding > maxOutstandingLimit) {
      const message = `maxOutstanding is ${maxOutstanding}; it must be an integer from 1 to ${maxOutstandingLimit}`;
      throw new RaftNodeError('RAFT_NODE_OPTIONS_INVALID', message);
    }
    const { index } = await this.#submit(encodeOpen(this.#settings.maxSessions), 0, signal);
    return new ClientSession({
      // An opened session is named after the entry that opened it.
      id: index as number as SessionId,
      maxOutstanding,
      propose: (stamp, data, attempt) => this.#submit(encodeStamped(stamp, data), data.length, attempt),
      close: async (id, attempt) => {
        await this.#submit(encodeClose(id), 0, attempt);
      },
    });
  }

  async readBarrier({ signal }: { readonly signal?: AbortSignal } = {}): Promise<LogIndex> {
    const { loop } = this.#assertRunning();
    const applied = loop.reads.wait(signal);
    loop.scheduleTurn();
    return applied;
  }

  async changeMembership(
    changes: readonly MembershipChange[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ConfState> {
    const change = toConfChange(changes);
    const { loop, storage } = this.#assertRunning();
    const refusal = this.#refusal(storage);
    if (refusal !== undefined) throw refusal;
    const appended = this.#proposals.addChange(change, signal);
    loop.scheduleTurn();
    await appended;
    // The leader leaves a joint configuration by itself as soon as it is in force.
    await loop.waiters.wait({ isMet: () => loop.members.votersOutgoing.length === 0, ...forever }, signal);
    return loop.members;
  }

  async transferLeadership(to: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { loop, raft } = this.#assertRunning();
    if (!loop.members.voters.some((voter) => voter === to)) {
      const message = `node ${to} is no voter; the voters are ${loop.members.voters.join(', ')}`;
      throw new RaftNodeError('RAFT_NODE_CHANGE_INVALID', message);
    }
    if (raft.leader !== to) loop.enter(() => raft.transferLeadership(nodeId(to)));
    const maxTicks = 2 * this.#settings.electionTimeoutTicks;
    const timeoutError = (): RaftNodeError => {
      const message = `node ${to} does not lead after ${maxTicks} ticks; node ${raft.leader} does, as far as this node knows`;
      return new RaftNodeError('RAFT_NODE_TRANSFER_FAILED', message, { outcome: 'unknown', retriable: true });
    };
    await loop.waiters.wait({ isMet: () => raft.leader === to, maxTicks, timeoutError }, signal);
  }

  async takeSnapshot(): Promise<LogIndex> {
    const { loop } = this.#assertRunning();
    const index = loop.snapshots.request();
    loop.enter(() => loop.requestSnapshot());
    return index;
  }

  status(): RaftNodeStatus {
    const running = this.#running;
    return {
      nodeId: nodeId(this.#settings.nodeId),
      clusterId: this.#settings.clusterId,
      phase: this.#phase,
      failure: this.#failure,
      ...coreStatus(running?.raft.status()),
      applied: running?.loop.applied ?? logIndex(0),
      members: running?.loop.members ?? emptyConfState,
      snapshotIndex: logIndex(running?.storage.snapshotIndex ?? 0),
      queuedProposalBytes: this.#proposals.bytes,
      queuedProposals: this.#proposals.count,
      waitingReads: running?.loop.reads.count ?? 0,
      logBytes: running?.storage.logBytes ?? 0,
      transfers: running?.loop.exchange.transfers ?? [],
      sessions: this.#machine.sessionCount,
    };
  }

  /** What it runs, for tests that hold it against other nodes; undefined while it does not run. */
  get inside(): ReplicaInside | undefined {
    return this.#running && { raft: this.#running.raft, log: this.#running.storage.view };
  }

  subscribe(listener: RaftNodeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #submit(bytes: Uint8Array, ownBytes: number, signal: AbortSignal | undefined): Promise<ProposalAnswer> {
    const { loop, storage } = this.#assertRunning();
    const refusal = this.#refusal(storage);
    if (refusal !== undefined) throw refusal;
    const answer = this.#proposals.add(bytes, ownBytes, signal);
    loop.scheduleTurn();
    return answer;
  }

  #assertRunning(): Running {
    if (this.#failure !== undefined) throw refusedAfter(this.#failure);
    const isRunning = this.#phase === 'running' || this.#phase === 'full';
    if (this.#running === undefined || !isRunning) {
      throw new RaftNodeError('RAFT_NODE_STOPPED', `the node is ${this.#phase}; it takes requests while it is running`);
    }
    return this.#running;
  }

  /** Why nothing is taken at the moment, if nothing is. */
  #refusal(storage: ReplicaStorage): RaftNodeError | undefined {
    if (this.#phase === 'full') {
      const message = 'the disk is full; the node takes proposals again when it has space';
      return new RaftNodeError('RAFT_NODE_STORAGE_FULL', message, { retriable: true });
    }
    const { maxLogBytes } = this.#settings;
    if (storage.logBytes <= maxLogBytes) return undefined;
    const message = `the log without a snapshot has ${storage.logBytes} bytes; maxLogBytes is ${maxLogBytes}`;
    return new RaftNodeError('RAFT_NODE_QUEUE_FULL', message, { retriable: true });
  }

  async #open(): Promise<void> {
    try {
      const opened = await this.#openStorage();
      await this.#restore(opened.storage);
      this.#running = this.#run(opened);
    } catch (thrown) {
      if (this.#phase === 'starting') this.#phase = 'stopped';
      throw thrown;
    }
    this.#phase = 'running';
    this.#running.loop.start();
  }

  #openStorage(): Promise<OpenedStorage> | OpenedStorage {
    const { storage, clusterId, nodeId: self, members } = this.#settings;
    const { disk, clock, random } = this.#dependencies;
    if (storage === 'memory') return createMemoryStorage(members, clock, random);
    const observer: StorageObserver = {
      onFull: (full) => this.#onFull(full),
      onFailed: (error) => this.#fail(error),
    };
    return openDurableStorage(
      {
        folder: storage.folder,
        whenEmpty: storage.whenEmpty ?? 'bootstrap',
        clusterId,
        nodeId: self,
        members,
      },
      { disk, clock, random, logger: this.#logger, observer },
    );
  }

  async #restore(storage: ReplicaStorage): Promise<void> {
    const { clock } = this.#dependencies;
    const isWanted = (): boolean => true;
    const startMs = clock.monotonicMs();
    try {
      const restored = await restoreStateMachine({
        snapshots: storage.snapshots,
        machine: this.#machine,
        clock,
        isWanted,
      });
      if (restored === undefined) return;
      const { metadata, sizeBytes } = restored;
      const restoreMs = clock.monotonicMs() - startMs;
      this.#logger.info(
        { index: metadata.index, sizeBytes, restoreMs },
        'has restored its state machine from a snapshot',
      );
    } catch (thrown) {
      await storage.close();
      throw thrown;
    }
  }

  #run({ storage, storageId, knownPeers, isNew }: OpenedStorage): Running {
    const settings = this.#settings;
    const { clock, random, observer = {} } = this.#dependencies;
    const restored = storage.view.snapshot().metadata;
    const raft = createRaft(
      {
        id: nodeId(settings.nodeId),
        electionTimeoutTicks: settings.electionTimeoutTicks,
        heartbeatTimeoutTicks: settings.heartbeatTimeoutTicks,
        applied: restored.index,
        asyncStorageWrites: true,
        disableProposalForwarding: true,
        // The transport keeps what it has taken, or tells: on a slow path the same entries would wait behind one another.
        probeTimeoutTicks: settings.electionTimeoutTicks,
        // Proposals are bounded where they come in.
        maxUncommittedBytes: noLimit,
      },
      { storage: storage.view, random, logger: this.#logger },
    );
    const loop = new CoreLoop({
      raft,
      storage,
      machine: this.#machine,
      proposals: this.#proposals,
      clock,
      logger: this.#logger,
      observer,
      thresholds: settings,
      maxWaitingReads: settings.maxWaitingReads,
      network: this.#network,
      identity: { storageId, knownPeers },
      isNew,
      random,
      answerTicks: settings.electionTimeoutTicks,
      stallAfterMs: stallElectionTimeouts * settings.electionTimeoutTicks * settings.tickIntervalMs,
      trustAfterMs: trustElectionTimeouts * settings.electionTimeoutTicks * settings.tickIntervalMs,
      refusal: () => this.#refusal(storage),
      incarnation: random.bytes(8),
      restored,
      emit: (event) => this.#emit(event),
      onFailed: (error) => this.#fail(error),
    });
    const stopTicker = startTicker(clock, settings.tickIntervalMs, () => loop.tick());
    return { raft, storage, loop, stopTicker };
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {});
    const running = this.#running;
    this.#phase = 'stopped';
    if (running === undefined) return;
    running.loop.end();
    running.stopTicker();
    const stopped = new RaftNodeError('RAFT_NODE_STOPPED', 'the node was stopped');
    this.#endWaits(running, 'RAFT_NODE_STOPPED', stopped);
    await running.loop.idle();
    await running.storage.close();
  }

  #fail(error: RaftNodeError): void {
    const running = this.#running;
    if (running === undefined || this.#failure !== undefined || this.#phase === 'stopped') return;
    this.#phase = 'failed';
    this.#failure = error;
    this.#logger.error({ err: error }, 'the node has failed; it must be restarted');
    // Where the loop itself is broken it lets nothing in any more.
    running.loop.resign('its storage has failed');
    running.loop.end();
    running.stopTicker();
    this.#endWaits(running, error.code, error);
    this.#emit({ type: 'failed', error });
  }

  #endWaits({ loop }: Running, code: RaftNodeErrorCode, error: RaftNodeError): void {
    loop.waiters.endAll(new RaftNodeError(code, error.message, { cause: error.cause, outcome: 'unknown' }));
    this.#proposals.endAll(code, error.message, error.cause);
    loop.reads.endAll(error);
    loop.snapshots.refuse(error);
  }

  #onFull(full: boolean): void {
    if (this.#phase !== 'running' && this.#phase !== 'full') return;
    this.#phase = full ? 'full' : 'running';
    this.#emit({ type: 'storageFull', full });
    if (full) this.#running?.loop.resign('its disk is full');
  }

  #emit(event: RaftNodeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function coreStatus(status: Status | undefined) {
  return {
    role: status?.softState.role ?? ('follower' as const),
    term: status?.hardState.term ?? term(0),
    leader: status?.softState.leader ?? noNode,
    commit: status?.hardState.commit ?? logIndex(0),
    firstIndex: status?.firstIndex ?? logIndex(1),
    lastIndex: status?.lastIndex ?? logIndex(0),
    progress: status?.progress ?? new Map(),
  };
}

function refusedAfter(failure: RaftNodeError): RaftNodeError {
  return new RaftNodeError(failure.code, `the node has failed: ${failure.message}`, { cause: failure });
}

function checkStamp({ sequence, firstOutstanding }: SessionStamp): void {
  const span = sequence - firstOutstanding;
  assert(
    Number.isSafeInteger(sequence) && Number.isSafeInteger(firstOutstanding) && firstOutstanding >= 1,
    () => `sequence is ${sequence}, firstOutstanding ${firstOutstanding}; they must be integers from 1`,
  );
  assert(span >= 0 && span < maxOutstandingLimit, () => `sequence ${sequence} is ${span} after firstOutstanding`);
}
