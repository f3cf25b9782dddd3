import { ProcessCluster } from './process-cluster.ts';
import { machineMs } from './stalls.ts';
for (let i=0;i<3;i++){
await using c = await ProcessCluster.spawn();
const at = await c.startAll();
const l = await c.leadership();
console.log('leader', l, machineMs()-at);
for (const n of c.living) console.log(n.id, n.events.filter(e=>true).map(e=>`${(e.atMs-at).toFixed(0)} ${JSON.stringify(e)}`).join('\n'));
}
