import { once } from 'node:events';
import * as net from 'node:net';
import { describe, expect, it } from 'vitest';
import { Cluster, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import { DeafListener } from './processes/deaf-listener.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import { RawAcceptor, RawPeer, rawHello } from './processes/raw-peer.ts';
import { diallingSockets } from './processes/system-sockets.ts';

const timeout = 40_000;
/** What the goodbye may take, and then what a busy machine may add. */
const goodbyeMs = 1000;
const busyMs = 2000;

/** After a stop nothing of the transport is left, and the process ends when nobody else keeps it. */
async function expectCleanStop(node: TransportProcess, maxMs = busyMs): Promise<void> {
  const { durationMs, left } = await node.ask('stop');
  expect(left).toEqual([]);
  expect(durationMs).toBeLessThan(maxMs);
  expect(await node.letGo()).toEqual({ code: 0, left: [] });
}

describe.concurrent('after stop nothing is left in the process, and it ends by itself', { timeout }, () => {
  it('when both were connected and idle; the other side is told', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    await expectCleanStop(one);
    expect((await two.down(1)).reason).toBe('stopped');
    await expectCleanStop(two);
  });

  it('when three stop at the same time', async () => {
    await using cluster = new Cluster(3);
    await Promise.all((await cluster.startAll()).map((node) => expectCleanStop(node)));
  });

  it('when it waits to dial again', async () => {
    await using cluster = new Cluster(2, { minBackoffMs: 30_000, maxBackoffMs: 30_000 });
    const node = await cluster.start(1);
    await node.logged('a peer cannot be reached', { failure: 'refused' });
    await expectCleanStop(node);
  });

  it('when the breaker is open and attempts go on', async () => {
    await using cluster = new Cluster(2, { minBackoffMs: 1, maxBackoffMs: 1, breakerOpensAfterMs: 0 });
    const node = await cluster.start(1);
    await node.logged('a peer is away for too long: nothing is kept for it until it is back', {});
    await expectCleanStop(node);
  });

  it('when it is about to connect: the system has not answered yet', async () => {
    await using cluster = new Cluster(2, { connectTimeoutMs: 60_000 });
    await using deaf = await DeafListener.start(cluster.address(2));
    const node = await cluster.start(1);
    await eventually(
      () => diallingSockets(node.pid),
      (sockets) => sockets.some(({ remote }) => remote === deaf.address),
    );
    await expectCleanStop(node);
  });

  it('when it has dialled, and waits for the answer to its hello', async () => {
    await using cluster = new Cluster(2, { handshakeTimeoutMs: 60_000 });
    await using acceptor = await RawAcceptor.listen(cluster.address(2));
    const node = await cluster.start(1);
    await eventually(
      () => acceptor.peers[0]?.messages.length,
      (messages) => messages === 1,
    );
    await expectCleanStop(node);
    await acceptor.peers[0]?.closed();
  });

  for (const [stage, sent] of [
    ['nothing', 0],
    ['half a hello', 30],
    ['a hello, but no frame', 1000],
  ] as const) {
    it(`when somebody has dialled it who has said ${stage} yet`, async () => {
      await using cluster = new Cluster(2, { handshakeTimeoutMs: 60_000 });
      const node = await cluster.start(2);
      using raw = await RawPeer.connect(node.listening);
      raw.send(rawHello({ nodeId: 1, meantNodeId: 2 }).subarray(0, sent));
      if (stage === 'a hello, but no frame') await raw.message('hello');
      await eventually(
        () => node.metrics(),
        ({ handshakesInProgress }) => handshakesInProgress === 1,
      );
      await expectCleanStop(node);
      await raw.closed();
      await node.logged('refused a handshake', { reason: 'stopping' });
    });
  }

  it('when somebody was refused, and has not gone away', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    const socket = net.connect({ ...cluster.address(2), allowHalfOpen: true });
    await once(socket, 'connect');
    socket.write('no hello at all');
    await node.logged('refused a handshake', { reason: 'malformed' });
    await expectCleanStop(node, goodbyeMs + busyMs);
    socket.destroy();
  });

  it('when the peer is frozen, and the queues and the socket are full: the goodbye waits for a second', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    two.freeze();
    const order = { to: 2, channel: 'work', messages: 100_000, messageBytes: [60_000] };
    expect(await one.send({ ...order, whenFull: 'end' })).toMatchObject({ 'queue-full': 1 });
    await expectCleanStop(one, goodbyeMs + busyMs);
    two.thaw();
    expect(['stopped', 'ended', 'reset']).toContain((await two.down(1)).reason);
    await expectCleanStop(two);
  });

  it('in the middle of traffic both ways', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    const order = { channel: 'work', messages: 100_000, messageBytes: [5000, 150_000] };
    // Neither ends: what waits for room waits for ever.
    void one.send({ ...order, to: 2 }).catch(() => {});
    void two.send({ ...order, to: 1 }).catch(() => {});
    await Promise.all([one.ask('whenReceived', 2, 'work', 200), two.ask('whenReceived', 1, 'work', 200)]);
    await expectCleanStop(one, goodbyeMs + busyMs);
    expect(['stopped', 'ended', 'reset']).toContain((await two.down(1)).reason);
    await expectCleanStop(two, goodbyeMs + busyMs);
  });

  it('when peers were removed the moment before', async () => {
    await using cluster = new Cluster(3);
    const [one, two] = await cluster.startAll();
    if (one === undefined || two === undefined) throw new Error('there are no nodes');
    await one.ask('setPeers', []);
    await expectCleanStop(one);
    expect((await two.down(1)).reason).toBe('removed');
  });

  it('when stop is called before start has ended, and twice', async () => {
    await using cluster = new Cluster(2);
    const node = cluster.spawn(2);
    expect(await node.ask('startAndStop', cluster.optionsOf(2))).toEqual({ left: [] });
    expect(await node.letGo()).toEqual({ code: 0, left: [] });
  });

  it('when its port was taken, so that it never started', async () => {
    await using cluster = new Cluster(2);
    const address = cluster.address(2);
    await using _other = await RawAcceptor.listen(address);
    const node = cluster.spawn(2);
    await expect(node.ask('start', cluster.optionsOf(2))).rejects.toThrow('EADDRINUSE');
    await expectCleanStop(node);
  });
});
