import { describe, expect, it, vi } from 'vitest';
import { plantedBugs } from '../src/plant/planted-bugs.ts';
import { runSwarm } from '../src/swarm/swarm.ts';

/*
 * Each test plants a bug and expects the simulation to find it. The seeds before the one that finds it are left out; the command that began
 * at the first one is `pnpm sim --seeds 1000 --plant <bug> --stop-at-first`.
 */
vi.setConfig({ testTimeout: 120_000 });

/** The seed that finds it, of those from 1 on, and the invariant by which. */
const found: Readonly<Record<string, { readonly seed: number; readonly invariant: string }>> = {
  'vote-twice': { seed: 4, invariant: 'Single Vote' },
  'acknowledge-before-sync': { seed: 1, invariant: 'Acknowledged is Durable' },
  'commit-by-counting': { seed: 4, invariant: 'Commitment by Counting' },
  'apply-twice': { seed: 2, invariant: 'Applied Once' },
  'lease-after-pause': { seed: 5, invariant: 'Read Barrier' },
  'snapshot-without-sessions': { seed: 1, invariant: 'State Machine Safety' },
};

describe('the simulation finds', () => {
  it.each(Object.entries(plantedBugs).map(([name, bug]) => ({ name, ...bug })))('$name: $what', async ({ name }) => {
    const expected = found[name];
    expect(expected?.seed).toBeLessThanOrEqual(1000);
    const { failed } = await runSwarm({
      from: expected?.seed ?? 1,
      seeds: 1,
      maxMs: Number.POSITIVE_INFINITY,
      workers: 1,
      stopAtFirst: true,
      planted: name,
    });
    expect(failed.map(({ invariant }) => invariant)).toEqual([expected?.invariant]);
  });

  it('no bug where none is planted: the same seeds pass', async () => {
    const { failed, runs } = await runSwarm({
      from: 1,
      seeds: 5,
      maxMs: Number.POSITIVE_INFINITY,
      workers: 2,
      stopAtFirst: false,
    });
    expect({ failed, runs }).toEqual({ failed: [], runs: 5 });
  });

  it('a bug that cannot be planted any more, because the file has changed', async () => {
    const swarm = runSwarm({
      from: 1,
      seeds: 1,
      maxMs: Number.POSITIVE_INFINITY,
      workers: 1,
      stopAtFirst: true,
      planted: 'no such bug',
    });
    await expect(swarm).rejects.toThrow("there is no bug 'no such bug'");
  });
});
