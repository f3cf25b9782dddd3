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
