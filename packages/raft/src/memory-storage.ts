import { assert } from '@streambus/runtime';
import type { ConfState } from './conf-state.ts';
import { type Entry, limitEntries } from './entry.ts';
import { RaftError } from './errors.ts';
import { emptyHardState, type HardState } from './hard-state.ts';
import { asIndex, type LogIndex, type Term } from './identifiers.ts';
import { emptySnapshot, isEmptySnapshot, type Snapshot } from './snapshot.ts';
import type { InitialState, Storage } from './storage.ts';

/**
 * A {@link Storage} in memory, for tests and for clusters that need not survive a crash.
 *
 * Invariants:
 * 1. `entries[i].index === compactedIndex + 1 + i`.
 * 2. Whoever compacts takes a snapshot at or after that index first; a received one drops all entries.
 */
export class MemoryStorage implements Storage {
  #hardState: HardState = emptyHardState;
  #snapshot: Snapshot = emptySnapshot;
  #compactedIndex: LogIndex = emptySnapshot.metadata.index;
  #compactedTerm: Term = emptySnapshot.metadata.term;
  #entries: Entry[] = [];

  /** @param initial - where the cluster begins, on its first members; nothing on a node that will be added to one */
  constructor(initial?: Snapshot) {
    if (initial !== undefined) this.applySnapshot(initial);
  }

  initialState(): InitialState {
    return { hardState: this.#hardState, confState: this.#snapshot.metadata.confState };
  }

  entries(low: LogIndex, high: LogIndex, maxBytes: number): readonly Entry[] {
    if (low < this.firstIndex()) throw compacted(low, this.firstIndex());
    if (high > this.lastIndex() + 1) throw unavailable(asIndex(high - 1), this.lastIndex());
    const base = this.#compactedIndex + 1;
    return limitEntries(this.#entries.slice(low - base, high - base), maxBytes);
  }

  term(index: LogIndex): Term {
    if (index === this.#compactedIndex) return this.#compactedTerm;
    if (index < this.#compactedIndex) throw compacted(index, this.firstIndex());
    const entry = this.#entries[index - this.#compactedIndex - 1];
    if (entry === undefined) throw unavailable(index, this.lastIndex());
    return entry.term;
  }

  firstIndex(): LogIndex {
    return asIndex(this.#compactedIndex + 1);
  }

  lastIndex(): LogIndex {
    return asIndex(this.#compactedIndex + this.#entries.length);
  }

  snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Keeps {@link Ready.hardState}. */
  setHardState(state: HardState): void {
    this.#hardState = state;
  }

  /** Keeps {@link Ready.entries}, replacing whatever is from the first one's index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(
      first.index <= this.lastIndex() + 1,
      () => `entry ${first.index} would leave a gap after ${this.lastIndex()}`,
    );
    const skipped = Math.max(0, this.firstIndex() - first.index);
    const kept = Math.max(0, first.index - this.firstIndex());
    if (skipped >= entries.length) return;
    this.#entries.length = kept;
    for (const entry of skipped === 0 ? entries : entries.slice(skipped)) this.#entries.push(entry);
  }

  /**
   * Keeps a received {@link Ready.snapshot}: the log begins anew after it.
   *
   * @throws RaftError `RAFT_SNAPSHOT_OUT_OF_DATE` when there is one as new
   */
  applySnapshot(snapshot: Snapshot): void {
    this.#refuseOlder(snapshot.metadata.index);
    this.#snapshot = snapshot;
    this.#compactedIndex = snapshot.metadata.index;
    this.#compactedTerm = snapshot.metadata.term;
    this.#entries = [];
  }

  /**
   * Takes a snapshot of what is applied up to `index`; the log stays until {@link compact}.
   *
   * @throws RaftError `RAFT_SNAPSHOT_OUT_OF_DATE` when there is one as new; `RAFT_UNAVAILABLE` when the log ends before
   *   `index`
   */
  createSnapshot(index: LogIndex, confState: ConfState, data: Uint8Array): Snapshot {
    this.#refuseOlder(index);
    this.#snapshot = { data, metadata: { index, term: this.term(index), confState } };
    return this.#snapshot;
  }

  /**
   * Drops the entries up to `index`, which is applied.
   *
   * @throws RaftError `RAFT_COMPACTED` when they are gone; `RAFT_UNAVAILABLE` when the log ends before `index`
   */
  compact(index: LogIndex): void {
    if (index <= this.#compactedIndex) throw compacted(index, this.firstIndex());
    const term = this.term(index);
    this.#entries.splice(0, index - this.#compactedIndex);
    this.#compactedIndex = index;
    this.#compactedTerm = term;
  }

  #refuseOlder(index: LogIndex): void {
    if (isEmptySnapshot(this.#snapshot) || index > this.#snapshot.metadata.index) return;
    throw new RaftError(
      'RAFT_SNAPSHOT_OUT_OF_DATE',
      `snapshot is at index ${index}; storage has one at ${this.#snapshot.metadata.index}`,
    );
  }
}

function compacted(index: LogIndex, firstIndex: LogIndex): RaftError {
  return new RaftError('RAFT_COMPACTED', `entry ${index} was compacted; the first is ${firstIndex}`);
}

function unavailable(index: LogIndex, lastIndex: LogIndex): RaftError {
  return new RaftError('RAFT_UNAVAILABLE', `entry ${index} is not there; the last is ${lastIndex}`);
}
