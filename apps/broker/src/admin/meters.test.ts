import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCounter, createHistogram, createMeters } from './meters.ts';

describe('histogram', () => {
  it('counts each value in the first bucket whose bound is not below it, as a sort would', () => {
    const bounds = [0.5, 1, 5, 10];
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (values) => {
        const histogram = createHistogram(bounds);
        for (const value of values) histogram.observe(value);
        const expected = [...bounds, Number.POSITIVE_INFINITY].map(
          (bound, index) =>
            values.filter((value) => value <= bound && (index === 0 || value > (bounds[index - 1] ?? 0))).length,
        );
        expect([...histogram.counts]).toEqual(expected);
        expect(histogram.count).toBe(values.length);
        expect(histogram.sum).toBeCloseTo(
          values.reduce((sum, value) => sum + value, 0),
          6,
        );
      }),
    );
  });

  it('refuses bounds that do not ascend', () => {
    expect(() => createHistogram([1, 1])).toThrow('histogram bounds 1, 1 must ascend');
  });
});

describe('meters told apart by labels', () => {
  it('are made once per combination', () => {
    const meters = createMeters(['api', 'error'], createCounter);
    meters.with('Produce', 'NONE').add();
    meters.with('Produce', 'NONE').add(2);
    meters.with('Fetch', 'NONE').add();
    expect([...meters.series()].map(({ labels, value }) => [...labels, value.value])).toEqual([
      ['Produce', 'NONE', 3],
      ['Fetch', 'NONE', 1],
    ]);
  });

  it('need a value for each label', () => {
    expect(() => createMeters(['api'], createCounter).with('a', 'b')).toThrow(
      'labels [a, b] must be one each for [api]',
    );
  });

  it('are forgotten by their first labels', () => {
    const meters = createMeters(['topic', 'partition'], createCounter);
    for (const topic of ['a', 'b']) for (const partition of ['0', '1']) meters.with(topic, partition).add();
    meters.forget('a');
    expect([...meters.series()].map(({ labels }) => labels)).toEqual([
      ['b', '0'],
      ['b', '1'],
    ]);
  });
});
