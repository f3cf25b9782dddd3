import { assert } from '@streambus/runtime';

/** The first offset that a leader of this epoch wrote. */
export interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

/**
 * Which leader epoch wrote which offsets of one partition (KIP-101).
 *
 * Invariants (kept by each change, assumed by each question):
 * 1. Epochs grow strictly.
 * 2. Start offsets grow strictly: an epoch that wrote nothing leaves no trace when the next one begins.
 */
export class LeaderEpochs {
  #starts: EpochStart[] = [];

  constructor(starts: readonly EpochStart[] = []) {
    for (const start of starts) this.assign(start.epoch, start.startOffset);
  }

  /** All of them, oldest first. */
  get starts(): readonly EpochStart[] {
    return this.#starts;
  }

  /** The newest epoch that wrote something, or -1. */
  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? -1;
  }

  /**
   * Notes that `epoch` writes from `startOffset`.
   *
   * @returns whether anything changed
   */
  assign(epoch: number, startOffset: number): boolean {
    const last = this.#starts.at(-1);
    if (last !== undefined && last.epoch === epoch) return false;
    assert(last === undefined || epoch > last.epoch, () => `leader epoch ${epoch} comes after ${last?.epoch}`);
    const kept = this.#starts.filter((start) => start.startOffset < startOffset);
    this.#starts = [...kept, { epoch, startOffset }];
    return true;
  }

  /**
   * Where an epoch ends: the offset after the last one that it, or any epoch before it, wrote.
   *
   * @returns the largest known epoch not above the one asked for, and its end; undefined when there is none
   */
  endOffsetFor(
    epoch: number,
    logEndOffset: number,
  ): { readonly epoch: number; readonly endOffset: number } | undefined {
    if (epoch === this.latest) return { epoch, endOffset: logEndOffset };
    const next = this.#starts.findIndex((start) => start.epoch > epoch);
    if (next === -1) return undefined;
    const found = this.#starts[next - 1];
    const following = this.#starts[next];
    if (following === undefined) return undefined;
    // Before everything known: nothing of that epoch is here, and what is here begins at the first known start.
    return { epoch: found?.epoch ?? epoch, endOffset: following.startOffset };
  }

  /** The epoch that wrote `offset`, or -1. */
  epochOf(offset: number): number {
    const found = this.#starts.findLast((start) => start.startOffset <= offset);
    return found?.epoch ?? -1;
  }

  /** Forgets what was written at and after `offset`. @returns whether anything changed */
  truncateSuffix(offset: number): boolean {
    const before = this.#starts.length;
    this.#starts = this.#starts.filter((start) => start.startOffset < offset);
    return this.#starts.length !== before;
  }

  /** Forgets what ends at or before `offset`; the epoch that wrote `offset` now starts there. @returns whether anything changed */
  truncatePrefix(offset: number): boolean {
    const covering = this.#starts.findLastIndex((start) => start.startOffset <= offset);
    if (covering === -1) return false;
    const first = this.#starts[covering];
    if (first === undefined || (covering === 0 && first.startOffset === offset)) return false;
    this.#starts = [{ epoch: first.epoch, startOffset: offset }, ...this.#starts.slice(covering + 1)];
    return true;
  }
}
