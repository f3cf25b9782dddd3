import { describe, expect, it } from 'vitest';
import { fuzz } from '../src/fuzz.ts';

/** The long one is `pnpm fuzz`. */
describe('a broker that is treated badly', () => {
  it('lives, answers others meanwhile, and gives its memory back', { timeout: 120_000 }, async () => {
    const report = await fuzz({
      frames: 6000,
      seed: 7,
      idleConnections: 500,
      idleAtOnce: 500,
      misbehaving: 10,
      largeRounds: 1,
    });
    expect(report.problems).toEqual([]);
    expect(Object.values(report.counts.frames).reduce((sum, one) => sum + one, 0)).toBe(6000);
    // How many of them depends on how busy the machine is.
    expect(report.counts.answers).toBeGreaterThan(0);
    expect(report.refused['bad_request']).toBeGreaterThan(0);
    expect(report.witness.rounds).toBeGreaterThan(0);
    expect(report.rest.idleOpenTogether).toBe(500);
  });
});
