import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerSettings } from './swarm.ts';

/** Runs the seeds that it is given, one after the other, and reports on each. */
const { planted } = workerData as WorkerSettings;
// Refusals are part of every run, and nobody reads their stacks; an error that nobody expects is run again with --seed.
Error.stackTraceLimit = 0;
if (planted !== undefined) {
  const { plant } = await import('../plant/plant.ts');
  plant(planted);
}
const { runSeed } = await import('../run/run-seed.ts');

parentPort?.on('message', async (seed: number) => {
  parentPort?.postMessage(await runSeed(seed));
});
parentPort?.postMessage('ready');
