import { describe, expect, it } from 'vitest';
import { fuzz } from '../src/fuzz.ts';

/** The long one is `pnpm fuzz`. */
describe('a broker that is treated badly', () => {
  it('lives, answers others meanwhile, and gives its memory back', { timeout: 120_000 }, async () => {
    const report = await fuzz({
      frames: 10_000,
      seed: 7,
      idleConnections: 500,
      idleAtOnce: 500,
      misbehaving: 10,
      largeRounds: 1,
    });
    expect(report.problems).toEqual([]);
    expect(report.counts.answers).toBeGreaterThan(500);
    expect(report.refused['bad_request']).toBeGreaterThan(1000);
    expect(report.rest.idleOpenTogether).toBe(500);
  });
});
