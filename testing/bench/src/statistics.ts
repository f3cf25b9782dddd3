/** The middle of some values; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** How far the middle half of the values reaches, as a share of their median: what one disturbed round does not change. */
export function relativeSpread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
  return (at(0.75) - at(0.25)) / median(values);
}

/** The middle of what the pairs of two equally long lists of values have as their ratio. */
export function medianRatio(above: readonly number[], below: readonly number[]): number {
  return median(above.map((value, index) => value / (below[index] ?? Number.NaN)));
}

/** What is said of some latencies. */
export interface LatencySummary {
  readonly count: number;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Latencies, kept to be sorted once. */
export class Latencies {
  readonly #values: Float64Array;
  #count = 0;

  /** @param capacity - those after it are not kept */
  constructor(capacity = 1_000_000) {
    this.#values = new Float64Array(capacity);
  }

  add(ms: number): void {
    if (this.#count < this.#values.length) this.#values[this.#count++] = ms;
  }

  /** Forgets what was added before. */
  clear(): void {
    this.#count = 0;
  }

  summary(): LatencySummary {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const at = (share: number): number =>
      sorted[Math.min(this.#count - 1, Math.floor(this.#count * share))] ?? Number.NaN;
    return { count: this.#count, minMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
  }
}
