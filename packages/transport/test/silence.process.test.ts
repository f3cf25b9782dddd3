import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Cluster, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import { NetworkNamespace, noNamespaces } from './processes/network-namespace.ts';
import { machineMs, type TransportProcess } from './processes/process-handle.ts';
import { connectionsAmong, establishedSockets } from './processes/system-sockets.ts';

const timeout = 40_000;
const pingIntervalMs = 300;
const idleTimeoutMs = 1200;
const watchful = { pingIntervalMs, idleTimeoutMs, connectTimeoutMs: 500, handshakeTimeoutMs: 500 };
/** What a busy machine may add to any moment: it gives a process its turn when it can. */
const busyMs = 1500;
const port = 7000;

/** The peer, which says nothing since then, is found silent in time, and not taken for gone. */
async function expectFoundSilent(watcher: TransportProcess, peer: number, sinceMs: number): Promise<void> {
  const down = await watcher.down(peer);
  expect(down.reason).toBe('silent');
  expect(down.atMs - sinceMs).toBeLessThan(idleTimeoutMs + pingIntervalMs + busyMs);
  expect(watcher.told('gone')).toEqual([]);
}

async function expectRebuilt(pair: readonly TransportProcess[], marks: readonly number[]): Promise<void> {
  const [one, other] = pair as readonly [TransportProcess, TransportProcess];
  await Promise.all([one.up(other.id, marks[0]), other.up(one.id, marks[1])]);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.send({ to: to.id, channel: 'work', messages: 100, messageBytes: [100] });
    await to.ask('whenReceived', from.id, 'work', 100);
  }
  // Frozen, cut off, whatever: its process lives, and it came back. What was dialled meanwhile to no purpose is over.
  for (const node of pair) expect(node.told('gone')).toEqual([]);
  for (const node of pair) expect(node.told('down')).toHaveLength(1);
  await eventually(
    () => pair.map(({ pid }) => establishedSockets(pid).length),
    (counts) => counts.every((count) => count === 1),
  );
  expect(connectionsAmong(pair.map(({ pid }) => pid))).toBe(1);
}

describe.concurrent('a connection on which nothing is sent', { timeout }, () => {
  it('is read for longer than twice the idle time-out, and lives: there is nothing on it but pings', async () => {
    await using cluster = new Cluster(2);
    // The second one by itself would ping every 20 s only: what the first one waits for counts.
    const [one, two] = await startPair(cluster, {
      1: { pingIntervalMs: 300, idleTimeoutMs: 900 },
      2: { pingIntervalMs: 20_000, idleTimeoutMs: 60_000 },
    });
    const sockets = establishedSockets(one.pid).map(({ inode }) => inode);
    // The one thing that only time shows.
    await elapse(2.5 * 900);
    expect([...one.told('down'), ...two.told('down')]).toEqual([]);
    expect(establishedSockets(one.pid).map(({ inode }) => inode)).toEqual(sockets);
    for (const [node, peer] of [
      [one, 2],
      [two, 1],
    ] as const) {
      const { roundTripMs, channels, connects } = await node.peerMetrics(peer);
      expect(connects).toBe(1);
      expect(roundTripMs.count).toBeGreaterThanOrEqual(3);
      expect(channels['work']).toMatchObject({ sentMessages: 0, receivedMessages: 0 });
    }
  });
});

describe.concurrent('a peer that is frozen (SIGSTOP) while the system keeps its connection open', { timeout }, () => {
  for (const [role, watcherId, frozenId] of [
    ['acceptor', 1, 2],
    ['dialler', 2, 1],
  ] as const) {
    it(`the ${role}: is silent within the idle time-out, is not gone, and is connected again when it goes on`, async () => {
      await using cluster = new Cluster(2, watchful);
      const pair = await startPair(cluster);
      const watcher = pair[watcherId - 1] as TransportProcess;
      const frozen = pair[frozenId - 1] as TransportProcess;
      const frozenMs = frozen.freeze();
      await expectFoundSilent(watcher, frozenId, frozenMs);
      // Its system takes connections that nobody answers.
      await watcher.logged('a peer cannot be reached', { peer: frozenId, failure: 'timeout' });
      const marks = pair.map(({ mark }) => mark);
      frozen.thaw();
      await expectRebuilt(pair, marks);
      expect((await watcher.peerMetrics(frozenId)).disconnects.silent).toBe(1);
    });
  }

  it('stands in nobody’s way: the others go on talking, and lose nothing', async () => {
    await using cluster = new Cluster(3, watchful);
    const [one, two, three] = (await cluster.startAll()) as [TransportProcess, TransportProcess, TransportProcess];
    three.freeze();
    await one.send({ to: 3, channel: 'work', messages: 1000, messageBytes: [100_000], whenFull: 'end' });
    await one.send({ to: 2, channel: 'work', messages: 5000, messageBytes: [1000] });
    const receipt = await two.ask('whenReceived', 1, 'work', 5000);
    expect(receipt).toMatchObject({ misplaced: 0, missing: 0, corrupt: 0 });
    await Promise.all([one.down(3), two.down(3)]);
    expect([...one.told('down'), ...two.told('down')].map(({ id }) => id)).toEqual([3, 3]);
    // Silence and a refusal prove nothing together: what does not answer there may be another one than what fell silent.
    await three.kill();
    await one.logged('a peer cannot be reached', { peer: 3, failure: 'refused' });
    expect(one.told('gone')).toEqual([]);
  });
});

