import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { bytesCodec, createTransport, defineChannel, type TransportOptions } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { Cluster, freeAddress, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import { announcedMessage, RawPeer, rawHello, rawPing } from './processes/raw-peer.ts';
import { acceptedSockets } from './processes/system-sockets.ts';

const timeout = 40_000;
const mebibyte = 1024 * 1024;
const limitBytes = 10 * mebibyte;

describe.concurrent('the largest message', { timeout }, () => {
  it('of exactly 10 MiB passes; with one byte more it is refused by send, and no byte of it leaves', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    const order = { to: 2, channel: 'work', messages: 1 };
    expect(await one.send({ ...order, messageBytes: [limitBytes] })).toEqual({ queued: 1 });
    const receipt = await two.ask('whenReceived', 1, 'work', 1);
    expect(receipt).toMatchObject({ bytes: limitBytes, corrupt: 0 });

    const before = await one.peerMetrics(2);
    expect(await one.send({ ...order, messageBytes: [limitBytes + 1] })).toEqual({ 'too-large': 1 });
    const after = await one.peerMetrics(2);
    expect(after.channels['work']).toMatchObject({ sentMessages: 1, sentBytes: limitBytes, queuedBytes: 0 });
    expect(after.channels['work']?.sendDrops['too-large']).toBe(1);
    // Nothing but pings, pongs and an acknowledgement can have left in the meantime.
    expect(after.sentBytes - before.sentBytes).toBeLessThan(1000);
    expect(await one.send({ ...order, first: 1, messageBytes: [4] })).toEqual({ queued: 1 });
    expect(await two.ask('whenReceived', 1, 'work', 2)).toMatchObject({ bytes: limitBytes + 4 });
  });

  it('of the side that takes less holds for both, also for what was queued before that was known', async () => {
    await using cluster = new Cluster(2);
    const generous = await cluster.start(1);
    const early = { to: 2, channel: 'work', messages: 3, messageBytes: [mebibyte, mebibyte + 1, mebibyte] };
    expect(await generous.send(early)).toEqual({ queued: 3 });
    const frugal = await cluster.start(2, { maxMessageBytes: mebibyte });
    // The second one is too much for the other side.
    const receipt = await frugal.ask('whenReceived', 1, 'work', 2);
    expect(receipt).toMatchObject({ bytes: 2 * mebibyte, last: 2, missing: 1, misplaced: 0, corrupt: 0 });
    for (const [from, to] of [[generous, 2] as const, [frugal, 1] as const]) {
      const order = { to, channel: 'work', messages: 1 };
      expect(await from.send({ ...order, messageBytes: [mebibyte + 1] })).toEqual({ 'too-large': 1 });
      expect(await from.send({ ...order, first: 3, messageBytes: [mebibyte] })).toEqual({ queued: 1 });
    }
    await frugal.ask('whenReceived', 1, 'work', 3);
    await generous.ask('whenReceived', 2, 'work', 1);
    expect((await generous.peerMetrics(2)).channels['work']?.sendDrops['too-large']).toBe(2);
    expect([...generous.told('down'), ...frugal.told('down')]).toEqual([]);
  });

  for (const [name, announcedBytes, hello] of [
    ['10 MiB and one byte', limitBytes + 1, {}],
    ['4 GiB less one byte', 2 ** 32 - 1, { maxMessageBytes: 2 ** 32 - 1 }],
  ] as const) {
    it(`announced as ${name} by a peer that does not care: closed at the header, before there is memory for it`, async () => {
      await using cluster = new Cluster(2);
      const node = await cluster.start(2);
      using raw = await RawPeer.connect(node.listening);
      raw.send(rawHello({ nodeId: 1, meantNodeId: 2, ...hello }));
      await raw.message('hello');
      raw.send(rawPing());
      await node.up(1);
      const before = await node.ask('memory');
      raw.send(announcedMessage(announcedBytes, 65_536));
      expect(await raw.closed()).toBe('protocol');
      expect((await node.down(1)).reason).toBe('protocol');
      const after = await node.ask('memory');
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(mebibyte);
      expect(after.rss - before.rss).toBeLessThan(limitBytes / 2);
      const line = await node.logged('peer disconnected', { peer: 1, reason: 'protocol' });
      expect(line.fields['detail']).toBe(`a message of ${announcedBytes} bytes; at most ${limitBytes} are allowed`);
    });
  }
});

