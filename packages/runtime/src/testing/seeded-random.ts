import { assert } from '../assert.ts';
import type { Random } from '../random.ts';

/** Chance that repeats itself: the same seed gives the same numbers on every machine. */
export interface SeededRandom extends Random {
  /** The seed it was made from, for the message of a failing test. */
  readonly seed: number;
  /** Makes an independent generator, so that one part's draws do not shift another's. */
  fork(): SeededRandom;
}

/**
 * Makes a generator (xoshiro128**, its state filled by splitmix32; both by Blackman, Vigna and Steele). Integers only, so that
 * no rounding differs between machines. Never for secrets.
 *
 * @param seed - an integer from 0 to 2^53-1
 */
export function createSeededRandom(seed: number): SeededRandom {
  assert(Number.isSafeInteger(seed) && seed >= 0, () => `seed is ${seed}; it must be an integer from 0 to 2^53-1`);
  return new Xoshiro128(seed);
}

class Xoshiro128 implements SeededRandom {
  readonly seed: number;
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    this.seed = seed;
    // Both halves go through the mixer, so that seeds above 2^32 differ from their low halves.
    let mixed = splitmix32(Math.floor(seed / 2 ** 32)) ^ seed;
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) | 0;
      this.#state[index] = splitmix32(mixed);
    }
  }

  uint32(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const mixedC = c ^ a;
    const mixedD = d ^ b;
    state[0] = a ^ mixedD;
    state[1] = b ^ mixedC;
    state[2] = mixedC ^ (b << 9);
    state[3] = rotateLeft(mixedD, 11);
    return result;
  }

  below(bound: number): number {
    assert(
      Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32,
      () => `bound is ${bound}; it must be from 1 to 2^32`,
    );
    // Values past the last whole multiple would favour the low numbers.
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const value = this.uint32();
      if (value < limit) return value % bound;
    }
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32() >>> 24);
  }

  fork(): SeededRandom {
    return new Xoshiro128(this.uint32());
  }
}

function splitmix32(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  const second = Math.imul(first ^ (first >>> 15), 0x735a2d97);
  return (second ^ (second >>> 15)) >>> 0;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
