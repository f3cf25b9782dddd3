import { availableParallelism } from 'node:os';
import { expect, it, vi } from 'vitest';
import { describeTally } from '../src/swarm/describe-tally.ts';
import { runSwarm } from '../src/swarm/swarm.ts';

vi.setConfig({ testTimeout: 1_800_000 });

/**
 * A number of seeds, not of seconds: what CI has looked at does not depend on what else its machine does. They are the same ones each time, so that
 * a run of CI can be repeated; and whatever changes in the packages or in the simulator makes other runs of them. The long runs are made by
 * command: `pnpm sim --seeds 10000 --from 20000`.
 */
const seeds = Number(process.env['STREAMBUS_SIMULATED_SEEDS'] ?? (process.env['CI'] === undefined ? 60 : 500));

it(`${seeds} seeds of a virtual minute and more: every fault, and all that must hold holds`, async () => {
  const beganMs = performance.now();
  const workers = availableParallelism();
  const tally = await runSwarm({ from: 1, seeds, maxMs: Number.POSITIVE_INFINITY, workers, stopAtFirst: true });
  console.log(describeTally(tally, performance.now() - beganMs));
  expect(tally.failed).toEqual([]);
  expect(tally.runs).toBe(seeds);
  expect(tally.absentFaults).toEqual([]);
  const idle = Object.entries(tally.figures).filter(([, count]) => count === 0);
  expect(idle).toEqual([]);
  // Rare enough that it hides nothing.
  expect(tally.stuck.length).toBeLessThan(seeds / 50);
  expect(tally.shortestMs).toBeGreaterThan(60_000);
  for (const subject of ['registers', 'metadata'] as const) expect(tally.subjects[subject]).toBeGreaterThan(seeds / 3);
});