const unless = noNamespaces === undefined ? '' : ` (left out: ${noNamespaces})`;
describe.concurrent(`a peer whose link goes down${unless}`, { timeout }, () => {
  for (const [role, watcherId, cutOffId] of [
    ['acceptor', 1, 2],
    ['dialler', 2, 1],
  ] as const) {
    it.skipIf(noNamespaces !== undefined)(
      `the ${role}: both find it silent within the idle time-out, and are connected again when it is up`,
      async () => {
        using namespace = new NetworkNamespace();
        await using cluster = new Cluster(0, { ...watchful, plaintext: 'anywhere-without-encryption' });
        const addresses = {
          [watcherId]: { host: namespace.hostAddress, port },
          [cutOffId]: { host: namespace.innerAddress, port },
        };
        const peers = Object.entries(addresses).map(([id, address]) => ({ id: Number(id), address }));
        const pair = await Promise.all([
          cluster.start(watcherId, { peers, listen: { host: namespace.hostAddress, port } }),
          cluster.start(cutOffId, { peers, listen: { host: namespace.innerAddress, port } }, namespace.name),
        ]);
        const [watcher, cutOff] = pair;
        await Promise.all([watcher.up(cutOffId), cutOff.up(watcherId)]);
        namespace.setLink('down');
        const downMs = machineMs();
        await Promise.all([expectFoundSilent(watcher, cutOffId, downMs), expectFoundSilent(cutOff, watcherId, downMs)]);
        await watcher.logged('a peer cannot be reached', { peer: cutOffId, failure: 'unreachable' });
        const marks = pair.map(({ mark }) => mark);
        namespace.setLink('up');
        await expectRebuilt(pair, marks);
      },
    );
  }
});

describe.concurrent('a process whose own event loop stalls for longer than the idle time-out', { timeout }, () => {
  /** One that watches closely, and peers that would wait for minutes for it. */
  async function startPatient(cluster: Cluster): Promise<readonly [TransportProcess, ...TransportProcess[]]> {
    const stalling = await cluster.start(1, { pingIntervalMs: 100, idleTimeoutMs: 600 });
    const others = await Promise.all([2, 3].map((id) => cluster.start(id, { idleTimeoutMs: 120_000 })));
    await Promise.all([stalling.up(2), stalling.up(3), ...others.map((other) => other.up(1))]);
    return [stalling, ...others];
  }

  /** A round trip that began after the stall has been measured, so whoever was to be judged has been. */
  async function expectNobodyDown([stalling, ...others]: readonly TransportProcess[], before: number): Promise<void> {
    if (stalling === undefined) throw new Error('there is nobody');
    await eventually(
      () => stalling.peerMetrics(2),
      ({ roundTripMs }) => roundTripMs.count >= before + 3,
    );
    expect([...stalling.told('down'), ...others.flatMap((other) => other.told('down', 0))]).toEqual([]);
  }

  it('takes none of its peers for dead when it comes back', async () => {
    await using cluster = new Cluster(3);
    const nodes = await startPatient(cluster);
    const { roundTripMs } = await nodes[0].peerMetrics(2);
    for (let stall = 0; stall < 2; stall++) await nodes[0].ask('stall', 1000);
    await expectNobodyDown(nodes, roundTripMs.count);
  });

  it('nor when many timers of other work have fallen due in the meantime', async () => {
    await using cluster = new Cluster(3);
    const nodes = await startPatient(cluster);
    const { roundTripMs } = await nodes[0].peerMetrics(2);
    await nodes[0].ask('stallAmongTimers', 1000, 3, 10);
    await expectNobodyDown(nodes, roundTripMs.count);
  });
});
