import type { Clock, Timer } from '@streambus/runtime';

/** One timer for the earliest of many deadlines. */
export class DeadlineTimer {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: Timer | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Fires at this moment at the latest; what was set for an earlier one stays. */
  notAfter(deadlineMs: number): void {
    if (deadlineMs >= this.#atMs) return;
    this.cancel();
    this.#atMs = deadlineMs;
    this.#timer = this.#clock.setTimer(Math.max(0, deadlineMs - this.#clock.monotonicMs()), () => {
      this.#timer = undefined;
      this.#atMs = Number.POSITIVE_INFINITY;
      this.#onDue();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
  }
}
