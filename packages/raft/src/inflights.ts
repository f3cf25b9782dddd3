import { assert } from '@streambus/runtime';
import type { LogIndex } from './identifiers.ts';

interface Inflight {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/**
 * The append messages on their way to one follower, oldest first: what pipelining may have outstanding.
 *
 * Full when `maxMessages` are under way or their bytes reach `maxBytes`; the message that crosses the byte limit is
 * still counted, so that one larger than the limit can be sent at all.
 *
 * Invariants:
 * 1. Last indexes ascend from head to tail.
 * 2. `bytes` is the sum over what is under way.
 */
export class Inflights {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #queue: Inflight[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get count(): number {
    return this.#queue.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.count >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  /** A message whose last entry is `lastIndex` leaves. */
  add(lastIndex: LogIndex, bytes: number): void {
    assert(!this.full, () => `inflights are full with ${this.count} messages, ${this.#bytes} bytes`);
    const newest = this.#queue.at(-1);
    assert(newest === undefined || newest.lastIndex < lastIndex, () => `inflight ${lastIndex} does not ascend`);
    this.#queue.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** The follower has everything up to `index`. */
  freeTo(index: LogIndex): void {
    for (let oldest = this.#queue[this.#head]; oldest !== undefined && oldest.lastIndex <= index; ) {
      this.#bytes -= oldest.bytes;
      this.#head += 1;
      oldest = this.#queue[this.#head];
    }
    this.#dropFreed();
  }

  reset(): void {
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  /** Freed slots are let go in batches: shifting each one would copy the queue each time. */
  #dropFreed(): void {
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
