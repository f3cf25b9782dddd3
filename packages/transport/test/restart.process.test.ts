import { describe, expect, it } from 'vitest';
import { Cluster, freeAddress, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import { NetworkNamespace, noNamespaces } from './processes/network-namespace.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import { connectionsAmong, establishedSockets } from './processes/system-sockets.ts';

const timeout = 40_000;
/** So long that nothing in here is found by silence, and that nobody sends a ping to a connection that is no more. */
const neverIdle = { pingIntervalMs: 100_000, idleTimeoutMs: 300_000 };
const port = 7000;

/** The first connection of `survivor` with the peer is replaced at once by one with the later incarnation. */
async function expectReplaced(survivor: TransportProcess, peer: number, mark: number): Promise<void> {
  const down = await survivor.down(peer, mark);
  expect(down.reason).toBe('replaced');
  const up = await survivor.up(peer, mark);
  expect(up.peer.incarnation).toBe(2);
  expect(survivor.told('down')).toHaveLength(1);
  expect(survivor.told('gone')).toEqual([]);
}

/** What is still on its way would be sent again, and answered with a reset by whoever has the address then. */
async function untilQuiet(survivor: TransportProcess, peer: number): Promise<void> {
  await eventually(
    () => survivor.peerMetrics(peer),
    ({ lastRoundTripMs }) => lastRoundTripMs !== undefined,
  );
  await eventually(
    () => establishedSockets(survivor.pid),
    (sockets) => sockets.every(({ unacknowledgedBytes }) => unacknowledgedBytes === 0),
  );
}

async function expectWorking(one: TransportProcess, other: TransportProcess): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const { messages } = await to.ask('received', from.id, 'work');
    await from.send({ to: to.id, channel: 'work', first: 1000 + messages, messages: 10, messageBytes: [50] });
    await to.ask('whenReceived', from.id, 'work', messages + 10);
  }
}

describe.concurrent('a peer that was started again under a later incarnation', { timeout }, () => {
  it('the dialler, while its frozen predecessor still holds the connection: replaces it at once, and keeps it', async () => {
    await using cluster = new Cluster(2, neverIdle);
    const [old, survivor] = await startPair(cluster, { 1: { incarnation: 1 } });
    old.freeze();
    const mark = survivor.mark;
    const restarted = await cluster.start(1, { incarnation: 2, listen: freeAddress() });
    await expectReplaced(survivor, 1, mark);
    await restarted.up(2);
    await expectWorking(survivor, restarted);

    // The predecessor finds its place taken, and does not get it back.
    old.thaw();
    expect((await old.down(2)).reason).toBe('replaced');
    await old.logged('a peer cannot be reached', { peer: 2, failure: 'duplicate-node' });
    await survivor.logged('refused a handshake', { peer: 1, reason: 'duplicate-node' });
    await expectWorking(survivor, restarted);
    expect(survivor.told('down')).toHaveLength(1);
    expect(connectionsAmong([survivor.pid, restarted.pid])).toBe(1);
  });

  it('the acceptor, at another address: knocks, the stale connection is replaced at once, and it is dialled there', async () => {
    await using cluster = new Cluster(2, neverIdle);
    const [survivor, old] = await startPair(cluster, { 2: { incarnation: 1 } });
    old.freeze();
    const mark = survivor.mark;
    const listen = freeAddress();
    await survivor.ask('setPeers', [{ id: 2, address: listen }]);
    const restarted = await cluster.start(2, { incarnation: 2, listen });
    await expectReplaced(survivor, 2, mark);
    await restarted.up(1);
    await expectWorking(survivor, restarted);

    old.thaw();
    expect((await old.down(1)).reason).toBe('replaced');
    await old.logged('a peer cannot be reached', { peer: 1, failure: 'duplicate-node' });
    await survivor.logged('refused a handshake', { peer: 2, reason: 'duplicate-node' });
    await expectWorking(survivor, restarted);
    expect(survivor.told('down')).toHaveLength(1);
  });

  for (const [role, survivorId, victimId] of [
    ['acceptor', 1, 2],
    ['dialler', 2, 1],
  ] as const) {
    const unless = noNamespaces === undefined ? '' : ` (left out: ${noNamespaces})`;
    it.skipIf(noNamespaces !== undefined)(
      `the ${role}, at the same address, after its machine lost its power: replaces the half-open connection at once${unless}`,
      async () => {
        using namespace = new NetworkNamespace();
        await using cluster = new Cluster(0, { ...neverIdle, plaintext: 'anywhere-without-encryption' });
        const peers = [
          { id: survivorId, address: { host: namespace.hostAddress, port } },
          { id: victimId, address: { host: namespace.innerAddress, port } },
        ];
        const victimOptions = { peers, listen: { host: namespace.innerAddress, port } };
        const [survivor, victim] = await Promise.all([
          cluster.start(survivorId, { peers, listen: { host: namespace.hostAddress, port } }),
          cluster.start(victimId, { ...victimOptions, incarnation: 1 }, namespace.name),
        ]);
        await Promise.all([survivor.up(victimId), victim.up(survivorId)]);
        await untilQuiet(survivor, victimId);

        namespace.setLink('down');
        await victim.kill();
        namespace.recreate();
        const mark = survivor.mark;
        const restarted = await cluster.start(victimId, { ...victimOptions, incarnation: 2 }, namespace.name);
        await expectReplaced(survivor, victimId, mark);
        await restarted.up(survivorId);
        await expectWorking(survivor, restarted);
      },
    );
  }
});

describe.concurrent('another living process with the id of a connected peer', { timeout }, () => {
  for (const [which, incarnation] of [
    ['the same', 7],
    ['an earlier', 6],
  ] as const) {
    for (const [role, liveId, otherId] of [
      ['dialler', 1, 2],
      ['acceptor', 2, 1],
    ] as const) {
      it(`the ${role}'s, of ${which} incarnation: refused as duplicate-node; the first one stays connected`, async () => {
        await using cluster = new Cluster(2);
        const pair = await startPair(cluster, { [liveId]: { incarnation: 7 } });
        const live = pair[liveId - 1] as TransportProcess;
        const other = pair[otherId - 1] as TransportProcess;
        const duplicate = await cluster.start(liveId, { incarnation, listen: freeAddress() });
        await duplicate.logged('a peer cannot be reached', { peer: otherId, failure: 'duplicate-node' });
        await other.logged('refused a handshake', { peer: liveId, reason: 'duplicate-node' });
        // Not only the first time.
        await duplicate.logged('a peer still cannot be reached', { peer: otherId, failure: 'duplicate-node' });
        expect((await duplicate.peerMetrics(otherId)).connectFailures['duplicate-node']).toBeGreaterThanOrEqual(2);
        expect((await other.metrics()).refusedHandshakes['duplicate-node']).toBeGreaterThanOrEqual(2);

        await expectWorking(live, other);
        expect([...live.told('down'), ...other.told('down'), ...duplicate.told('up')]).toEqual([]);
        expect((await other.peerMetrics(liveId)).connects).toBe(1);
      });
    }
  }
});
