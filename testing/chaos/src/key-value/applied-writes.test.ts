import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppliedWrites } from './applied-writes.ts';

describe('applied writes', () => {
  it('numbers that follow one another are one range, in whatever order they come', () => {
    const applied = new AppliedWrites();
    for (const number of [1, 2, 5, 4, 3, 9]) expect(applied.add('a', number)).toBe(true);
    expect(applied.content).toEqual([
      [
        'a',
        [
          [1, 5],
          [9, 9],
        ],
      ],
    ]);
    expect(applied.add('a', 4)).toBe(false);
  });

  it('are those of a set of numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 })), (numbers) => {
        const known = new Set<number>();
        const applied = new AppliedWrites();
        for (const number of numbers) {
          expect(applied.add('a', number)).toBe(!known.has(number));
          known.add(number);
        }
        const again = new AppliedWrites(applied.content);
        for (let number = 0; number < 32; number++) expect(again.has('a', number)).toBe(known.has(number));
        for (const [, ranges] of applied.content) {
          for (const [index, [first]] of ranges.entries()) {
            expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? -1) + 1);
          }
        }
      }),
    );
  });
});
