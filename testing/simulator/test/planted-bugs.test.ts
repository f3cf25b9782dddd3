import { describe, expect, it, vi } from 'vitest';
import { plantedBugs } from '../src/plant/planted-bugs.ts';
import { runSwarm } from '../src/swarm/swarm.ts';

/*
 * Each test plants a bug and expects the simulation to find it, by an invariant that it breaks, within so many seeds from 1 on. The same by
 * command: `pnpm sim --seeds 1000 --plant <bug> --stop-at-first`.
 */
vi.setConfig({ testTimeout: 300_000 });

const withinSeeds = 100;

const brokenInvariants: Readonly<Record<string, readonly string[]>> = {
  'vote-twice': ['Single Vote', 'Election Safety'],
  'acknowledge-before-sync': ['Acknowledged is Durable', 'Committed Entries Stay', 'Leader Completeness'],
  'commit-by-counting': ['Commitment by Counting'],
  'apply-twice': ['Applied Once', 'True Answers'],
  'lease-after-pause': ['Read Barrier', 'Linearizability'],
  'snapshot-without-sessions': ['State Machine Safety', 'Applied Once'],
  'read-without-barrier': ['Metadata Model', 'Read Barrier'],
  'snapshot-without-delta': ['Metadata Deltas'],
};

const common = { from: 1, maxMs: Number.POSITIVE_INFINITY, workers: 2 } as const;

describe(`within ${withinSeeds} seeds the simulation finds`, () => {
  it.each(Object.entries(plantedBugs).map(([name, bug]) => ({ name, ...bug })))('$name: $what', async ({ name }) => {
    const { failed, runs } = await runSwarm({ ...common, seeds: withinSeeds, stopAtFirst: true, planted: name });
    console.log(`${name}: found after ${runs} seeds, ${failed.map(({ seed, message }) => `${seed}: ${message}`)}`);
    expect(failed.length).toBeGreaterThan(0);
    for (const { invariant } of failed) expect(brokenInvariants[name]).toContain(invariant);
  });
});

it('nothing is found where nothing is planted: the first seeds pass', async () => {
  const { failed, runs } = await runSwarm({ ...common, seeds: 8, stopAtFirst: false });
  expect({ failed, runs }).toEqual({ failed: [], runs: 8 });
});

it('a bug that is not known, or whose file has changed, is not planted and not forgotten either', async () => {
  const swarm = runSwarm({ ...common, seeds: 1, stopAtFirst: true, planted: 'no such bug' });
  await expect(swarm).rejects.toThrow("there is no bug 'no such bug'");
});
