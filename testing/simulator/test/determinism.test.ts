import { describe, expect, it, vi } from 'vitest';
import { runSeed } from '../src/run/run-seed.ts';
import { runSwarm } from '../src/swarm/swarm.ts';

// Runs take seconds where others use the processor too.
vi.setConfig({ testTimeout: 120_000 });

async function traceOf(seed: number): Promise<{ readonly text: string; readonly digest: number }> {
  const lines: string[] = [];
  const { digest } = await runSeed(seed, { print: (line) => lines.push(line), messages: true });
  return { text: lines.join('\n'), digest };
}

describe('a seed', () => {
  it.each([3, 7, 14])('%d gives the same trace twice, byte for byte, with every message in it', async (seed) => {
    const first = await traceOf(seed);
    const second = await traceOf(seed);
    expect(first.text.length).toBeGreaterThan(20_000);
    expect(second.text === first.text).toBe(true);
    expect(second.digest).toBe(first.digest);
  });

  it('goes the same way whether or not somebody reads the trace, and on another thread', async () => {
    const { digest } = await traceOf(3);
    expect((await runSeed(3)).digest).toBe(digest);
    const digests: number[] = [];
    await runSwarm({
      from: 2,
      seeds: 2,
      maxMs: Number.POSITIVE_INFINITY,
      workers: 1,
      stopAtFirst: false,
      onReport: (report) => digests.push(report.digest),
    });
    expect(digests[1]).toBe(digest);
  });

  it('is another run than its neighbour', async () => {
    expect((await runSeed(3)).digest).not.toBe((await runSeed(4)).digest);
  });
});
