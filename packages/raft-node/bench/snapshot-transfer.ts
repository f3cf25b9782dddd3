/**
 * A large snapshot to a new learner over sockets and this machine's disk, while clients write: how long it takes, and what it does to the
 * clients; and the same with its receiver killed half-way.
 *
 *     pnpm --filter @streambus/raft-node snapshot-transfer [--mebibytes 1024] [--clients 64]
 *
 * Aim: p99 of the clients at most twice what it is without, and no election.
 */
import { parseArgs } from 'node:util';
import { chunkBytes } from '../test/snapshots/chunk-store.ts';
import { SnapshotProcesses } from '../test/snapshots/snapshot-processes.ts';
import type { LoadFigures } from '../test/snapshots/snapshot-program.ts';

const { values } = parseArgs({
  options: {
    mebibytes: { type: 'string', default: '1024' },
    clients: { type: 'string', default: '64' },
    seconds: { type: 'string', default: '10' },
  },
});
const mebibyte = 1024 * 1024;
const stateBytes = Number(values.mebibytes) * mebibyte;
const clients = Number(values.clients);
const learner = 4;

await using cluster = await SnapshotProcesses.create(4, 3);
for (const id of [1, 2, 3]) await cluster.start(id);
const leader = cluster.node(await cluster.leader([1, 2, 3]));
await leader.ask('fill', 0, stateBytes / chunkBytes);
await leader.ask('takeSnapshot');
const elections = await allElections();

const without = await leader.ask('load', clients, Number(values.seconds) * 1000);
print('without a snapshot', without);

let during = leader.ask('load', clients, Number(values.seconds) * 1000);
await leader.ask('takeSnapshot');
print('with one taken on the leader', await during);

during = leader.ask('load', clients, Number(values.seconds) * 3000);
const killed = await cluster.start(learner, { killAtBytes: stateBytes / 2 });
const fromMs = performance.now();
await leader.ask('addLearner', learner);
console.log(`the learner was ended by ${await killed.ended} after ${seconds(fromMs)}`);
const again = await cluster.start(learner);
const restartedMs = performance.now();
const { finished } = await again.until((status) => status.finished.length > 0);
console.log(`and has it all ${seconds(restartedMs)} after its restart, ${describe(finished[0])}`);
const { applied } = await leader.ask('status');
await again.until((status) => status.applied >= applied);
console.log(`its state has caught up ${seconds(restartedMs)} after its restart, ${seconds(fromMs)} after it was added`);
const withIt = await during;
print('with a snapshot to a learner that is killed half-way', withIt);
const ratio = withIt.p99Ms / without.p99Ms;
console.log(`p99 is ${ratio.toFixed(2)} times that without (aim 2): ${ratio <= 2 ? 'met' : 'missed'}`);
console.log(`elections meanwhile: ${(await allElections()) - elections}`);
for (const id of [1, 2, 3, learner])
  console.log(`node ${id}: at most ${await cluster.node(id).ask('peakMebibytes')} MiB`);

function print(what: string, { proposals, p50Ms, p99Ms, worstMs }: LoadFigures): void {
  const figures = [`p50 ${p50Ms.toFixed(1)} ms`, `p99 ${p99Ms.toFixed(1)} ms`, `worst ${worstMs.toFixed(0)} ms`];
  console.log(`${what}: ${proposals} proposals of ${clients} clients, ${figures.join(', ')}`);
}

function describe(
  transfer: { readonly sizeBytes: number; readonly resumedFromBytes: number; readonly durationMs: number } | undefined,
): string {
  if (transfer === undefined) return '';
  const { sizeBytes, resumedFromBytes, durationMs } = transfer;
  const gotMebibytes = (sizeBytes - resumedFromBytes) / mebibyte;
  const rate = (gotMebibytes / durationMs) * 1000;
  return `${gotMebibytes.toFixed(0)} of ${(sizeBytes / mebibyte).toFixed(0)} MiB, at ${rate.toFixed(0)} MiB/s`;
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

async function allElections(): Promise<number> {
  const statuses = await Promise.all([1, 2, 3].map((id) => cluster.node(id).ask('status')));
  return statuses.reduce((sum, status) => sum + status.elections, 0);
}
