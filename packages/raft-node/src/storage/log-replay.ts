import {
  type Entry,
  emptyHardState,
  type HardState,
  type LogIndex,
  logIndex,
  noNode,
  type SnapshotMetadata,
  type Term,
  term,
} from '@streambus/raft';
import { LogExtent } from './log-extent.ts';
import type { LogRecord } from './log-record.ts';

/** Where a cluster begins: in term 0, whatever the term of that index. */
const initialIndex = 1;

/** What a log says together with the snapshot that it goes with. */
export interface ReplayedLog {
  /** Those after the snapshot. */
  readonly entries: readonly Entry[];
  readonly hardState: HardState;
  readonly extent: LogExtent;
  /**
   * Whether its entries are not those that led to the snapshot: a leader's snapshot took the place of the former one, and the power failed
   * before the log could say that it begins anew after it. Then it has to say so before anything else is appended.
   */
  readonly mustBeginAnew: boolean;
}

/**
 * Puts a log's records together, oldest first, as they were appended: what a later one says about an index wins, and ends whatever an
 * earlier one said about the indexes after it.
 */
export class LogReplay {
  readonly #base: { readonly index: LogIndex; readonly term: Term };
  readonly #extent = new LogExtent();
  #hardState = emptyHardState;
  /** The last entry that the log has at this point; undefined where it has none. */
  #lastIndex: number | undefined;
  /** The term of the entry at the base's index, where the log has it. */
  #termAtBase: Term | undefined;
  /** The entries after the base. */
  readonly #entries: Entry[] = [];

  /** @param base - the snapshot that the log goes with */
  constructor(base: SnapshotMetadata) {
    this.#base = base;
  }

  /** @returns what is wrong with the record, if anything is */
  add(offset: number, { entries, hardState, beginsAfter }: LogRecord, sizeBytes: number): string | undefined {
    if (beginsAfter !== undefined) {
      if (beginsAfter.index > this.#base.index) {
        return `begins after entry ${beginsAfter.index}, but the snapshot is at ${this.#base.index}`;
      }
      this.#beginAfter(beginsAfter.index, beginsAfter.term);
    }
    const [first] = entries;
    if (first !== undefined) {
      const end = (this.#lastIndex ?? this.#base.index) + 1;
      if (first.index > end) return `has entry ${first.index} after entry ${end - 1}`;
      this.#append(entries, first.index);
    }
    this.#hardState = hardState;
    this.#extent.add(offset, entries.at(-1)?.index ?? beginsAfter?.index ?? 0, sizeBytes);
    return undefined;
  }

  finish(): ReplayedLog {
    const diverges = this.#termAtBase !== undefined && this.#termAtBase !== this.#base.term;
    const fallsShort = this.#lastIndex !== undefined && this.#lastIndex < this.#base.index;
    return {
      entries: diverges ? [] : this.#entries,
      hardState: this.#completeHardState(),
      extent: this.#extent,
      mustBeginAnew: diverges || fallsShort,
    };
  }

  #beginAfter(index: LogIndex, atTerm: Term): void {
    this.#extent.clear();
    this.#entries.length = 0;
    this.#lastIndex = index;
    this.#termAtBase = index === this.#base.index ? atTerm : undefined;
  }

  #append(entries: readonly Entry[], firstIndex: number): void {
    const { index: baseIndex } = this.#base;
    if (firstIndex <= baseIndex) this.#termAtBase = undefined;
    this.#entries.length = Math.max(0, firstIndex - baseIndex - 1);
    for (const entry of entries) {
      if (entry.index > baseIndex) this.#entries.push(entry);
      else if (entry.index === baseIndex) this.#termAtBase = entry.term;
      this.#lastIndex = entry.index;
    }
  }

  /**
   * The commit index is not written for its own sake, so it may lag behind the snapshot. The term may too, if the power failed while the
   * snapshot was installed; then this node has not voted in the later one.
   */
  #completeHardState(): HardState {
    const { term: ownTerm, vote, commit } = this.#hardState;
    const isBehind = this.#base.index > initialIndex && ownTerm < this.#base.term;
    return {
      term: isBehind ? term(this.#base.term) : ownTerm,
      vote: isBehind ? noNode : vote,
      commit: logIndex(Math.max(commit, this.#base.index)),
    };
  }
}
