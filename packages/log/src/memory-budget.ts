/** Somebody who can do with less. */
export interface MemoryHolder {
  /** Gives up at least `bytes` where it can, and tells the budget by {@link MemoryBudget.charge}. */
  shrink(bytes: number): void;
}

/** A bound on memory that many share: beyond it, those who have not been used for longest give up theirs. */
export class MemoryBudget {
  readonly #maxBytes: number;
  #usedBytes = 0;
  /** Least recently used first; only those who hold something. */
  readonly #holders = new Map<MemoryHolder, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Notes that the holder has just been used and now holds this much more (or less); then others shrink, or it does. */
  charge(holder: MemoryHolder, bytes: number): void {
    const held = (this.#holders.get(holder) ?? 0) + bytes;
    this.#usedBytes += bytes;
    if (bytes >= 0) this.#holders.delete(holder);
    if (held === 0) this.#holders.delete(holder);
    else this.#holders.set(holder, held);
    if (bytes > 0) this.#enforce();
  }

  #enforce(): void {
    for (const holder of this.#holders.keys()) {
      const excess = this.#usedBytes - this.#maxBytes;
      if (excess <= 0) return;
      holder.shrink(excess);
    }
  }
}
