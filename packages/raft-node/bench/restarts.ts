/**
 * Three processes under load: followers are killed and restarted, one after the other. The leader has to stay.
 *
 *     pnpm --filter @streambus/raft-node restarts [--rounds 50] [--clients 4]
 */
import { parseArgs } from 'node:util';
import { restartFollower } from '../test/processes/failover.ts';
import { findFaults } from '../test/processes/faults.ts';
import { ProcessCluster } from '../test/processes/process-cluster.ts';
import { conclude } from './figures.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, clients: { type: 'string', default: '4' } },
});
const clients = Number(values.clients);

await using cluster = await ProcessCluster.start();
await cluster.load(clients);
const before = await cluster.leadership();
let elections = 0;
let { term } = before;
for (let round = 1; round <= Number(values.rounds); round++) {
  const after = await restartFollower(cluster, clients);
  if (after.term === term) continue;
  console.log(`round ${round}: node ${after.leader} leads in term ${after.term}, after term ${term}`);
  term = after.term;
  elections++;
}
console.log(`${values.rounds} followers killed and restarted: ${elections} elections (aim 0)`);
conclude(await findFaults(cluster));
