import type { Clock, Timer } from '@streambus/runtime';

interface Waiter {
  readonly endOffset: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Those who wait for the high watermark to pass their records. Each wait ends: by the high watermark, by its deadline, or when the owner
 * says that there is nothing to wait for any more. One timer serves all of them.
 */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #timedOut: (endOffset: number) => Error;
  /** In the order of their offsets; equal ones in the order they came. */
  #waiters: Waiter[] = [];
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  /** @param timedOut - what a waiter is told whose time is over */
  constructor(clock: Clock, timedOut: (endOffset: number) => Error) {
    this.#clock = clock;
    this.#timedOut = timedOut;
  }

  get count(): number {
    return this.#waiters.length;
  }

  /** @param timeoutMs - Infinity for none */
  wait(endOffset: number, timeoutMs: number): Promise<void> {
    const deadlineMs = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : this.#clock.monotonicMs() + timeoutMs;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let index = this.#waiters.length;
    while (index > 0 && (this.#waiters[index - 1]?.endOffset ?? 0) > endOffset) index--;
    this.#waiters.splice(index, 0, { endOffset, deadlineMs, resolve, reject });
    this.#arm(deadlineMs);
    return promise;
  }

  /** The high watermark is here now. */
  resolveUpTo(highWatermark: number): void {
    if (this.#waiters.length === 0) return;
    const later = this.#waiters.findIndex(({ endOffset }) => endOffset > highWatermark);
    const reached = this.#waiters.splice(0, later < 0 ? this.#waiters.length : later);
    for (const waiter of reached) waiter.resolve();
    if (this.#waiters.length === 0) this.#disarm();
  }

  /** What lies above an offset will not come. */
  rejectAbove(offset: number, error: Error): void {
    const first = this.#waiters.findIndex(({ endOffset }) => endOffset > offset);
    if (first < 0) return;
    for (const waiter of this.#waiters.splice(first)) waiter.reject(error);
    if (this.#waiters.length === 0) this.#disarm();
  }

  rejectAll(error: Error): void {
    this.rejectAbove(-1, error);
  }

  #arm(deadlineMs: number): void {
    if (deadlineMs >= this.#timerDueMs) return;
    this.#disarm();
    this.#timerDueMs = deadlineMs;
    this.#timer = this.#clock.setTimer(deadlineMs - this.#clock.monotonicMs(), () => this.#expire());
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #expire(): void {
    this.#disarm();
    const nowMs = this.#clock.monotonicMs();
    const expired = this.#waiters.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    this.#waiters = this.#waiters.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const { endOffset, reject } of expired) reject(this.#timedOut(endOffset));
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#waiters) nextMs = Math.min(nextMs, deadlineMs);
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs);
  }
}
