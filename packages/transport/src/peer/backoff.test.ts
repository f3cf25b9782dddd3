import { createSeededRandom } from '@streambus/runtime/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

const below = (choose: (bound: number) => number) => ({
  below: choose,
  uint32: () => 0,
  bytes: (length: number) => new Uint8Array(length),
});

describe('waits between attempts', () => {
  it('double until the longest, each cut by up to a half', () => {
    const options = { minBackoffMs: 100, maxBackoffMs: 30_000 };
    const longest = new Backoff(
      options,
      below(() => 0),
    );
    const shortest = new Backoff(
      options,
      below((bound) => bound - 1),
    );
    const full = [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
    expect(full.map(() => longest.next())).toEqual(full);
    expect(full.map(() => shortest.next())).toEqual(full.map((waitMs) => waitMs / 2));
  });

  it('begin anew when they are reset', () => {
    const backoff = new Backoff(
      { minBackoffMs: 7, maxBackoffMs: 50 },
      below(() => 0),
    );
    for (let time = 0; time < 5; time++) backoff.next();
    backoff.reset();
    expect([backoff.next(), backoff.next()]).toEqual([7, 14]);
  });

  it('are integers from half of the step to the step, whatever the bounds and the chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.nat(),
        (minBackoffMs, more, seed) => {
          const maxBackoffMs = minBackoffMs + more;
          const backoff = new Backoff({ minBackoffMs, maxBackoffMs }, createSeededRandom(seed));
          for (let step = minBackoffMs, time = 0; time < 30; time++, step = Math.min(2 * step, maxBackoffMs)) {
            const waitMs = backoff.next();
            expect(Number.isInteger(waitMs)).toBe(true);
            expect(waitMs).toBeLessThanOrEqual(step);
            expect(waitMs).toBeGreaterThanOrEqual(step / 2);
          }
        },
      ),
    );
  });
});
