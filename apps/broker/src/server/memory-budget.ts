import { assert } from '@streambus/runtime';

/**
 * The bytes that all connections together may hold in requests that are read and not answered.
 *
 * When full, connections stop reading, and so hold their clients back; each is woken when there is room, in the order in
 * which they came.
 */
export class MemoryBudget {
  readonly #limitBytes: number;
  readonly #waiting = new Set<() => void>();
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes in use. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Connections that wait for room. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Whether a request of this size may start now. One is always let in, or a large one would wait for ever. */
  hasRoom(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#limitBytes;
  }

  /** Takes bytes, which must be given back by {@link release}. */
  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Gives bytes back and wakes who waits. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    assert(this.#usedBytes >= 0, () => `the memory budget has ${this.#usedBytes} bytes in use`);
    for (const wake of this.#waiting) {
      if (this.#usedBytes >= this.#limitBytes) break;
      this.#waiting.delete(wake);
      wake();
    }
  }

  /** Calls back once when there may be room. */
  wait(wake: () => void): void {
    this.#waiting.add(wake);
  }

  /** Takes back {@link wait}. */
  stopWaiting(wake: () => void): void {
    this.#waiting.delete(wake);
  }
}
