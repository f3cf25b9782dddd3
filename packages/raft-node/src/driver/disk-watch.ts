import type { Clock } from '@streambus/runtime';

/** When a leader's disk counts as stalled. */
export interface DiskWatchOptions {
  /** An append that takes longer is a stall. */
  readonly stallAfterMs: number;
  /** So long after a stall has ended the disk is trusted again, so that leadership does not come and go with it. */
  readonly trustAfterMs: number;
}

/**
 * Watches how long appends take to become durable. A leader whose disk does not answer cannot commit, and its heartbeats keep the others
 * from electing one that can.
 */
export class DiskWatch {
  readonly #clock: Clock;
  readonly #options: DiskWatchOptions;
  /** When each append that is under way was handed over, oldest first. */
  readonly #pendingSinceMs: number[] = [];
  #stalledUntilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, options: DiskWatchOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** An append was handed to the disk. */
  begin(nowMs: number): void {
    this.#pendingSinceMs.push(nowMs);
  }

  /** The oldest append is durable. */
  end(): void {
    this.#look();
    this.#pendingSinceMs.shift();
  }

  /** Whether an append is under way. */
  get isWriting(): boolean {
    return this.#pendingSinceMs.length > 0;
  }

  /** Whether the disk does not answer, or did not until a moment ago. */
  isStalled(): boolean {
    this.#look();
    return this.#clock.monotonicMs() < this.#stalledUntilMs;
  }

  #look(): void {
    const [oldestMs] = this.#pendingSinceMs;
    const nowMs = this.#clock.monotonicMs();
    if (oldestMs === undefined || nowMs - oldestMs < this.#options.stallAfterMs) return;
    this.#stalledUntilMs = nowMs + this.#options.trustAfterMs;
  }
}
