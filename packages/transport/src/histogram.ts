/** How often a value fell between two bounds. Plain numbers, in the form that Prometheus wants. */
export interface HistogramSnapshot {
  /** Upper bounds, ascending; a value equal to a bound is below it. */
  readonly bounds: readonly number[];
  /** How many values fell into each; one more than `bounds`, the last for what is above all. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** Counts values by bounds that never change. Recording allocates nothing. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** @param bounds - ascending */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  record(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
    this.#count++;
  }

  snapshot(): HistogramSnapshot {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum, count: this.#count };
  }
}

/** From what a processor's caches take to what a person notices. */
export const durationBoundsMs: readonly number[] = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];
