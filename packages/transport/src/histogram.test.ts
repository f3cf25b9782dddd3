import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationBoundsMs, Histogram } from './histogram.ts';

describe('a histogram', () => {
  it('puts a value that is equal to a bound below it, and what is above all into the last', () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0, 1, 1.01, 5, 6, 1000]) histogram.record(value);
    expect(histogram.snapshot()).toEqual({ bounds: [1, 5], counts: [2, 2, 2], sum: 1013.01, count: 6 });
  });

  it('counts every value once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 })), (values) => {
        const histogram = new Histogram(durationBoundsMs);
        for (const value of values) histogram.record(value);
        const { bounds, counts, sum, count } = histogram.snapshot();
        const expected = counts.map((_, at) => {
          const [above, upTo] = [bounds[at - 1] ?? -1, bounds[at] ?? Number.POSITIVE_INFINITY];
          return values.filter((value) => value > above && value <= upTo).length;
        });
        expect(counts).toEqual(expected);
        expect([count, sum]).toEqual([values.length, values.reduce((total, value) => total + value, 0)]);
      }),
    );
  });

  it('gives numbers that no later value changes', () => {
    const histogram = new Histogram([1]);
    const before = histogram.snapshot();
    histogram.record(0);
    expect(before.counts).toEqual([0, 0]);
  });

  it('has bounds that ascend', () => {
    expect(durationBoundsMs).toEqual(durationBoundsMs.toSorted((one, other) => one - other));
  });
});
