/**
 * Three processes under load on this machine's disk: how long a first leader takes, and how long it takes from the loss of a leader to the
 * next answer.
 *
 *     pnpm --filter @streambus/raft-node failover [--rounds 50] [--loss kill | freeze] [--clients 4]
 *
 * A round that misses the aim is printed with what the nodes told.
 */
import { parseArgs } from 'node:util';
import { failOver, type LeaderLoss } from '../test/processes/failover.ts';
import { findFaults } from '../test/processes/faults.ts';
import { measureFirstLeader } from '../test/processes/first-leader.ts';
import { ProcessCluster } from '../test/processes/process-cluster.ts';
import { type Aim, conclude, summary } from './figures.ts';

/** Two election time-outs of 10 ticks of 100 ms: what silence takes to be told from slowness. */
const twoElectionTimeoutsMs = 2000;
const aims: Readonly<Record<LeaderLoss, Aim>> = {
  kill: { medianMs: 150, worstMs: 500 },
  freeze: { medianMs: twoElectionTimeoutsMs, worstMs: twoElectionTimeoutsMs },
};

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    loss: { type: 'string', default: 'kill' },
    clients: { type: 'string', default: '4' },
  },
});
const { loss } = values;
if (loss !== 'kill' && loss !== 'freeze') throw new Error(`--loss is ${loss}; it must be kill or freeze`);
const clients = Number(values.clients);
const aim = aims[loss];

await using cluster = await ProcessCluster.spawn();
const { leaderMs, leadership } = await measureFirstLeader(cluster);
console.log(`node ${leadership.leader} leads ${leaderMs.toFixed(0)} ms after the nodes were started (aim 500)`);
await cluster.load(clients);
const durationsMs: number[] = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  const { lost, next, durationMs, timeline } = await failOver(cluster, loss, clients);
  durationsMs.push(durationMs);
  console.log(`${round}: node ${lost} lost, an answer by node ${next} after ${durationMs.toFixed(0)} ms`);
  if (durationMs > aim.worstMs) console.log(timeline.join('\n'));
}
console.log(summary(`leader lost (${loss})`, durationsMs, aim));
conclude(await findFaults(cluster));
