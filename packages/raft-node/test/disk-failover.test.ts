import type { RaftNodeEvent } from '@streambus/raft-node';
import { startTestCluster, type TestCluster, type TestMember } from '@streambus/raft-node/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode, type JournalMachine } from './journal.ts';

type Cluster = TestCluster<JournalMachine>;
type Member = TestMember<JournalMachine>;

/** Silence takes from ten to twenty of these ticks to be told: who is elected within one has not waited for it. */
const tickMs = 100;

interface Scene {
  readonly cluster: Cluster;
  readonly leader: Member;
  readonly others: readonly Member[];
  /** What the leader has told since. */
  readonly events: readonly RaftNodeEvent[];
}

async function threeNodes(): Promise<Scene> {
  const cluster = await startTestCluster(createJournal);
  const leader = cluster.member(await cluster.leader());
  const others = cluster.living.filter(({ id }) => id !== leader.id);
  await cluster.clock.until(leader.node.propose(encode('before')));
  const events: RaftNodeEvent[] = [];
  leader.node.subscribe((event) => events.push(event));
  return { cluster, leader, others, events };
}

/** How long it takes until the others have another leader. */
async function msUntilSucceeded({ cluster, leader, others }: Scene): Promise<number> {
  const fromMs = cluster.clock.monotonicMs();
  const hasSuccessor = (): boolean => {
    const [one, other] = others.map(({ node }) => Number(node.status().leader));
    return one === other && one !== 0 && one !== leader.id;
  };
  while (!hasSuccessor()) await cluster.clock.advance(1);
  return cluster.clock.monotonicMs() - fromMs;
}

describe('a leader whose disk is full', () => {
  it('resigns; another is elected at once; what was acknowledged is there, and what was under way is not lost', async () => {
    const scene = await threeNodes();
    const { cluster, leader, others, events } = scene;
    await using _ = cluster;
    leader.disk.setCapacity(leader.disk.usedBytes + 10);
    const underWay = leader.node.propose(encode('under way'));
    expect(await msUntilSucceeded(scene)).toBeLessThan(tickMs);
    expect(leader.node.status()).toMatchObject({ phase: 'full', role: 'follower' });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['storageFull', 'role', 'leader']));

    const [next] = others as [Member];
    expect(decode(await cluster.clock.until(next.node.propose(encode('meanwhile'))))).toBe('3');
    expect(next.machine.entries).toEqual(['before', 'under way', 'meanwhile']);
    // What it has is read as it is; a proposal is refused; a barrier waits for what it cannot have yet.
    expect(leader.machine.entries).toEqual(['before']);
    const full = { code: 'RAFT_NODE_STORAGE_FULL', outcome: 'rejected', retriable: true };
    await expect(leader.node.propose(encode('refused'))).rejects.toMatchObject(full);
    const barrier = leader.node.readBarrier();
    await cluster.clock.advance(5_000);
    expect(leader.node.status()).toMatchObject({ phase: 'full', waitingReads: 1, queuedProposals: 1 });

    leader.disk.setCapacity(2 ** 30);
    expect(decode(await cluster.clock.until(underWay))).toBe('2');
    await cluster.clock.until(barrier);
    expect(leader.machine.entries).toEqual(['before', 'under way', 'meanwhile']);
    expect(decode(await cluster.clock.until(leader.node.propose(encode('after'))))).toBe('4');
    expect(leader.node.status().phase).toBe('running');
  });

  it('is not elected again while it is full, and may be when it has space', async () => {
    const scene = await threeNodes();
    const { cluster, leader } = scene;
    await using _ = cluster;
    leader.disk.setCapacity(leader.disk.usedBytes + 10);
    leader.node.propose(encode('under way')).catch(() => {});
    await msUntilSucceeded(scene);
    for (let round = 0; round < 3; round++) {
      const present = await cluster.leader();
      expect(present).not.toBe(leader.id);
      const handedOver = cluster.member(present).node.transferLeadership(leader.id);
      await expect(cluster.clock.until(handedOver)).rejects.toMatchObject({ code: 'RAFT_NODE_TRANSFER_FAILED' });
    }
    leader.disk.setCapacity(2 ** 30);
    await cluster.clock.advance(1_000);
    const present = await cluster.leader();
    await cluster.clock.until(cluster.member(present).node.transferLeadership(leader.id));
    expect(await cluster.leader()).toBe(leader.id);
  });
});

