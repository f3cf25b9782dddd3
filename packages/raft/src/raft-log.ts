import { assert } from '@streambus/runtime';
import { ApplyingWindow } from './applying-window.ts';
import { type Entry, entriesBytes, limitEntries } from './entry.ts';
import { asIndex, type LogIndex, maxIndex, minIndex, type Term, zeroIndex, zeroTerm } from './identifiers.ts';
import type { Snapshot } from './snapshot.ts';
import type { Storage } from './storage.ts';
import { UnstableLog } from './unstable-log.ts';

/** An entry's place and term, which together identify it and all before it (section 3.5, Log Matching). */
export interface EntryId {
  readonly index: LogIndex;
  readonly term: Term;
}

/** What a leader's append message carries. */
export interface AppendSlice {
  readonly previous: EntryId;
  readonly entries: readonly Entry[];
}

/**
 * The whole log: what storage holds, and behind it what is not stored yet.
 *
 * Invariants:
 * 1. `applied <= applying <= committed <= lastIndex`.
 * 2. Nothing at or before `committed` is ever replaced.
 * 3. `unstable.offset <= storage.lastIndex + 1`: there is no gap.
 */
export class RaftLog {
  readonly #storage: Storage;
  readonly #unstable: UnstableLog;
  readonly #window: ApplyingWindow;
  #committed: LogIndex;

  constructor(storage: Storage, maxApplyingBytes: number) {
    const firstIndex = storage.firstIndex();
    const lastIndex = storage.lastIndex();
    assert(firstIndex <= lastIndex + 1, () => `storage begins at ${firstIndex} and ends at ${lastIndex}`);
    this.#storage = storage;
    this.#unstable = new UnstableLog(asIndex(lastIndex + 1));
    // What was compacted had been applied.
    this.#committed = asIndex(firstIndex - 1);
    this.#window = new ApplyingWindow(this.#committed, maxApplyingBytes);
  }

  get committed(): LogIndex {
    return this.#committed;
  }

  get applied(): LogIndex {
    return this.#window.applied;
  }

  get firstIndex(): LogIndex {
    const snapshot = this.#unstable.snapshot;
    return snapshot === undefined ? this.#storage.firstIndex() : asIndex(snapshot.metadata.index + 1);
  }

  get lastIndex(): LogIndex {
    return this.#unstable.lastIndex ?? this.#storage.lastIndex();
  }

  get lastId(): EntryId {
    const index = this.lastIndex;
    const term = this.termAt(index);
    assert(term !== undefined, () => `the term of the last entry ${index} is unknown`);
    return { index, term };
  }

  /** The term of the entry at `index`; undefined where it was compacted or is not there yet. */
  termAt(index: LogIndex): Term | undefined {
    const unstable = this.#unstable.termAt(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex || index > this.lastIndex) return undefined;
    return this.#storage.term(index);
  }

  /** Whether this log has that entry. */
  matches(id: EntryId): boolean {
    return this.termAt(id.index) === id.term;
  }

  /** Whether a log ending in `candidate` is at least as complete as this one (section 3.6.1). */
  isUpToDate(candidate: EntryId): boolean {
    const last = this.lastId;
    return candidate.term > last.term || (candidate.term === last.term && candidate.index >= last.index);
  }

  /**
   * Takes a leader's entries if the one before them matches: what conflicts is replaced, what is already there stays
   * (section 3.5).
   *
   * @returns the last index that now matches the leader's log, or undefined when the one before does not
   */
  maybeAppend(slice: AppendSlice, leaderCommit: LogIndex): LogIndex | undefined {
    const { previous, entries } = slice;
    if (!this.matches(previous)) return undefined;
    const lastNew = asIndex(previous.index + entries.length);
    const conflict = entries.findIndex((entry) => this.termAt(entry.index) !== entry.term);
    if (conflict >= 0) this.append(conflict === 0 ? entries : entries.slice(conflict));
    this.commitTo(minIndex(leaderCommit, lastNew));
    return lastNew;
  }

  /** Appends, replacing whatever is from the first one's index on. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(
      first.index > this.#committed,
      () => `entry ${first.index} of term ${first.term} would replace a committed one; committed is ${this.#committed}`,
    );
    this.#unstable.truncateAndAppend(entries);
  }

  /**
   * Where this log may agree with one that has `term` at `index`: the last place at or before `index` whose term is not
   * above `term`. A place whose term is not known any more may agree.
   */
  findConflictByTerm(index: LogIndex, term: Term): EntryId {
    for (let at = index; at > 0; at = asIndex(at - 1)) {
      const ours = this.termAt(at);
      if (ours === undefined) return { index: at, term: zeroTerm };
      if (ours <= term) return { index: at, term: ours };
    }
    return { index: zeroIndex, term: zeroTerm };
  }

