import { describe, expect, it } from 'vitest';
import { fuzzTransport } from '../src/transport/fuzz-transport.ts';

/** The long one is `pnpm fuzz transport`. */
describe('a transport that is treated badly', () => {
  it('lives, loses nothing of others, takes what is right of all, and gives everything back', {
    timeout: 120_000,
  }, async () => {
    const report = await fuzzTransport({ bytes: 1_000_000, seed: 7 });
    expect(report.problems).toEqual([]);
    const bytes = Object.values(report.counts).reduce((sum, stage) => sum + stage.bytes, 0);
    expect(bytes).toBeGreaterThanOrEqual(1_000_000);
    expect(report.comparedMessages).toBeGreaterThan(100);
    expect(report.witness.messages).toBeGreaterThan(0);
    expect(report.end.metrics.handshakesInProgress).toBe(0);
  });
});
