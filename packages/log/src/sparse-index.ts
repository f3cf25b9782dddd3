import { assert } from '@streambus/runtime';

const bytesPerEntry = 16;
const smallestCapacity = 8;

/**
 * Some of a segment's frames, in order: where each begins, and the latest timestamp before it.
 *
 * Invariants:
 * 1. Relative offsets and positions rise from entry to entry; timestamps never fall.
 * 2. `timestampBefore(i)` is the maximum over all frames of the segment before entry i, so that frames before an entry whose
 *    value is below a timestamp need not be looked at for it.
 */
export class SparseIndex {
  #relativeOffsets = new Uint32Array(0);
  #positions = new Uint32Array(0);
  #timestampsBefore = new Float64Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get memoryBytes(): number {
    return this.#positions.length * bytesPerEntry;
  }

  relativeOffset(entry: number): number {
    return this.#relativeOffsets[entry] ?? 0;
  }

  position(entry: number): number {
    return this.#positions[entry] ?? 0;
  }

  timestampBefore(entry: number): number {
    return this.#timestampsBefore[entry] ?? 0;
  }

  /** Whether an entry may follow the ones that are here. */
  accepts(relativeOffset: number, position: number, timestampBefore: number): boolean {
    const last = this.#length - 1;
    if (last < 0) return true;
    return (
      relativeOffset > this.relativeOffset(last) &&
      position > this.position(last) &&
      timestampBefore >= this.timestampBefore(last)
    );
  }

  add(relativeOffset: number, position: number, timestampBefore: number): void {
    assert(this.accepts(relativeOffset, position, timestampBefore), () => `index entry out of order at ${position}`);
    if (this.#length === this.#positions.length) this.#grow();
    this.#relativeOffsets[this.#length] = relativeOffset;
    this.#positions[this.#length] = position;
    this.#timestampsBefore[this.#length] = timestampBefore;
    this.#length++;
  }

  addAll(other: SparseIndex): void {
    for (let entry = 0; entry < other.length; entry++) {
      this.add(other.relativeOffset(entry), other.position(entry), other.timestampBefore(entry));
    }
  }

  /** A copy of some entries. */
  slice(start: number, end: number = this.#length): SparseIndex {
    const copy = new SparseIndex();
    for (let entry = start; entry < end; entry++) {
      copy.add(this.relativeOffset(entry), this.position(entry), this.timestampBefore(entry));
    }
    return copy;
  }

  /** Keeps the entries of frames that begin before `position`. */
  cut(position: number): void {
    while (this.#length > 0 && this.position(this.#length - 1) >= position) this.#length--;
  }

  /** The last entry at or before the offset; -1 when there is none. */
  lastAtOrBefore(relativeOffset: number): number {
    return this.#lastWhere((entry) => this.relativeOffset(entry) <= relativeOffset);
  }

  /** The last entry before which every timestamp is earlier; -1 when there is none. */
  lastBeforeTimestamp(timestampMs: number): number {
    return this.#lastWhere((entry) => this.timestampBefore(entry) < timestampMs);
  }

  #lastWhere(holds: (entry: number) => boolean): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (holds(middle)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #grow(): void {
    const capacity = Math.max(smallestCapacity, this.#positions.length * 2);
    const relativeOffsets = new Uint32Array(capacity);
    const positions = new Uint32Array(capacity);
    const timestampsBefore = new Float64Array(capacity);
    relativeOffsets.set(this.#relativeOffsets);
    positions.set(this.#positions);
    timestampsBefore.set(this.#timestampsBefore);
    this.#relativeOffsets = relativeOffsets;
    this.#positions = positions;
    this.#timestampsBefore = timestampsBefore;
  }
}
