import { describe, expect, it } from 'vitest';
import { Cluster, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import { connectionsAmong, establishedSockets } from './processes/system-sockets.ts';

const timeout = 40_000;
/** What is asked of whoever has 10 minutes to wait, or 5 after the cut at random. */
const longBackoff = { minBackoffMs: 600_000, maxBackoffMs: 600_000 };
/** As if every connection had lived long enough to begin anew with the shortest backoff. */
const alwaysHeld = { backoffResetAfterMs: 0 };

/** Numbers a message further than all before it, and sees it arrive. */
async function exchange(one: TransportProcess, other: TransportProcess, first: number): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const { messages } = await to.ask('received', from.id, 'work');
    const sent = await from.send({ to: to.id, channel: 'work', first, messages: 100, messageBytes: [100] });
    expect(sent).toEqual({ queued: 100 });
    const receipt = await to.ask('whenReceived', from.id, 'work', messages + 100);
    expect(receipt).toMatchObject({ misplaced: 0, corrupt: 0 });
  }
}

describe.concurrent('a process that is killed (kill -9) and started again on its port', { timeout }, () => {
  for (const [role, survivorId, victimId] of [
    ['acceptor', 1, 2],
    ['dialler', 2, 1],
  ] as const) {
    it(`the ${role}: the other sees it down, then gone, then up with a later incarnation, once each`, async () => {
      await using cluster = new Cluster(2, alwaysHeld);
      const pair = await startPair(cluster);
      const survivor = pair[survivorId - 1] as TransportProcess;
      const victim = pair[victimId - 1] as TransportProcess;
      await exchange(survivor, victim, 0);
      const first = await survivor.up(victimId);

      const mark = survivor.mark;
      const killedMs = await victim.kill();
      const down = await survivor.down(victimId, mark);
      expect(['ended', 'reset']).toContain(down.reason);
      const gone = await survivor.gone(victimId, mark);
      expect(gone.atMs).toBeGreaterThanOrEqual(down.atMs);
      // No waiting for the idle time-out of 5,000 ms, nor for the backoff: the system of the killed one answers at once.
      expect(gone.atMs - killedMs).toBeLessThan(3000);

      const restarted = await cluster.start(victimId);
      const again = await survivor.up(victimId, mark);
      expect(again.peer.incarnation).toBeGreaterThan(first.peer.incarnation);
      await restarted.up(survivorId);
      await exchange(survivor, restarted, 1000);
      expect(survivor.events.slice(mark).filter(({ type }) => ['up', 'down', 'gone'].includes(type))).toHaveLength(3);
      const metrics = await survivor.peerMetrics(victimId);
      expect(metrics).toMatchObject({ connects: 2, breaker: 'closed' });
      expect(metrics.connectFailures.refused).toBeGreaterThanOrEqual(1);
      expect(metrics.disconnects[down.reason]).toBe(1);
    });
  }

  it('what is sent in the meantime on a channel that keeps it arrives after the restart, in order', async () => {
    await using cluster = new Cluster(2, { ...alwaysHeld, breakerOpensAfterMs: 600_000 });
    const [survivor, victim] = await startPair(cluster);
    await victim.kill();
    await survivor.gone(2);
    const order = { to: 2, channel: 'work', messages: 200, messageBytes: [100] };
    expect(await survivor.send(order)).toEqual({ queued: 200 });
    const restarted = await cluster.start(2);
    const receipt = await restarted.ask('whenReceived', 1, 'work', 200);
    expect(receipt).toMatchObject({ messages: 200, last: 199, misplaced: 0, missing: 0, corrupt: 0 });
  });

  it('what is sent after the breaker has opened is dropped at once, and told; after the restart it flows again', async () => {
    await using cluster = new Cluster(2, { ...alwaysHeld, breakerOpensAfterMs: 50 });
    const [survivor, victim] = await startPair(cluster);
    const before = survivor.mark;
    await victim.kill();
    await survivor.logged('a peer is away for too long: nothing is kept for it until it is back', { peer: 2 }, before);
    expect((await survivor.peerMetrics(2)).breaker).not.toBe('closed');
    const order = { to: 2, channel: 'work', messages: 300, messageBytes: [100] };
    expect(await survivor.send(order)).toEqual({ 'peer-down': 300 });
    expect((await survivor.event('unreachable')).id).toBe(2);
    const mark = survivor.mark;
    const restarted = await cluster.start(2);
    await survivor.up(2, mark);
    await exchange(survivor, restarted, 1000);
    const { breaker, channels } = await survivor.peerMetrics(2);
    expect(breaker).toBe('closed');
    expect(channels['work']?.sendDrops['peer-down']).toBe(300);
    expect(survivor.told('unreachable')).toHaveLength(1);
  });

  it('one that stops in order says so, and is gone as well', async () => {
    await using cluster = new Cluster(2, alwaysHeld);
    const [one, two] = await startPair(cluster);
    await two.ask('stop');
    expect((await one.down(2)).reason).toBe('stopped');
    await one.gone(2);
    expect((await two.down(1)).reason).toBe('local-stop');
    expect(two.told('gone')).toEqual([]);
  });
});

