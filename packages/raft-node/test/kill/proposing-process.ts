import { writeSync } from 'node:fs';
import { createRaftNode } from '@streambus/raft-node';
import { createNodeDisk, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createJournal, encode } from '../journal.ts';

/*
 * A process to be killed: proposes numbers from the second argument on, 16 at a time, and writes each to stdout when it was acknowledged.
 */
const [folder = '', first = '0'] = process.argv.slice(2);
const node = createRaftNode(
  { clusterId: 'kill', nodeId: 1, storage: { folder }, snapshotAfterEntries: 200 },
  { disk: createNodeDisk(), clock: nodeClock, random: nodeRandom, stateMachine: createJournal() },
);
await node.start();
await node.readBarrier();
let next = Number(first);
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (;;) {
      const number = next++;
      const answer = await node.propose(encode(`${number}`));
      writeSync(1, `${number} ${new TextDecoder().decode(answer)}\n`);
    }
  }),
);
