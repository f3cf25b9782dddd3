import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createRecordingLogger, type RecordingLogger } from '@streambus/runtime/testing';
import { createTransport, defineChannel, jsonCodec, type Transport, type TransportOptions } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import {
  dialRaw,
  firstChunkBytes,
  frameBytes,
  helloBytes,
  pingBytes,
  type RawPeer,
  refusalBytes,
} from './support/raw-peer.ts';

const notes = defineChannel<unknown>({ name: 'notes', codec: jsonCodec() });
const nobody = { host: '127.0.0.1', port: 1 };
const ownId = 50;
const maxMessageBytes = 10 * 1024 * 1024;

interface Victim extends AsyncDisposable {
  readonly transport: Transport;
  readonly logger: RecordingLogger;
  readonly port: number;
}

/** A transport that knows the peers 1 and 2, who do not listen themselves. */
async function startVictim(options: Partial<TransportOptions> = {}): Promise<Victim> {
  const logger = createRecordingLogger();
  const transport = createTransport(
    {
      clusterId: 'test',
      nodeId: ownId,
      listen: { host: '127.0.0.1', port: 0 },
      peers: [1, 2].map((id) => ({ id, address: nobody })),
      channels: [notes],
      ...options,
    },
    { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), logger },
  );
  await transport.start();
  const port = transport.address?.port ?? 0;
  return { transport, logger, port, [Symbol.asyncDispose]: () => transport.stop() };
}

/** Dials as a peer, and has the victim's answer. */
async function dialAs(nodeId: number, port: number, channelNames: readonly string[] = ['notes']): Promise<RawPeer> {
  const peer = await dialRaw(port);
  const answer = peer.untilData();
  peer.send(helloBytes({ nodeId, meantNodeId: ownId, channelNames }));
  await answer;
  return peer;
}

const until = async (what: string, condition: () => boolean): Promise<void> => {
  for (const deadline = performance.now() + 10_000; !condition(); ) {
    if (performance.now() > deadline) throw new Error(`${what} did not come to be`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** Connections of this process, both ends of those that stay in it. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;

/** Hears what nobody handles instead of those who hear it else, which is the runner. */
function hearUnhandled(): Disposable & { readonly errors: readonly unknown[] } {
  const errors: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => errors.push(error));
  return {
    errors,
    [Symbol.dispose]() {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
    },
  };
}

const warnings = ({ logger }: Victim, message: string): number =>
  logger.lines.filter((line) => line.level === 'warn' && line.message === message).length;

describe('what strangers and bad peers can cost', { timeout: 30_000 }, () => {
  it('a thousand strangers who refuse this node fill no log', async () => {
    await using victim = await startVictim();
    for (let round = 0; round < 1000; round += 50) {
      const peers = await Promise.all(Array.from({ length: 50 }, () => dialRaw(victim.port)));
      for (const peer of peers) peer.send(refusalBytes(1, 'no'));
      await Promise.all(peers.map(({ ended }) => ended));
    }
    expect(victim.transport.metrics().acceptedConnections).toBe(1000);
    expect(warnings(victim, 'a peer that dialled refused this node')).toBeLessThan(10);
  });

  it('ten thousand messages that cannot be decoded fill no log, and all are counted', async () => {
    await using victim = await startVictim();
    victim.transport.receive(notes, () => {});
    using peer = await dialAs(1, victim.port);
    peer.send(Buffer.concat(Array.from({ length: 10_000 }, () => frameBytes(1, 0, Buffer.from('{')))));
    const dropped = () => victim.transport.metrics().peers[0]?.channels['notes']?.receiveDrops.undecodable;
    await until('10,000 drops', () => dropped() === 10_000);
    expect(warnings(victim, 'a message cannot be decoded; it is dropped')).toBeLessThan(10);
  });

  it('a thousand refused connections that stay are no thousand descriptors', async () => {
    await using victim = await startVictim();
    const before = openSockets();
    const peers: RawPeer[] = [];
    while (peers.length < 1000) {
      const some = await Promise.all(Array.from({ length: 50 }, () => dialRaw(victim.port)));
      for (const peer of some) peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      await Promise.all(some.map(({ ended }) => ended));
      peers.push(...some);
    }
    expect(victim.transport.metrics().refusedHandshakes.malformed).toBe(1000);
    // The peers' own ends are in this process too.
    expect(openSockets() - before - peers.length).toBeLessThanOrEqual(256);
    for (const peer of peers) peer[Symbol.dispose]();
  });

  it('memory is taken for messages of channels that this node has, and of no others', async () => {
    await using victim = await startVictim();
    const names = Array.from({ length: 64 }, (_, at) => (at === 0 ? 'notes' : `other ${at}`));
    using peer = await dialAs(1, victim.port, names);
    const before = process.memoryUsage().arrayBuffers;
    peer.send(Buffer.concat(names.map((_, channel) => firstChunkBytes(channel, maxMessageBytes, 1))));
    await peer.ended;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * maxMessageBytes);
    const detail = 'channel 1, which this node does not have';
    expect(victim.logger.lines).toContainEqual({
      level: 'warn',
      message: 'peer disconnected',
      fields: expect.objectContaining({ peer: 1, reason: 'protocol', detail }),
    });
  });

  it('what a handler throws at the first message reaches the process', async () => {
    await using victim = await startVictim();
    victim.transport.receive(notes, () => {
      throw new Error('a broken invariant');
    });
    using unhandled = hearUnhandled();
    using peer = await dialAs(1, victim.port);
    peer.send(Buffer.concat([pingBytes(1), frameBytes(1, 0, Buffer.from('{}'))]));
    await until('an error', () => unhandled.errors.length > 0);
    expect(unhandled.errors).toEqual([new Error('a broken invariant')]);
  });

  it('a listener that removes a peer while it is replaced leaves no connection behind', async () => {
    await using victim = await startVictim();
    victim.transport.subscribe({ onPeerDown: () => victim.transport.setPeers([]) });
    using first = await dialAs(1, victim.port);
    first.send(pingBytes(1));
    await until('the first connection', () => victim.transport.connectedPeers().length === 1);
    using second = await dialAs(1, victim.port);
    second.send(pingBytes(1));
    await first.ended;
    await second.ended;
  });
});
