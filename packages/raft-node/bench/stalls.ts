/**
 * Three processes under load, whose event loops are blocked at random, about half of the time. No process is silent for as long as an
 * election time-out, so nobody has a cause to elect another leader.
 *
 *     pnpm --filter @streambus/raft-node stalls [--minutes 10] [--max-stall-ms 800] [--clients 4] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { findFaults } from '../test/processes/faults.ts';
import { ProcessCluster } from '../test/processes/process-cluster.ts';
import { stallEventLoops } from '../test/processes/stalled-load.ts';
import { conclude } from './figures.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'max-stall-ms': { type: 'string', default: '800' },
    clients: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});

await using cluster = await ProcessCluster.start();
await cluster.load(Number(values.clients));
const { before, after, stalls, longestStallMs, hadCause, campaigns, timeline } = await stallEventLoops(cluster, {
  forMs: Number(values.minutes) * 60_000,
  maxStallMs: Number(values['max-stall-ms']),
  seed: Number(values.seed),
});
console.log(
  `${stalls} stalls, the longest of ${longestStallMs.toFixed(0)} ms${hadCause ? ': a cause for an election' : ''}`,
);
console.log(`${after.term - before.term} elections (aim 0 without a cause), ${campaigns} attempts at one`);
if (campaigns > 0) console.log(timeline.join('\n'));
conclude(await findFaults(cluster));
