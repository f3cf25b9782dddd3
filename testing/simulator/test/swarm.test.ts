import { expect, it, vi } from 'vitest';
import { describeTally } from '../src/swarm/describe-tally.ts';
import { runSwarm } from '../src/swarm/swarm.ts';

vi.setConfig({ testTimeout: 300_000 });

/** The long runs are made by command: `pnpm sim --seeds 10000`. */
const maxSeeds = 500;
const maxMs = 45_000;
/** As many on a machine that has other things to do. */
const minSeeds = 60;

it(`as many seeds as ${maxMs / 1000} s take, from ${minSeeds} to ${maxSeeds}, of fifty virtual seconds and more: every fault, and all that must hold holds`, async () => {
  const beganMs = performance.now();
  const tally = await runSwarm({ from: 1, seeds: maxSeeds, maxMs, minSeeds, workers: 2, stopAtFirst: true });
  console.log(describeTally(tally, performance.now() - beganMs));
  expect(tally.failed).toEqual([]);
  expect(tally.absentFaults).toEqual([]);
  const idle = Object.entries(tally.figures).filter(([, count]) => count === 0);
  expect(idle).toEqual([]);
});