describe('a follower whose disk is full', () => {
  it('holds nobody up, answers no vote, and catches up when it has space', async () => {
    const { cluster, leader, others } = await threeNodes();
    await using _ = cluster;
    const [full, other] = others as [Member, Member];
    const { term } = leader.node.status();
    full.disk.setCapacity(full.disk.usedBytes + 10);
    for (let count = 0; count < 20; count++) await cluster.clock.until(leader.node.propose(encode(`${count}`)));
    await cluster.clock.advance(5_000);
    expect(full.node.status()).toMatchObject({ phase: 'full', leader: leader.id, term });
    expect(full.machine.entries).toEqual(['before']);
    expect(other.machine.entries.length).toBe(21);
    full.disk.setCapacity(2 ** 30);
    await cluster.clock.until(full.node.readBarrier());
    expect(full.machine.entries).toEqual(other.machine.entries);
    expect(leader.node.status()).toMatchObject({ role: 'leader', term });
  });
});

describe('a leader whose disk does not answer', () => {
  it('hands over as soon as that is a stall, and follows when it answers again', async () => {
    const scene = await threeNodes();
    const { cluster, leader, events } = scene;
    await using _ = cluster;
    const resume = leader.stallDisk();
    const underWay = leader.node.propose(encode('under way'));
    while (leader.node.status().role === 'leader') await cluster.clock.advance(10);
    expect(await msUntilSucceeded(scene)).toBeLessThan(tickMs);
    expect(leader.node.status()).toMatchObject({ phase: 'running', role: 'follower' });
    resume();
    expect(decode(await cluster.clock.until(underWay))).toBe('2');
    expect(events.filter(({ type }) => type === 'role')).toMatchObject([{ role: 'follower' }]);
  });
});

describe('nodes of which most have full disks', () => {
  it.each([2, 3])(
    '%i of three: nothing is acknowledged or lost, no term runs away, and all go on when there is space',
    async (count) => {
      const { cluster, leader, others } = await threeNodes();
      await using _ = cluster;
      const members = [leader, ...others];
      const { term } = leader.node.status();
      for (const { disk } of members.slice(0, count)) disk.setCapacity(disk.usedBytes + 10);
      let answered = 0;
      const underWay = leader.node.propose(encode('under way')).finally(() => answered++);
      await cluster.clock.advance(60_000);
      expect(answered).toBe(0);
      for (const { node, machine } of members) {
        expect(machine.entries).toEqual(['before']);
        // The heir's, who was told to campaign.
        expect(node.status().term - term).toBeLessThanOrEqual(1);
      }

      for (const { disk } of members) disk.setCapacity(2 ** 30);
      const fromMs = cluster.clock.monotonicMs();
      await cluster.leader();
      expect(cluster.clock.monotonicMs() - fromMs).toBeLessThan(5_000);
      const outcome = await cluster.clock.until(underWay.then(decode, ({ code }: { code: string }) => code));
      expect(['2', 'RAFT_NODE_LOST']).toContain(outcome);
      for (const { node } of members) await cluster.clock.until(node.propose(encode('after')));
      const [first] = members as [Member];
      await cluster.clock.until(Promise.all(members.map(({ node }) => node.readBarrier())));
      for (const { machine } of members) expect(machine.entries).toEqual(first.machine.entries);
      expect(first.machine.entries.filter((entry) => entry === 'under way').length).toBe(outcome === '2' ? 1 : 0);
    },
  );
});

describe.each(['write', 'sync'] as const)('a leader whose disk fails in a %s', (operation) => {
  it('hands over before it ends; what it has stays readable, and a restart brings it back', async () => {
    const scene = await threeNodes();
    const { cluster, leader, others, events } = scene;
    await using _ = cluster;
    leader.disk.failNext({ operation, code: 'DISK_IO' });
    const underWay = leader.node.propose(encode('under way'));
    const failed = { code: 'RAFT_NODE_STORAGE_FAILED', outcome: 'unknown' };
    const ended = expect(underWay).rejects.toMatchObject(failed);
    expect(await msUntilSucceeded(scene)).toBeLessThan(tickMs);
    await ended;
    expect(leader.node.status()).toMatchObject({ phase: 'failed', failure: failed, role: 'follower' });
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: failed });
    await expect(leader.node.readBarrier()).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_FAILED' });
    expect(leader.machine.entries).toEqual(['before']);

    const [next] = others as [Member];
    await cluster.clock.until(next.node.propose(encode('meanwhile')));
    await cluster.kill(leader.id);
    await cluster.restart(leader.id);
    await cluster.leader();
    const again = cluster.member(leader.id);
    await cluster.clock.until(again.node.propose(encode('after')));
    await cluster.clock.until(again.node.readBarrier());
    expect(again.machine.entries).toEqual(['before', 'under way', 'meanwhile', 'after']);
  });
});
