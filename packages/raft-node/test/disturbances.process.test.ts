import { Namespaces, noNamespaces } from '@streambus-testing/namespaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restartFollower } from './processes/failover.ts';
import { findFaults } from './processes/faults.ts';
import type { NodeProcess } from './processes/node-process.ts';
import { ProcessCluster } from './processes/process-cluster.ts';
import { stallEventLoops } from './processes/stalled-load.ts';

const timeout = 90_000;
const clients = 2;
const restarts = 5;
const inOrder = { concurrent: false } as const;

/** Waits until each has answers for what it asks from now on. */
async function progressOf(nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.ask('progress', 10 * clients)));
}

const ways = [
  ['both ways', { out: true, in: true }],
  ['in what it says', { out: true, in: false }],
  ['in what it hears', { out: false, in: true }],
] as const;

// They take their time and little else, so they take it together.
describe.concurrent('three processes under load', { timeout }, () => {
  it('whose event loops are blocked at random for up to 800 ms, for twenty seconds: no election, nothing lost', async () => {
    await using cluster = await ProcessCluster.start();
    await cluster.load(clients);
    const stalled = await stallEventLoops(cluster, { forMs: 20_000, maxStallMs: 800, seed: 1 });
    const elections = stalled.after.term - stalled.before.term;
    expect(elections === 0 || stalled.hadCause, stalled.timeline.join('\n')).toBe(true);
    expect(stalled.stalls).toBeGreaterThan(30);
    expect(stalled.longestStallMs).toBeGreaterThan(600);
    expect(await findFaults(cluster)).toEqual([]);
  });

  it(`whose followers are killed and restarted, ${restarts} times, and whose logs are compacted often: no election, nothing lost`, async () => {
    await using cluster = await ProcessCluster.start({ raft: { snapshotAfterEntries: 200 } });
    await cluster.load(clients);
    const before = await cluster.leadership();
    for (let round = 0; round < restarts; round++) expect(await restartFollower(cluster, clients)).toEqual(before);
    expect(await findFaults(cluster)).toEqual([]);
  });

  const skipped = noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`;

  describe.skipIf(noNamespaces !== undefined)(`whose network is cut${skipped}`, () => {
    let network: Namespaces;
    let cluster: ProcessCluster;

    beforeAll(async () => {
      network = new Namespaces(3);
      const transport = { plaintext: 'anywhere-without-encryption' } as const;
      cluster = await ProcessCluster.start({ peers: network.peers, namespaceOf: network.nameOf, transport });
      await cluster.load(clients);
    }, timeout);

    afterAll(async () => {
      await cluster[Symbol.asyncDispose]();
      network[Symbol.dispose]();
    });

    it.each(ways)('a leader that is cut off %s is replaced, and follows when it is mended', inOrder, async (_, cut) => {
      const before = await cluster.leadership();
      const followers = cluster.others(before.leader);
      const marks = followers.map((node) => node.mark);
      for (const { id } of followers) {
        if (cut.out) network.cut(before.leader, id);
        if (cut.in) network.cut(id, before.leader);
      }
      const isLater = ({ term }: { readonly term: number }): boolean => term > before.term;
      await Promise.all(followers.map((node, at) => node.event('acknowledged', isLater, marks[at])));
      network.heal();
      expect((await cluster.leadership()).term).toBeGreaterThan(before.term);
      await progressOf(cluster.living);
    });

    it(
      'a leader that one follower alone does not reach stays, and that one comes back without an election',
      inOrder,
      async () => {
        const before = await cluster.leadership();
        const [away, near] = cluster.others(before.leader) as [NodeProcess, NodeProcess];
        const { mark } = away;
        network.cut(before.leader, away.id);
        network.cut(away.id, before.leader);
        await away.event('role', ({ role }) => role === 'preCandidate', mark);
        const connected = [cluster.node(before.leader), near];
        await progressOf(connected);
        expect(await cluster.leadership(connected)).toEqual(before);
        network.heal();
        await progressOf(cluster.living);
        expect(await cluster.leadership()).toEqual(before);
      },
    );

    it(
      'after all of that nothing that was acknowledged is lost, applied twice or in another order',
      inOrder,
      async () => {
        expect(await findFaults(cluster)).toEqual([]);
      },
    );
  });
});
