/** Numbers that a seed determines, for tests that say their seed when they fail. */
export interface SeededRandom {
  /** An integer from 0 to below `bound`. */
  below(bound: number): number;
  /** An integer from `least` to `most`. */
  between(least: number, most: number): number;
  bytes(count: number): Buffer;
}

/** mulberry32. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number): number => next() % bound;
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}

/** The seed of this run: the one to repeat, as `STREAMBUS_TEST_SEED`, or a new one. */
export function seedOfThisRun(): number {
  const wanted = process.env['STREAMBUS_TEST_SEED'];
  return wanted === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
}
