import { startTestCluster, type TestCluster } from '@streambus/raft-node/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, encode, type JournalMachine } from './journal.ts';

function others(cluster: TestCluster<JournalMachine>, id: number): readonly number[] {
  return cluster.living.map((member) => member.id).filter((other) => other !== id);
}

describe('a disk that is slow at the wrong moment', () => {
  it('a candidate leads only when its own vote is durable, also where the others’ votes are enough', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    const [candidate] = others(cluster, leader) as [number];
    const { node, stallDisk } = cluster.member(candidate);
    const roles = new Set<string>();
    node.subscribe((event) => event.type === 'role' && roles.add(event.role));
    const resume = stallDisk();
    const handedOver = cluster.member(leader).node.transferLeadership(candidate);
    // Whether it comes to that is not the question here.
    handedOver.catch(() => {});
    await cluster.clock.advance(500);
    expect([...roles]).toContain('candidate');
    expect([...roles]).not.toContain('leader');
    resume();
    await cluster.leader();
  });

  it('a leader that is removed while it still writes what it was given last goes on, as no member', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    const followers = others(cluster, leader);
    const { node, stallDisk } = cluster.member(leader);
    const resumeFollowers = followers.map((id) => cluster.member(id).stallDisk());
    const removed = node.changeMembership([{ type: 'remove', id: leader }]);
    await cluster.clock.advance(5);
    const resume = stallDisk();
    // What becomes of it a node that is no member does not learn.
    node.propose(encode('last')).catch(() => {});
    await cluster.clock.advance(5);
    for (const resumeFollower of resumeFollowers) resumeFollower();
    await cluster.clock.advance(100);
    resume();
    expect((await cluster.clock.until(removed)).voters).toEqual(followers);
    await cluster.clock.advance(100);
    expect(node.status()).toMatchObject({ phase: 'running', role: 'follower' });
  });
});