describe.concurrent('a higher id that starts while the lower one waits to dial again', { timeout }, () => {
  it('knocks, and is dialled at once', async () => {
    await using cluster = new Cluster(2);
    const dialler = await cluster.start(1, longBackoff);
    await dialler.logged('a peer cannot be reached', { peer: 2, failure: 'refused' });
    const acceptor = await cluster.start(2);
    await Promise.all([dialler.up(2), acceptor.up(1)]);
    const { connectFailures, connects } = await dialler.peerMetrics(2);
    expect({ connects, refused: connectFailures.refused }).toEqual({ connects: 1, refused: 1 });
    expect((await dialler.metrics()).refusedHandshakes['other-direction']).toBeGreaterThanOrEqual(1);
    // It is no fault, so nobody warns of it.
    for (const line of [...acceptor.told('log'), ...dialler.told('log')]) {
      expect(line.fields['failure'] ?? line.fields['reason']).not.toBe('other-direction');
    }
  });

  it('knocks also after kill -9 and a restart', async () => {
    await using cluster = new Cluster(2);
    const [dialler, acceptor] = await startPair(cluster, { 1: { ...longBackoff, ...alwaysHeld } });
    const before = dialler.mark;
    await acceptor.kill();
    await dialler.logged('a peer cannot be reached', { peer: 2 }, before);
    const mark = dialler.mark;
    const restarted = await cluster.start(2);
    await Promise.all([dialler.up(2, mark), restarted.up(1)]);
    await exchange(dialler, restarted, 0);
  });
});

/** Sends to a peer until told to end, or killed. Numbers go on from one life of a node to the next. */
async function talk(from: TransportProcess, to: number, life: number, goesOn: () => boolean): Promise<void> {
  for (let first = life * 1_000_000; goesOn(); first += 500) {
    await from.send({ to, channel: 'work', first, messages: 500, messageBytes: [200, 3000] });
  }
}

describe.concurrent('three nodes in the middle of traffic, of which one after the other is killed and started again', () => {
  it(
    'end with three connections; and nothing came twice, out of order, or other than it was sent',
    async () => {
      await using cluster = new Cluster(3, { minBackoffMs: 20, maxBackoffMs: 200 });
      const nodes = [...(await cluster.startAll())];
      const pids = () => nodes.map(({ pid }) => pid);
      const others = (id: number) => [1, 2, 3].filter((other) => other !== id);
      const talks: Promise<void>[] = [];
      let goesOn = true;
      const startTalking = (node: TransportProcess, life: number): void => {
        // Whoever is killed cannot end its sentence.
        for (const to of others(node.id)) talks.push(talk(node, to, life, () => goesOn).catch(() => {}));
      };
      for (const node of nodes) startTalking(node, 0);
      for (const [round, victim] of [3, 1, 2, 1].entries()) {
        const survivors = nodes.filter(({ id }) => id !== victim);
        const marks = survivors.map(({ mark }) => mark);
        await nodes[victim - 1]?.kill();
        const restarted = await cluster.start(victim);
        nodes[victim - 1] = restarted;
        startTalking(restarted, round + 1);
        await Promise.all(survivors.map((survivor, number) => survivor.up(victim, marks[number])));
      }
      await eventually(
        () => pids().map((pid) => establishedSockets(pid).length),
        (counts) => counts.every((count) => count === 2),
      );
      expect(connectionsAmong(pids())).toBe(3);
      goesOn = false;
      await Promise.all(talks);
      for (const node of nodes) {
        for (const from of others(node.id)) {
          const receipt = await node.ask('whenReceived', from, 'work', 1);
          expect(receipt).toMatchObject({ misplaced: 0, corrupt: 0 });
        }
      }
    },
    timeout,
  );
});