  /**
   * Commits up to `index` if the entry there is of `term`: entries of older terms only with one of the leader's own
   * (section 3.6.2).
   */
  maybeCommit(id: EntryId): boolean {
    if (id.index <= this.#committed || !this.matches(id)) return false;
    this.commitTo(id.index);
    return true;
  }

  commitTo(index: LogIndex): void {
    if (index <= this.#committed) return;
    const lastIndex = this.lastIndex;
    assert(
      index <= lastIndex,
      () => `commit ${index} is beyond the last entry ${lastIndex}: was the log lost or damaged?`,
    );
    this.#committed = index;
  }

  /** Entries from `from` on, within `maxBytes`; none past the end. */
  entriesFrom(from: LogIndex, maxBytes: number): readonly Entry[] {
    const end = asIndex(this.lastIndex + 1);
    return from >= end ? noEntries : this.slice(from, end, maxBytes);
  }

  /** Entries from `low` to `high`-1, cut to `maxBytes`; all of them must be there. */
  slice(low: LogIndex, high: LogIndex, maxBytes: number): readonly Entry[] {
    assert(low >= this.firstIndex && high <= this.lastIndex + 1, () => {
      return `log has ${this.firstIndex} to ${this.lastIndex}; asked for ${low} to ${high - 1}`;
    });
    if (low >= high) return noEntries;
    const offset = this.#unstable.offset;
    if (low >= offset) return limitEntries(this.#unstable.slice(low, high), maxBytes);
    const cut = minIndex(high, offset);
    const stored = this.#storage.entries(low, cut, maxBytes);
    if (high <= offset || stored.length < cut - low) return stored;
    return this.#joinUnstable(stored, high, maxBytes);
  }

  /** Adds what still fits of the unstable log to a full slice of the stored one. */
  #joinUnstable(stored: readonly Entry[], high: LogIndex, maxBytes: number): readonly Entry[] {
    const bytes = entriesBytes(stored);
    if (bytes >= maxBytes) return stored;
    const unstable = limitEntries(this.#unstable.slice(this.#unstable.offset, high), maxBytes - bytes);
    if (unstable.length === 1 && bytes + entriesBytes(unstable) > maxBytes) return stored;
    return [...stored, ...unstable];
  }

  /** Entries that nobody was asked to write yet. */
  nextUnstableEntries(): readonly Entry[] {
    return this.#unstable.nextEntries();
  }

  get hasNextUnstableEntries(): boolean {
    return this.#unstable.hasNextEntries;
  }

  /** Whether entries are being written or wait for it. */
  get hasUnstableEntries(): boolean {
    return this.#unstable.hasEntries;
  }

  /** A snapshot that nobody was asked to write yet. */
  nextUnstableSnapshot(): Snapshot | undefined {
    return this.#unstable.nextSnapshot();
  }

  /** Whether a received snapshot is not installed yet. */
  get hasUnstableSnapshot(): boolean {
    return this.#unstable.snapshot !== undefined;
  }

  /** What {@link nextUnstableEntries} and {@link nextUnstableSnapshot} gave is being written. */
  acceptUnstable(): void {
    this.#unstable.acceptInProgress();
  }

  stableTo(id: EntryId): void {
    this.#unstable.stableTo(id.index, id.term);
  }

  stableSnapshotTo(index: LogIndex): void {
    this.#unstable.stableSnapshotTo(index);
  }

  /** Committed entries that nobody was asked to apply yet, as far as the apply limit has room. */
  nextCommittedEntries(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommittedEntries(allowUnstable)) return noEntries;
    const low = asIndex(this.#window.applying + 1);
    return this.slice(low, asIndex(this.#maxAppliable(allowUnstable) + 1), this.#window.roomBytes);
  }

  hasNextCommittedEntries(allowUnstable: boolean): boolean {
    // A snapshot comes first, and the log before it may have gaps.
    if (this.#window.paused || this.hasUnstableSnapshot) return false;
    return this.#window.applying < this.#maxAppliable(allowUnstable);
  }

  /** These were handed out to be applied. */
  acceptApplying(index: LogIndex, bytes: number, allowUnstable: boolean): void {
    assert(index <= this.#committed, () => `entries up to ${index} are applied; committed is ${this.#committed}`);
    this.#window.accept(index, bytes, index < this.#maxAppliable(allowUnstable));
  }

  appliedTo(index: LogIndex, bytes: number): void {
    assert(index <= this.#committed, () => `applied ${index} is beyond committed ${this.#committed}`);
    this.#window.appliedTo(maxIndex(index, this.#window.applied), bytes);
  }

  /** The newest snapshot to send to a follower. */
  snapshot(): Snapshot {
    return this.#unstable.snapshot ?? this.#storage.snapshot();
  }

  /** Begins anew after a snapshot: all before it is committed. */
  restore(snapshot: Snapshot): void {
    assert(snapshot.metadata.index > this.#committed, () => {
      return `snapshot ${snapshot.metadata.index} is not beyond committed ${this.#committed}`;
    });
    this.#committed = snapshot.metadata.index;
    this.#unstable.restore(snapshot);
  }

  /**
   * Before an entry is stored here a crash could lose it; others' state machines do not mind, the asynchronous form
   * does.
   */
  #maxAppliable(allowUnstable: boolean): LogIndex {
    return allowUnstable ? this.#committed : minIndex(this.#committed, asIndex(this.#unstable.offset - 1));
  }
}

const noEntries: readonly Entry[] = Object.freeze([]);
