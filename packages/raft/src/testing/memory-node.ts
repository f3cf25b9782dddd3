import { assert, type Random } from '@streambus/runtime';
import type { ConfChange, ConfChangeV2 } from '../conf-change.ts';
import { decodeConfChange } from '../conf-change-codec.ts';
import type { ConfState } from '../conf-state.ts';
import type { Core } from '../core.ts';
import { createRaftOn, createStartedCore } from '../create-raft.ts';
import type { Entry } from '../entry.ts';
import { isRaftError } from '../errors.ts';
import { type HardState, isEmptyHardState } from '../hard-state.ts';
import {
  asIndex,
  type LogIndex,
  localAppendThread,
  localApplyThread,
  type NodeId,
  noLimit,
  zeroIndex,
} from '../identifiers.ts';
import { MemoryStorage } from '../memory-storage.ts';
import type { Message } from '../message.ts';
import type { RaftOptions } from '../options.ts';
import type { Raft } from '../raft.ts';
import type { ReadState, Ready } from '../ready.ts';
import { isEmptySnapshot, type Snapshot } from '../snapshot.ts';
import { Digest } from './digest.ts';

/** What every node of a cluster has in common. */
export type SharedOptions = Omit<RaftOptions, 'id' | 'applied'>;

/** A storage that has its snapshot renewed when it is asked for one. */
class SnapshotOnDemandStorage extends MemoryStorage {
  readonly #renew: (newest: LogIndex) => void;

  constructor(initial: Snapshot | undefined, renew: (newest: LogIndex) => void) {
    super(initial);
    this.#renew = renew;
  }

  override snapshot(): Snapshot {
    this.#renew(super.snapshot().metadata.index);
    return super.snapshot();
  }
}

/**
 * One node of a {@link MemoryCluster}: a core, its storage, and a state machine that keeps what was applied and a
 * digest of it.
 *
 * Its storage survives {@link crash}; all else is lost, and so is work that waits for its threads.
 */
export class MemoryNode {
  readonly id: NodeId;
  readonly storage: MemoryStorage;
  readonly #options: SharedOptions;
  readonly #random: Random;
  #core: Core;
  #raft: Raft;
  #running = true;
  #appendWork: Message[] = [];
  #applyWork: Message[] = [];
  #applied: Entry[] = [];
  #appliedIndex: LogIndex = zeroIndex;
  #digest = new Digest();
  #confState: ConfState;
  #readStates: ReadState[] = [];

