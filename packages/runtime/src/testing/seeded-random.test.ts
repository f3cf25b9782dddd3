import { describe, expect, it } from 'vitest';
import { InvariantError } from '../assert.ts';
import { createSeededRandom } from './seeded-random.ts';

const first = (seed: number): number[] => {
  const random = createSeededRandom(seed);
  return Array.from({ length: 5 }, () => random.uint32());
};

describe('createSeededRandom', () => {
  it('the same seed gives the same numbers, today and in every later version', () => {
    expect(first(1)).toEqual([393288148, 2174103013, 3814759091, 2092745082, 1865176206]);
  });

  it('other seeds give others, above 2^32 too', () => {
    const heads = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => first(seed).join());
    expect(new Set(heads).size).toBe(heads.length);
  });

  it('forks are independent of each other and of what their parent draws later', () => {
    const parent = createSeededRandom(9);
    const left = parent.fork();
    const right = parent.fork();
    expect(left.uint32()).not.toBe(right.uint32());
    const again = createSeededRandom(9);
    const leftAgain = again.fork();
    again.uint32();
    leftAgain.uint32();
    expect(leftAgain.uint32()).toBe(left.uint32());
  });

  it.each([-1, 1.5, 2 ** 53, Number.NaN])('%d is no seed', (seed) => {
    expect(() => createSeededRandom(seed)).toThrow(InvariantError);
  });
});
