import { assert } from '@streambus/runtime';
import { type LogIndex, maxIndex } from './identifiers.ts';

/**
 * How far the state machine is, and how much was handed to it without an answer yet, in bytes.
 *
 * Invariant: `applied <= applying`.
 */
export class ApplyingWindow {
  readonly #maxBytes: number;
  #applied: LogIndex;
  #applying: LogIndex;
  #bytes = 0;
  #paused = false;

  constructor(applied: LogIndex, maxBytes: number) {
    this.#applied = applied;
    this.#applying = applied;
    this.#maxBytes = maxBytes;
  }

  /** The last index that was applied. */
  get applied(): LogIndex {
    return this.#applied;
  }

  /** The last index that was handed out to be applied. */
  get applying(): LogIndex {
    return this.#applying;
  }

  /** Whether nothing more is handed out until something was applied. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How much may be handed out now. */
  get roomBytes(): number {
    return this.#maxBytes - this.#bytes;
  }

  /** Entries up to `index` are handed out; `cutShort` when the limit kept others back. */
  accept(index: LogIndex, bytes: number, cutShort: boolean): void {
    assert(index >= this.#applying, () => `entries up to ${index} are handed out again after ${this.#applying}`);
    this.#applying = index;
    this.#bytes += bytes;
    this.#paused = this.#bytes >= this.#maxBytes || cutShort;
  }

  /** Entries up to `index`, of that size, were applied. */
  appliedTo(index: LogIndex, bytes: number): void {
    assert(index >= this.#applied, () => `applied went back from ${this.#applied} to ${index}`);
    this.#applied = index;
    this.#applying = maxIndex(this.#applying, index);
    // A restart or a snapshot may report more than was counted.
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#paused = this.#bytes >= this.#maxBytes;
  }
}
