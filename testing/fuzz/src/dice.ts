import { createSeededRandom, type SeededRandom } from '@streambus/runtime/testing';

/** Chance from a seed, in the forms that a fuzzer asks for. */
export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  /** An integer from 0 to `bound`-1. */
  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** An integer from `min` to `max`. */
  between(min: number, max: number): number {
    return min + this.#random.below(max - min + 1);
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.#random.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.#random.below(items.length)];
    if (item === undefined) throw new RangeError('picked from an empty list');
    return item;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) bytes[index] = this.#random.uint32() & 0xff;
    return bytes;
  }

  int32(): number {
    return this.#random.uint32() | 0;
  }

  list<T>(maxLength: number, make: () => T): T[] {
    return Array.from({ length: this.#random.below(maxLength + 1) }, make);
  }
}
