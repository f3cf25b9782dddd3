import { assert } from '@streambus/runtime';
import type { Entry } from './entry.ts';
import { asIndex, type LogIndex, maxIndex, minIndex, type Term } from './identifiers.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The end of the log that storage is not known to hold: a snapshot that was received, then entries.
 *
 * Invariants:
 * 1. `entries[i].index === offset + i`.
 * 2. `offset <= offsetInProgress <= offset + entries.length`: entries before `offsetInProgress` are being written.
 * 3. With a snapshot, `offset` is one past it or later.
 */
export class UnstableLog {
  #snapshot: Snapshot | undefined;
  #snapshotInProgress = false;
  #entries: Entry[] = [];
  #offset: LogIndex;
  #offsetInProgress: LogIndex;

  constructor(offset: LogIndex) {
    this.#offset = offset;
    this.#offsetInProgress = offset;
  }

  /** The index of the first entry here, or of the next to come. */
  get offset(): LogIndex {
    return this.#offset;
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** The last index here, of an entry or of the snapshot. */
  get lastIndex(): LogIndex | undefined {
    if (this.#entries.length > 0) return asIndex(this.#offset + this.#entries.length - 1);
    return this.#snapshot?.metadata.index;
  }

  get hasEntries(): boolean {
    return this.#entries.length > 0;
  }

  get hasNextEntries(): boolean {
    return this.#offset + this.#entries.length > this.#offsetInProgress;
  }

  /** Entries that nobody was asked to write yet. */
  nextEntries(): readonly Entry[] {
    if (!this.hasNextEntries) return noEntries;
    return this.#entries.slice(this.#offsetInProgress - this.#offset);
  }

  /** A snapshot that nobody was asked to write yet. */
  nextSnapshot(): Snapshot | undefined {
    return this.#snapshotInProgress ? undefined : this.#snapshot;
  }

  /** The term of the entry or snapshot at `index`, where it is here. */
  termAt(index: LogIndex): Term | undefined {
    if (index < this.#offset) {
      const metadata = this.#snapshot?.metadata;
      return metadata?.index === index ? metadata.term : undefined;
    }
    return this.#entries[index - this.#offset]?.term;
  }

  /** The entries from `low` to `high`-1; all of them must be here. */
  slice(low: LogIndex, high: LogIndex): readonly Entry[] {
    assert(low >= this.#offset && high <= this.#offset + this.#entries.length, () => {
      const last = this.#offset + this.#entries.length - 1;
      return `unstable log has ${this.#offset} to ${last}; asked for ${low} to ${high - 1}`;
    });
    return this.#entries.slice(low - this.#offset, high - this.#offset);
  }

  /** What is next has been handed out to be written. */
  acceptInProgress(): void {
    this.#offsetInProgress = asIndex(this.#offset + this.#entries.length);
    this.#snapshotInProgress = this.#snapshot !== undefined;
  }

  /**
   * Everything up to the entry of this index and term is stored.
   *
   * Ignored when that entry is not here, or was replaced by one of another term while the older one was being written.
   */
  stableTo(index: LogIndex, term: Term): void {
    if (index < this.#offset || this.#entries[index - this.#offset]?.term !== term) return;
    this.#entries = this.#entries.slice(index + 1 - this.#offset);
    this.#offset = asIndex(index + 1);
    this.#offsetInProgress = maxIndex(this.#offsetInProgress, this.#offset);
    this.#check();
  }

  stableSnapshotTo(index: LogIndex): void {
    if (this.#snapshot?.metadata.index !== index) return;
    this.#snapshot = undefined;
    this.#snapshotInProgress = false;
  }

  /** Begins anew after a snapshot. */
  restore(snapshot: Snapshot): void {
    this.#offset = asIndex(snapshot.metadata.index + 1);
    this.#offsetInProgress = this.#offset;
    this.#entries = [];
    this.#snapshot = snapshot;
    this.#snapshotInProgress = false;
  }

  /** Replaces whatever is from the first one's index on. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    const from = first.index;
    const end = this.#offset + this.#entries.length;
    assert(from <= end, () => `entry ${from} would leave a gap after ${end - 1}`);
    if (from <= this.#offset && from !== end) {
      this.#entries = [...entries];
      this.#offset = from;
      this.#offsetInProgress = from;
    } else {
      // What is cut off may have been handed out, so arrays that were given out are never shortened: slices are copies.
      this.#entries.length = from - this.#offset;
      for (const entry of entries) this.#entries.push(entry);
      this.#offsetInProgress = minIndex(this.#offsetInProgress, from);
    }
    this.#check();
  }

  #check(): void {
    const first = this.#entries[0];
    assert(
      first === undefined || first.index === this.#offset,
      () => `unstable log begins at ${first?.index}, not ${this.#offset}`,
    );
    const last = this.#entries.at(-1);
    const end = this.#offset + this.#entries.length;
    assert(last === undefined || last.index === end - 1, () => `unstable log ends at ${last?.index}, not ${end - 1}`);
    assert(
      this.#offset <= this.#offsetInProgress && this.#offsetInProgress <= end,
      () => `unstable log writes before ${this.#offsetInProgress} of ${this.#offset} to ${end - 1}`,
    );
  }
}

const noEntries: readonly Entry[] = Object.freeze([]);
