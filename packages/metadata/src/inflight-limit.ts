import { MetadataError } from './errors.ts';

/** How much goes on at once, and how much waits. */
export interface InflightLimitOptions {
  readonly maxInflightCommands: number;
  readonly maxQueuedCommands: number;
}

/** Lets a bounded number work, and a bounded number wait for their turn, first come, first served. */
export class InflightLimit {
  readonly #options: InflightLimitOptions;
  readonly #waiting = new Set<() => void>();
  #working = 0;

  constructor(options: InflightLimitOptions) {
    this.#options = options;
  }

  /** Those that work and those that wait. */
  get count(): number {
    return this.#working + this.#waiting.size;
  }

  /**
   * Resolves when it is the caller's turn, who then owes one {@link leave}; rejects with the reason of the signal.
   *
   * @throws MetadataError `METADATA_OVERLOADED`, at once
   */
  async enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#working < this.#options.maxInflightCommands) {
      this.#working += 1;
      return;
    }
    const { maxInflightCommands, maxQueuedCommands } = this.#options;
    if (this.#waiting.size >= maxQueuedCommands) {
      throw new MetadataError(
        'METADATA_OVERLOADED',
        `${this.#working} commands are under way and ${this.#waiting.size} wait; ` +
          `allowed are ${maxInflightCommands} and ${maxQueuedCommands}`,
        { retriable: true },
      );
    }
    await this.#turn(signal);
  }

  /** Ends the work of one that entered; its place goes to the one that waits longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#working -= 1;
    else next();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#waiting.delete(begin);
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(begin);
        reject(signal.reason);
      };
      this.#waiting.add(begin);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
