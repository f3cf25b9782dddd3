import type { Clock } from '@streambus/runtime';

/** How long one piece of work may go on before other work gets its turn. */
const budgetMs = 5;

/** Cuts long work into turns of the event loop. */
export class TurnBudget {
  readonly #clock: Clock;
  #sinceMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Whether it is time to await {@link next}. */
  get isSpent(): boolean {
    return this.#clock.monotonicMs() - this.#sinceMs >= budgetMs;
  }

  /** Resolves in a later turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.nextTurn(resolve));
    this.#sinceMs = this.#clock.monotonicMs();
  }
}
