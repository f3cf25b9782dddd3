import { queryObjects } from 'node:v8';
import type { Session } from '@streambus/raft-node';
import { startTestCluster, type TestCluster } from '@streambus/raft-node/testing';
import { describe, expect, it } from 'vitest';
import { encode } from './journal.ts';
import { createTally, type Tally } from './recovery/tally.ts';

/** What everything that a proposal may leave behind is made of, or held by. */
const kinds = { Object, Array, Map, Set, Uint8Array, ArrayBuffer, Promise, Function, AbortSignal } as const;
type Census = Readonly<Record<keyof typeof kinds, number>>;

/** How many objects of each kind are reachable. */
function takeCensus(): Census {
  const counts = Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: 'count' })]);
  return Object.fromEntries(counts) as Census;
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
    const before = takeCensus();
    const rounds = 60;
    await propose(cluster, sessions, rounds);
    const after = takeCensus();
    // Not one of any kind for two rounds, which are 132 proposals and 6 reads.
    for (const kind of Object.keys(kinds) as (keyof Census)[]) {
      expect(after[kind] - before[kind], kind).toBeLessThan(rounds / 2);
    }
    expect(cluster.living.map(({ machine }) => machine.entries)).toEqual([1, 1, 1].map(() => 80 * 66));
  }, 60_000);
});
