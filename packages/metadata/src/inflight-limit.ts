import type { CallLimit } from './call-limit.ts';
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
   * Takes a turn, for which the caller owes one {@link leave}.
   *
   * @returns undefined when it is the caller's turn; else what resolves when it is, or rejects with the reason for which the call ends
   * @throws MetadataError `METADATA_OVERLOADED`; the reason for which the call has ended
   */
  enter(call: CallLimit): Promise<void> | undefined {
    call.throwIfEnded();
    if (this.#working < this.#options.maxInflightCommands) {
      this.#working += 1;
      return undefined;
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
    return this.#turn(call);
  }

  /** Ends the work of one that entered; its place goes to the one that waits longest. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#working -= 1;
    else next();
  }

  #turn(call: CallLimit): Promise<void> {
    return call.wait<void>({
      begin: (resolve) => {
        const beginWork = (): void => {
          this.#waiting.delete(beginWork);
          resolve();
        };
        this.#waiting.add(beginWork);
        return () => this.#waiting.delete(beginWork);
      },
    });
  }
}