  constructor(id: NodeId, options: SharedOptions, random: Random, initial: Snapshot | undefined) {
    this.id = id;
    this.#options = options;
    this.#random = random;
    this.storage = new SnapshotOnDemandStorage(initial, (newest) => {
      if (this.#appliedIndex > newest) this.#takeSnapshot();
    });
    this.#core = this.#start();
    this.#raft = createRaftOn(this.#core);
    this.#confState = this.storage.initialState().confState;
    this.#appliedIndex = initial?.metadata.index ?? zeroIndex;
  }

  /** The core; after a restart another one. */
  get raft(): Raft {
    return this.#raft;
  }

  /** Whether it lives. */
  get running(): boolean {
    return this.#running;
  }

  /** Entries applied since the start, or since the last snapshot that was installed. */
  get applied(): readonly Entry[] {
    return this.#applied;
  }

  /** The last index applied. */
  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** A digest of everything that was ever applied: equal on two nodes exactly when their state machines are. */
  get digest(): number {
    return this.#digest.value;
  }

  /** The membership as of {@link appliedIndex}. */
  get confState(): ConfState {
    return this.#confState;
  }

  /** Writes that wait for the append thread (asynchronous form). */
  get pendingAppends(): number {
    return this.#appendWork.length;
  }

  /** Batches that wait for the apply thread (asynchronous form). */
  get pendingApplies(): number {
    return this.#applyWork.length;
  }

  /** Reads that were answered and not yet taken. */
  takeReadStates(): readonly ReadState[] {
    const states = this.#readStates;
    this.#readStates = [];
    return states;
  }

  /** The index of the first entry in its log. */
  get firstIndex(): LogIndex {
    return this.#core.log.firstIndex;
  }

  /** The index of the last. */
  get lastIndex(): LogIndex {
    return this.#core.log.lastIndex;
  }

  /** The log from `from` on, as this node sees it, stored or not. */
  log(from: LogIndex = this.#core.log.firstIndex): readonly Entry[] {
    return this.#core.log.entriesFrom(from, noLimit);
  }

  /** The term of the entry at `index`; undefined where it is not in the log any more, or not yet. */
  termAt(index: LogIndex): number | undefined {
    return this.#core.log.termAt(index);
  }

  /** Loses all but the storage. */
  crash(): void {
    this.#running = false;
    this.#appendWork = [];
    this.#applyWork = [];
  }

  /** Starts on what the storage holds; the state machine begins at the newest snapshot. */
  restart(): void {
    this.crash();
    const snapshot = this.storage.snapshot();
    this.#readStates = [];
    this.#resetTo(snapshot);
    this.#core = this.#start();
    this.#raft = createRaftOn(this.#core);
    this.#running = true;
  }

  /**
   * Does what one {@link Ready} says; in the asynchronous form work for the threads is queued to them.
   *
   * @returns messages for the network
   */
  processReady(): readonly Message[] {
    const ready = this.#raft.ready();
    this.#readStates.push(...ready.readStates);
    if (this.#options.asyncStorageWrites) return this.#sortOutThreads(ready);
    this.#persist(ready.hardState, ready.snapshot, ready.entries);
    this.#apply(ready.committedEntries);
    this.#raft.advance();
    return ready.messages;
  }

  /** Does the oldest write; returns its responses. */
  processAppend(): readonly Message[] {
    const work = this.#appendWork.shift();
    if (work === undefined) return [];
    this.#persist({ term: work.term, vote: work.vote, commit: work.commit }, work.snapshot, work.entries);
    return work.responses;
  }

  /** Applies the oldest batch; returns its responses. */
  processApply(): readonly Message[] {
    const work = this.#applyWork.shift();
    if (work === undefined) return [];
    this.#apply(work.entries);
    return work.responses;
  }

  /** Takes a snapshot of what is applied and drops the log up to it; nothing where there is nothing new. */
  compact(): void {
    if (!this.#running) return;
    const { index } = this.storage.snapshot().metadata;
    if (index >= this.storage.firstIndex()) this.storage.compact(index);
  }

  /** A leader that is asked for a snapshot gives the state of this moment, so that it names every member it is for. */
  #takeSnapshot(): void {
    if (!this.#running || this.#appliedIndex > this.storage.lastIndex()) return;
    this.storage.createSnapshot(this.#appliedIndex, this.#confState, this.#digest.toBytes());
  }

  #start(): Core {
    const applied = this.storage.snapshot().metadata.index;
    const options: RaftOptions = { ...this.#options, id: this.id, applied };
    return createStartedCore(options, { storage: this.storage, random: this.#random });
  }

  #sortOutThreads(ready: Ready): readonly Message[] {
    for (const message of ready.messages) {
      if (message.to === localAppendThread) this.#appendWork.push(message);
      if (message.to === localApplyThread) this.#applyWork.push(message);
    }
    return ready.messages.filter(({ to }) => to !== localAppendThread && to !== localApplyThread);
  }

  #persist(hardState: HardState | undefined, snapshot: Snapshot | undefined, entries: readonly Entry[]): void {
    if (hardState !== undefined && !isEmptyHardState(hardState)) this.storage.setHardState(hardState);
    if (snapshot !== undefined && !isEmptySnapshot(snapshot)) this.#install(snapshot);
    this.storage.append(entries);
  }

  #install(snapshot: Snapshot): void {
    try {
      this.storage.applySnapshot(snapshot);
    } catch (error) {
      // It has compacted further by itself in the meantime.
      if (!isRaftError(error, 'RAFT_SNAPSHOT_OUT_OF_DATE')) throw error;
      return;
    }
    if (snapshot.metadata.index > this.#appliedIndex) this.#resetTo(snapshot);
  }

  #resetTo(snapshot: Snapshot): void {
    this.#applied = [];
    this.#appliedIndex = snapshot.metadata.index;
    this.#digest = Digest.fromBytes(snapshot.data);
    this.#confState = snapshot.metadata.confState;
  }

  #apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // A snapshot that was installed meanwhile has overtaken it.
      if (entry.index <= this.#appliedIndex) continue;
      assert(
        entry.index === this.#appliedIndex + 1,
        () => `node ${this.id} applies ${entry.index} after ${this.#appliedIndex}`,
      );
      const change = decodeConfChange(entry);
      if (change !== undefined) this.#changeMembership(change);
      this.#digest.add(entry);
      this.#applied.push(entry);
      this.#appliedIndex = asIndex(entry.index);
    }
  }

  /** What cannot be made, such as removing the last voter, cannot be made on any node: it is passed over. */
  #changeMembership(change: ConfChange | ConfChangeV2): void {
    try {
      this.#confState = this.#raft.applyConfChange(change);
    } catch (error) {
      if (!isRaftError(error, 'RAFT_CONF_CHANGE_INVALID')) throw error;
    }
  }
}
