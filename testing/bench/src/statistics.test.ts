import { describe, expect, it } from 'vitest';
import { Latencies, median, medianRatio, relativeSpread } from './statistics.ts';

describe('statistics of rounds', () => {
  it('take the middle, whatever one round did', () => {
    expect(median([3, 1000, 1, 2, 4])).toBe(3);
    expect(medianRatio([2, 9, 6], [1, 1, 3])).toBe(2);
    expect(relativeSpread([100, 110, 90, 5, 2000])).toBeCloseTo(0.2);
  });

  it('have nothing to say of no rounds', () => {
    expect(median([])).toBeNaN();
  });
});

describe('latencies', () => {
  it('are told by rank, and forgotten when cleared', () => {
    const latencies = new Latencies();
    for (let ms = 1000; ms >= 1; ms--) latencies.add(ms);
    expect(latencies.summary()).toEqual({ count: 1000, minMs: 1, p50Ms: 501, p99Ms: 991, p999Ms: 1000, maxMs: 1000 });
    latencies.clear();
    latencies.add(7);
    expect(latencies.summary()).toEqual({ count: 1, minMs: 7, p50Ms: 7, p99Ms: 7, p999Ms: 7, maxMs: 7 });
  });

  it('past the capacity are not kept', () => {
    const latencies = new Latencies(2);
    for (const ms of [1, 2, 3]) latencies.add(ms);
    expect(latencies.summary().maxMs).toBe(2);
  });
});
