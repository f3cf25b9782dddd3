import { queryObjects } from 'node:v8';
import type { Session } from '@streambus/raft-node';
import { startTestCluster, type TestCluster } from '@streambus/raft-node/testing';
import { describe, expect, it } from 'vitest';
import { encode } from './journal.ts';
import { createTally, type Tally } from './recovery/tally.ts';

/** How many objects are reachable: plain ones, lists, maps, buffers, promises, functions. */
function countObjects(): number {
  return queryObjects(Object, { format: 'count' });
}

/** From every node, in a session, outside of one, and with a signal: so many at once. */
async function propose(cluster: TestCluster<Tally>, sessions: readonly Session[], rounds: number): Promise<void> {
  const data = encode('some data');
  for (let round = 0; round < rounds; round++) {
    const answers = cluster.living.flatMap(({ node }, at) => {
      const session = sessions[at] as Session;
      const { signal } = new AbortController();
      const inSession = Array.from({ length: 20 }, () => session.prepare(data).submit());
      return [...inSession, node.propose(data), node.propose(data, { signal }), node.readBarrier({ signal })];
    });
    await cluster.clock.until(Promise.all<unknown>(answers));
  }
  await cluster.clock.until(Promise.all(cluster.living.map(({ node }) => node.takeSnapshot())));
}

describe('three nodes with snapshots on', () => {
  it('leave no object behind of any proposal or read, on any node', async () => {
    await using cluster = await startTestCluster(createTally, { snapshotAfterEntries: 200 });
    await cluster.leader();
    const sessions = await cluster.clock.until(Promise.all(cluster.living.map(({ node }) => node.openSession())));
    await propose(cluster, sessions, 20);
    const before = countObjects();
    const rounds = 40;
    await propose(cluster, sessions, rounds);
    // Not one of two rounds, which are 132 proposals and 6 reads.
    expect(countObjects() - before).toBeLessThan(rounds / 2);
    expect(cluster.living.map(({ machine }) => machine.entries)).toEqual([1, 1, 1].map(() => 60 * 66));
  }, 120_000);
});
