import { describe, expect, it } from 'vitest';
import { measureAvailability } from './availability.ts';

const phases = [
  { fromMs: 0, toMs: 10_000, reach: 'minority' },
  { fromMs: 10_000, toMs: 20_000, reach: 'any' },
  { fromMs: 20_000, toMs: 30_000, reach: 'minority' },
] as const;

/** An acknowledgement every 100 ms, but for some times. */
function acknowledged(beganMs: number, ...gaps: readonly (readonly [fromMs: number, toMs: number])[]): number[] {
  const times = Array.from({ length: 301 }, (_, index) => index * 100);
  return times.filter((ms) => gaps.every(([from, to]) => ms <= from || ms >= to)).map((ms) => beganMs + ms);
}

describe('availability', () => {
  it('is the longest time between two acknowledgements', () => {
    const { longestGap, longestMinorityGap } = measureAvailability(acknowledged(5000, [1000, 2200]), phases, 5000);
    expect(longestGap).toEqual({ fromMs: 1000, durationMs: 1200 });
    expect(longestMinorityGap).toEqual(longestGap);
  });

  it('counts no gap of another phase, nor one right after it, as one with a whole majority', () => {
    const gaps = [
      [12_000, 17_000],
      [20_500, 23_500],
      [25_000, 25_700],
    ] as const;
    expect(measureAvailability(acknowledged(5000, ...gaps), phases, 5000)).toMatchObject({
      longestGap: { fromMs: 12_000, durationMs: 5000 },
      longestMinorityGap: { fromMs: 25_000, durationMs: 700 },
    });
  });

  it('comes back after a phase in which anything goes', () => {
    const { longestReturn } = measureAvailability(acknowledged(5000, [19_000, 21_300]), phases, 5000);
    expect(longestReturn).toEqual({ fromMs: 20_000, durationMs: 1300 });
  });
});
