import { startTestCluster } from '@streambus/raft-node/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode } from './journal.ts';

describe('a cluster of three', () => {
  it('elects a leader in less than half a second, and stays with it', async () => {
    await using cluster = await startTestCluster(createJournal);
    expect(cluster.clock.monotonicMs()).toBeLessThan(500);
    const leader = await cluster.leader();
    const { term } = cluster.member(leader).node.status();
    await cluster.clock.advance(60_000);
    for (const { node } of cluster.living) expect(node.status()).toMatchObject({ leader, term });
  });

  it('applies what is proposed on any node on all of them, in one order, each answered where it was proposed', async () => {
    await using cluster = await startTestCluster(createJournal);
    const proposed = cluster.living.flatMap(({ id, node }) => {
      return Array.from({ length: 100 }, (_, number) => node.propose(encode(`${id}-${number}`)));
    });
    const places = (await cluster.clock.until(Promise.all(proposed))).map((answer) => Number(decode(answer)));
    expect([...places].sort((one, other) => one - other)).toEqual(Array.from({ length: 300 }, (_, at) => at + 1));
    for (const { node, machine } of cluster.living) {
      await cluster.clock.until(node.readBarrier());
      expect(machine.entries).toEqual(cluster.member(1).machine.entries);
      expect(machine.entries.filter((entry) => entry.startsWith('2-'))).toEqual(
        Array.from({ length: 100 }, (_, number) => `2-${number}`),
      );
    }
  });

  it('has another leader soon after its leader’s process has ended, and loses nothing that was answered', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    await cluster.clock.until(cluster.member(leader).node.propose(encode('before')));
    await cluster.kill(leader);
    const killedMs = cluster.clock.monotonicMs();
    const next = await cluster.leader();
    expect(next).not.toBe(leader);
    expect(cluster.clock.monotonicMs() - killedMs).toBeLessThan(300);
    await cluster.clock.until(cluster.member(next).node.propose(encode('after')));
    await cluster.restart(leader);
    await cluster.leader();
    await cluster.clock.until(cluster.member(leader).node.readBarrier());
    expect(cluster.member(leader).machine.entries).toEqual(['before', 'after']);
    expect(await cluster.leader()).toBe(next);
  });
});

describe('membership and leadership', () => {
  it('leadership is handed over when asked, from any node', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    const [next, asker] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    await cluster.clock.until(cluster.member(asker).node.transferLeadership(next));
    expect(await cluster.leader()).toBe(next);
    await cluster.clock.until(cluster.member(leader).node.propose(encode('after')));
  });

  it('a removed follower is no member; a removed leader lets another lead; each change answers when it is in force', async () => {
    await using cluster = await startTestCluster(createJournal, { size: 5 });
    const leader = await cluster.leader();
    const [follower, asker] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    const without = await cluster.clock.until(
      cluster.member(asker).node.changeMembership([{ type: 'remove', id: follower }]),
    );
    expect(without.voters).toEqual([1, 2, 3, 4, 5].filter((id) => id !== follower));
    await cluster.kill(follower);
    const changed = await cluster.clock.until(
      cluster.member(asker).node.changeMembership([
        { type: 'remove', id: leader },
        { type: 'demote', id: asker },
      ]),
    );
    expect(changed).toMatchObject({ votersOutgoing: [], learners: [asker] });
    await cluster.kill(leader);
    expect(changed.voters).toContain(await cluster.leader());
    await cluster.clock.until(cluster.member(asker).node.propose(encode('goes on')));
  });

  it('one change at a time: a second is refused, and can be made again', async () => {
    await using cluster = await startTestCluster(createJournal, { size: 5 });
    const leader = await cluster.leader();
    const [one, other] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    const { node } = cluster.member(leader);
    const both = [one, other].map((id) => node.changeMembership([{ type: 'demote', id }]));
    const [first, second] = await cluster.clock.until(Promise.allSettled(both));
    expect(first).toMatchObject({ status: 'fulfilled' });
    expect(second).toMatchObject({
      reason: { code: 'RAFT_NODE_CHANGE_PENDING', outcome: 'rejected', retriable: true },
    });
    const { learners } = await cluster.clock.until(node.changeMembership([{ type: 'demote', id: other }]));
    expect(learners).toEqual([one, other]);
  });

  it.each([
    ['nothing', []],
    ['a node twice', [2, 2]],
    ['no node', [0]],
  ])('a change of %s is refused before it is proposed', async (_, ids) => {
    await using cluster = await startTestCluster(createJournal);
    const change = cluster.member(1).node.changeMembership(ids.map((id) => ({ type: 'remove', id })));
    await expect(cluster.clock.until(change)).rejects.toMatchObject({ code: 'RAFT_NODE_CHANGE_INVALID' });
  });

  it('a change that would leave no voter is passed over by every node', async () => {
    await using cluster = await startTestCluster(createJournal);
    const change = cluster.member(1).node.changeMembership([1, 2, 3].map((id) => ({ type: 'remove', id })));
    await expect(cluster.clock.until(change)).rejects.toMatchObject({
      code: 'RAFT_NODE_CHANGE_INVALID',
      outcome: 'rejected',
    });
    await cluster.clock.until(cluster.member(1).node.propose(encode('goes on')));
  });
});