describe.concurrent('whoever is no peer', { timeout }, () => {
  it('may come and go without a word as often as he likes: nothing is left of it, and peers get in meanwhile', async () => {
    await using cluster = new Cluster(2, { handshakeTimeoutMs: 60_000 });
    const node = await cluster.start(2);
    const visits = 500;
    const visit = async (number: number): Promise<void> => {
      using raw = await RawPeer.connect(node.listening);
      if (number % 3 === 0) raw.socket.resetAndDestroy();
      else if (number % 3 === 1) raw.send(rawHello({ nodeId: 1, meantNodeId: 2 }).subarray(0, number % 40));
    };
    const [peer] = await Promise.all([
      cluster.start(1),
      ...Array.from({ length: visits }, (_, number) => visit(number)),
    ]);
    await Promise.all([peer.up(2), node.up(1)]);
    const metrics = await eventually(
      () => node.metrics(),
      ({ handshakesInProgress }) => handshakesInProgress === 0,
    );
    expect(metrics.acceptedConnections).toBeGreaterThan(visits);
    // Who only looks whether somebody listens is refused nothing.
    expect(metrics.refusedHandshakes).toMatchObject({ malformed: 0, timeout: 0 });
    await eventually(
      () => acceptedSockets(node.pid, node.listening).length,
      (count) => count === 1,
    );
    expect(node.told('down')).toEqual([]);
  });

  it('and stays without a word is ended when the time for handshakes is over, and counted', async () => {
    await using cluster = new Cluster(2, { handshakeTimeoutMs: 300 });
    const node = await cluster.start(2);
    const visitors = await Promise.all(Array.from({ length: 10 }, () => RawPeer.connect(node.listening)));
    visitors[0]?.send(rawHello({ nodeId: 1, meantNodeId: 2 }));
    visitors[1]?.send(rawHello({ nodeId: 1, meantNodeId: 2 }).subarray(0, 20));
    await Promise.all(visitors.map((visitor) => visitor.closed()));
    expect((await node.metrics()).refusedHandshakes.timeout).toBe(10);
    await node.logged('refused a handshake', { reason: 'timeout' });
    expect((await node.metrics()).handshakesInProgress).toBe(0);
  });

  it('and stays in hundreds: the oldest of an address make room for newer ones, and a peer gets in at once', async () => {
    await using cluster = new Cluster(2, { handshakeTimeoutMs: 60_000, maxHandshakesPerAddress: 20 });
    const node = await cluster.start(2);
    const visitors = await Promise.all(Array.from({ length: 200 }, () => RawPeer.connect(node.listening)));
    await Promise.all(visitors.slice(0, 180).map((visitor) => visitor.closed()));
    expect((await node.metrics()).handshakesInProgress).toBe(20);
    expect((await node.metrics()).refusedHandshakes['too-many']).toBe(180);
    const peer = await cluster.start(1);
    await Promise.all([peer.up(2), node.up(1)]);
    for (const visitor of visitors) visitor[Symbol.dispose]();
  });

  it('and is refused, but does not go away: is held for no longer than it takes to tell him', async () => {
    await using cluster = new Cluster(2, { handshakeTimeoutMs: 60_000, maxHandshakesPerAddress: 20 });
    const node = await cluster.start(2);
    const visitors = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const raw = await RawPeer.connect(node.listening);
        // It answers the end with no end of its own.
        raw.socket.allowHalfOpen = true;
        raw.send(Buffer.from('no hello at all'));
        return raw;
      }),
    );
    await eventually(
      () => node.metrics(),
      ({ acceptedConnections }) => acceptedConnections === 200,
    );
    expect(acceptedSockets(node.pid, node.listening).length).toBeLessThanOrEqual(20);
    await eventually(
      () => acceptedSockets(node.pid, node.listening).length,
      (count) => count === 0,
    );
    for (const visitor of visitors) visitor[Symbol.dispose]();
  });
});

describe('plain TCP', { timeout }, () => {
  const options: TransportOptions = {
    clusterId: 'processes',
    nodeId: 1,
    channels: [defineChannel({ name: 'work', codec: bytesCodec })],
  };
  const dependencies = { clock: nodeClock, random: nodeRandom, network: createNodeNetwork() };
  const refused = expect.objectContaining({ code: 'TRANSPORT_PLAINTEXT_REFUSED' });

  for (const host of ['0.0.0.0', '::', '192.168.7.1', 'broker-1.example', '127.example.org', '::ffff:10.0.0.1']) {
    it(`is refused at ${host}, be it to listen, to dial, or to dial later on`, async () => {
      const address = { host, port: 7000 };
      expect(() => createTransport({ ...options, listen: address }, dependencies)).toThrow(refused);
      expect(() => createTransport({ ...options, peers: [{ id: 2, address }] }, dependencies)).toThrow(refused);
      await using transport = createTransport(options, dependencies);
      await transport.start();
      expect(() => transport.setPeers([{ id: 2, address }])).toThrow(refused);
      expect(transport.metrics().peers).toEqual([]);
    });
  }

  for (const host of ['127.0.0.1', '127.8.9.10', '::1', 'localhost', '::ffff:127.0.0.1']) {
    it(`is allowed at ${host}`, () => {
      const address = { host, port: 7000 };
      expect(() =>
        createTransport({ ...options, listen: address, peers: [{ id: 2, address }] }, dependencies),
      ).not.toThrow();
    });
  }

  it('is allowed anywhere when the options say so in so many words', async () => {
    const plaintext = 'anywhere-without-encryption';
    await using cluster = new Cluster(0, { plaintext });
    const addresses = [freeAddress(), freeAddress()];
    const peers = addresses.map((address, index) => ({ id: index + 1, address }));
    const everywhere = { host: '0.0.0.0', port: 7001 };
    const [one, two] = await Promise.all([
      cluster.start(1, { peers: [{ id: 2, address: { host: '127.0.0.1', port: 7001 } }] }),
      cluster.start(2, { peers, listen: everywhere }),
    ]);
    await Promise.all([one.up(2), two.up(1)]);
  });
});
