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

/** Blocks this process's event loop over and over again, as a long computation does, but leaves the processor to others. */
export class Stalls {
  readonly #options: StallOptions;
  readonly #onStall: (stall: Stall) => void;
  #state: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StallOptions, onStall: (stall: Stall) => void) {
    this.#options = options;
    this.#onStall = onStall;
    this.#state = options.seed;
    this.#arm();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      const fromMs = machineMs();
      block(1 + this.#below(this.#options.maxStallMs));
      this.#onStall({ fromMs, durationMs: machineMs() - fromMs });
      this.#arm();
    }, 1 + this.#below(this.#options.maxGapMs));
  }

  /** A linear congruential generator (Numerical Recipes): the same blocks for the same seed. */
  #below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * bound);
  }
}

/** This machine's monotonic clock, as every process reads it. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function block(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