describe('a leader whose disk does not answer', () => {
  it('gives up its place, and follows when the disk answers again', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    const { node, stallDisk } = cluster.member(leader);
    const release = stallDisk();
    const stuck = node.propose(encode('stuck')).catch((error: unknown) => error);
    await cluster.clock.advance(6000);
    const others = cluster.living.filter(({ id }) => id !== leader);
    const next = Number(others[0]?.node.status().leader);
    expect([0, leader]).not.toContain(next);
    await cluster.clock.until(cluster.member(next).node.propose(encode('done')));
    release();
    await cluster.clock.until(node.readBarrier());
    await cluster.clock.advance(10_000);
    expect(await cluster.leader()).toBe(next);
    expect(cluster.member(leader).machine.entries).toEqual(cluster.member(next).machine.entries);
    expect(await cluster.clock.until(stuck)).toBeDefined();
  });
});

describe('a node that lost its disk', () => {
  it('is refused by those who knew it, says so, and votes for nobody', async () => {
    await using cluster = await startTestCluster(createJournal);
    const leader = await cluster.leader();
    const [wiped, other] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    await cluster.clock.until(cluster.member(leader).node.propose(encode('kept')));
    await cluster.kill(wiped);
    await cluster.restart(wiped, { onNewDisk: true });
    await cluster.clock.advance(1000);
    const { node } = cluster.member(wiped);
    expect(node.status()).toMatchObject({ phase: 'failed', failure: { code: 'RAFT_NODE_IDENTITY_MISSING' } });
    expect(node.status().failure?.message).toMatch(
      /node \d knows node \d with storage .*: what it had promised is lost/,
    );
    await cluster.kill(leader);
    await cluster.clock.advance(20_000);
    expect(cluster.member(other).node.status().role).not.toBe('leader');
    await cluster.restart(leader);
    await cluster.clock.until(cluster.member(other).node.readBarrier());
    expect(cluster.member(other).machine.entries).toEqual(['kept']);
  });

  it('is known again after a restart of those who knew it', async () => {
    await using cluster = await startTestCluster(createJournal);
    await cluster.kill(1);
    await cluster.kill(2);
    await cluster.kill(3);
    await cluster.restart(3);
    await cluster.restart(1, { onNewDisk: true });
    await cluster.clock.advance(1000);
    expect(cluster.member(1).node.status()).toMatchObject({ failure: { code: 'RAFT_NODE_IDENTITY_MISSING' } });
  });

  it('may begin anew when it was removed', async () => {
    await using cluster = await startTestCluster(createJournal);
    await cluster.clock.until(cluster.member(1).node.changeMembership([{ type: 'remove', id: 3 }]));
    await cluster.kill(3);
    await cluster.restart(3, { onNewDisk: true });
    await cluster.clock.advance(1000);
    expect(cluster.member(3).node.status()).toMatchObject({ phase: 'running', failure: undefined });
  });
});
