/** The middle of some values; of an even number the upper one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
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

  summary(): { readonly p50Ms: number; readonly p99Ms: number } {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const at = (share: number): number =>
      sorted[Math.min(this.#count - 1, Math.floor(this.#count * share))] ?? Number.NaN;
    return { p50Ms: at(0.5), p99Ms: at(0.99) };
  }
}
