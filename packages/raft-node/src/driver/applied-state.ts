import {
  type ConfState,
  decodeConfChange,
  type Entry,
  EntryType,
  isRaftError,
  type LogIndex,
  logIndex,
  type Message,
  type NodeId,
  namesMember,
  type Raft,
  type SnapshotMetadata,
} from '@streambus/raft';
import { assert, type Clock, type Logger, toError } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { RaftNodeEvent } from '../events.ts';
import type { RaftNodeObserver } from '../observer.ts';
import type { PeerNetworkIdentity } from '../peers/peer-network.ts';
import type { SessionRefusal } from '../sessions/session-table.ts';
import type { SessionedStateMachine } from '../sessions/sessioned-state-machine.ts';
import type { ReplicaStorage } from '../storage/replica-storage.ts';
import { Applier } from './applier.ts';
import type { ApplyAnswer, Proposals } from './proposals.ts';
import { Restorer } from './restorer.ts';
import type { CapturedSnapshot } from './snapshotter.ts';

/** What is applied to, and who waits for it. */
export interface AppliedStateParts {
  readonly raft: Raft;
  readonly storage: ReplicaStorage;
  readonly machine: SessionedStateMachine;
  readonly proposals: Proposals;
  readonly identity: PeerNetworkIdentity;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: RaftNodeObserver;
  /** Where the state machine stands at the beginning. */
  readonly restored: SnapshotMetadata;
  readonly emit: (event: RaftNodeEvent) => void;
}

/** The loop that it is a part of. */
export interface AppliedStateLoop {
  /** Lets something into the node, as {@link CoreLoop.enter} does. */
  readonly enter: (input: () => void) => void;
  /** Whether the node goes on. */
  readonly isWanted: () => boolean;
  /** Another membership is in force. */
  readonly onMembers: (members: ConfState) => void;
  /** A batch is applied; these tell the core. */
  readonly onApplied: (responses: readonly Message[]) => void;
  readonly onFailed: (error: Error) => void;
}

/** Brings what is committed to the state machine, entries and whole snapshots in their order, and knows where that stands. */
export class AppliedState {
  readonly #parts: AppliedStateParts;
  readonly #loop: AppliedStateLoop;
  readonly #applier: Applier;
  readonly #restorer: Restorer;
  #applied: SnapshotMetadata;
  /** The last entry of a leader's snapshot that was taken in place of the log: entries up to it are not to be applied any more. */
  #replacedThrough: LogIndex = logIndex(0);

  constructor(parts: AppliedStateParts, loop: AppliedStateLoop) {
    const { clock, machine, observer, storage } = parts;
    this.#parts = parts;
    this.#loop = loop;
    this.#applied = parts.restored;
    this.#restorer = new Restorer({
      snapshots: storage.snapshots,
      machine,
      clock,
      observer,
      isWanted: loop.isWanted,
      onRestored: (metadata) => loop.enter(() => this.#onRestored(metadata)),
      onFailed: loop.onFailed,
    });
    this.#applier = new Applier({
      clock,
      applyEntry: (entry) => this.#applyEntry(entry),
      onApplied: loop.onApplied,
      onTurnEnd: (durationMs, entries) => observer.onApply?.(durationMs, entries),
      restore: () => this.#restorer.restore(),
      nextTurn: (callback) => clock.nextTurn(() => loop.enter(callback)),
    });
  }

  /** The last entry in the state machine, and the membership as of it. */
  get position(): SnapshotMetadata {
    return this.#applied;
  }

  /** Whether the state machine stands where the core does not know it to be: some entries of a batch are applied, or a snapshot is due. */
  get busy(): boolean {
    return this.#applier.busy;
  }

  /** Applies a batch when all before it is. */
  add({ entries, responses }: Message): void {
    this.#tellCommitted(entries);
    this.#applier.add({ entries, responses });
  }

  /** A leader's snapshot takes the place of the log up to this entry. The state machine follows when that is durable. */
  replaceThrough(index: LogIndex): void {
    this.#replacedThrough = index;
  }

  /** The log begins anew after this entry. The state machine follows, before the entries behind it. */
  onInstalled(index: LogIndex): void {
    const sizeBytes = this.#parts.storage.snapshots.current?.sizeBytes ?? 0;
    this.#parts.emit({ type: 'snapshot', index, sizeBytes });
    this.#applier.addRestore();
  }

  /** The state machine as it is now. */
  capture(): CapturedSnapshot {
    return { metadata: this.#applied, snapshot: this.#parts.machine.snapshot() };
  }

  /** Resolves when no restore is under way. */
  idle(): Promise<void> {
    return this.#restorer.idle();
  }

  #tellCommitted(entries: readonly Entry[]): void {
    const { observer, proposals, clock } = this.#parts;
    if (observer.onCommit === undefined) return;
    const nowMs = clock.monotonicMs();
    for (const { index } of entries) {
      const proposedMs = proposals.proposedMs(index);
      if (proposedMs !== undefined) observer.onCommit(nowMs - proposedMs);
    }
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

  #onMembers(before: ConfState): void {
    const { index, confState } = this.#applied;
    this.#parts.emit({ type: 'membership', members: confState, index });
    this.#forgetRemoved(before, confState);
    this.#loop.onMembers(confState);
  }

  /** A node that was removed and is added again begins anew. */
  #forgetRemoved(before: ConfState, after: ConfState): void {
    const { identity, logger } = this.#parts;
    for (const id of memberIds(before)) {
      if (namesMember(after, id)) continue;
      identity.knownPeers.forget(id).catch((err: unknown) => logger.warn({ peer: id, err }, 'cannot forget a peer'));
    }
  }
}

function memberIds({ voters, votersOutgoing, learners }: ConfState): readonly NodeId[] {
  return [...voters, ...votersOutgoing, ...learners];
}

const noAnswer: Uint8Array = new Uint8Array(0);
