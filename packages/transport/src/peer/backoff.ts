import type { Random } from '@streambus/runtime';

/** How waits grow. */
export interface BackoffOptions {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

/** Waits between attempts: doubled each time, each cut at random by up to a half so that nodes do not come in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #nextMs: number;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#nextMs = options.minBackoffMs;
  }

  next(): number {
    const fullMs = this.#nextMs;
    this.#nextMs = Math.min(fullMs * 2, this.#options.maxBackoffMs);
    return fullMs - this.#random.below(Math.floor(fullMs / 2) + 1);
  }

  reset(): void {
    this.#nextMs = this.#options.minBackoffMs;
  }
}
