import { machineMs } from './machine-time.ts';

/** How an event loop is blocked. */
export interface StallOptions {
  readonly seed: number;
  /** The longest block. */
  readonly maxStallMs: number;
  /** The longest time between two. */
  readonly maxGapMs: number;
}

/** A time in which an event loop did nothing else, by the machine's monotonic clock. */
export interface Stall {
  readonly fromMs: number;
  readonly durationMs: number;
}

const lookMs = 20;
const noticedMs = 100;

/**
 * Blocks this process's event loop over and over again, as a long computation does, but leaves the processor to others. Tells of every
 * stall as it was: a busy machine makes them longer, and some of its own.
 */
export class Stalls {
  readonly #options: StallOptions;
  readonly #watch: NodeJS.Timeout;
  #state: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StallOptions, onStall: (stall: Stall) => void) {
    this.#options = options;
    this.#state = options.seed;
    let lastMs = machineMs();
    this.#watch = setInterval(() => {
      const nowMs = machineMs();
      if (nowMs - lastMs > noticedMs) onStall({ fromMs: lastMs, durationMs: nowMs - lastMs });
      lastMs = nowMs;
    }, lookMs);
    this.#arm();
  }

  end(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      block(1 + this.#below(this.#options.maxStallMs));
      this.#arm();
    }, 1 + this.#below(this.#options.maxGapMs));
  }

  /** A linear congruential generator (Numerical Recipes): the same blocks for the same seed. */
  #below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * bound);
  }
}

function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
