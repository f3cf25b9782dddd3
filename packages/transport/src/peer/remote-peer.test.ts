import { type Deferred, defer, silentLogger } from '@streambus/runtime';
import { createSeededRandom } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { connectPair, RawPeer } from '../../test/support/connection-pair.ts';
import { bytesCodec, defineChannel } from '../channel.ts';
import type { Link } from '../connection/link.ts';
import { OpenLinks } from '../connection/open-links.ts';
import type { DialResult } from '../handshake/dial.ts';
import { resolveOptions } from '../resolve-options.ts';
import type { Hello } from '../wire/hello.ts';
import { RemotePeer } from './remote-peer.ts';

const channel = defineChannel({ name: 'c', codec: bytesCodec, maxQueuedMessages: 2 });

const hello: Hello = {
  minVersion: 1,
  maxVersion: 1,
  clusterId: 'c',
  nodeId: 2,
  meantNodeId: 1,
  incarnation: 1,
  instance: new Uint8Array(8),
  features: 6,
  maxMessageBytes: 1000,
  idleTimeoutMs: 5000,
  channelNames: ['c'],
};

/** A peer whose attempts a test decides. */
async function createWorld() {
  const { clock, network, here, there } = await connectPair();
  const links = new OpenLinks(clock);
  const dials: (Deferred<DialResult> & { readonly signal: AbortSignal; readonly atMs: number })[] = [];
  const told: string[] = [];
  const options = resolveOptions({
    clusterId: 'c',
    nodeId: 1,
    channels: [channel],
    features: 3,
    minBackoffMs: 100,
    maxBackoffMs: 100,
    backoffResetAfterMs: 0,
  });
  const peer = new RemotePeer(2, { host: '127.0.0.1', port: 1 }, options, {
    clock,
    random: createSeededRandom(1),
    logger: silentLogger,
    links,
    handlers: [undefined],
    events: {
      onUp: ({ id, features }) => told.push(`up ${id} ${features}`),
      onDown: (id, reason) => told.push(`down ${id} ${reason}`),
      onGone: (id) => told.push(`gone ${id}`),
      onUnreachable: (id) => told.push(`unreachable ${id}`),
      onRoom: (id, name) => told.push(`room ${id} ${name}`),
      onRefused: () => {},
    },
    dial: (_peer, signal) => {
      const attempt = { ...defer<DialResult>(), signal, atMs: clock.monotonicMs() };
      dials.push(attempt);
      return attempt.promise;
    },
  });
  const link: Link = links.open(here);
  return { clock, network, links, peer, dials, told, link, raw: new RawPeer(there) };
}

const refused: DialResult = { type: 'failed', failure: 'refused', detail: 'nobody listens there' };

describe('an attempt', () => {
  it('is made at once, and again after the backoff', async () => {
    const { clock, dials, peer } = await createWorld();
    peer.start();
    expect(dials).toHaveLength(1);
    dials[0]?.resolve(refused);
    await clock.advance(100);
    expect(dials).toHaveLength(2);
    const stopped = peer.stop('local-stop');
    dials[1]?.resolve(refused);
    await clock.until(stopped);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up for a connection that was accepted, and made again when that is lost before it has ended', async () => {
    const { clock, dials, link, network, peer, raw, told } = await createWorld();
    peer.start();
    peer.accepted(link, hello);
    expect(dials[0]?.signal.aborted).toBe(true);
    raw.destroy();
    await clock.advance(50);
    expect(told).toEqual(['up 2 2', 'down 2 reset']);
    expect(dials).toHaveLength(1);
    dials[0]?.resolve({ type: 'failed', failure: 'lost', detail: 'given up' });
    await clock.advance(200);
    expect(dials).toHaveLength(2);
    const stopped = peer.stop('local-stop');
    dials[1]?.resolve(refused);
    await clock.until(stopped);
    expect([clock.pendingTimers, network.openEnds]).toEqual([0, 0]);
  });

  it('that meets a listener which is about to close is made again at once, and then tells that the process is gone', async () => {
    const { clock, dials, link, peer, raw, told } = await createWorld();
    peer.start();
    peer.accepted(link, hello);
    dials[0]?.resolve({ type: 'failed', failure: 'lost', detail: 'given up' });
    await clock.settle();
    raw.destroy();
    await clock.advance(50);
    const lost: DialResult = { type: 'failed', failure: 'lost', detail: 'it ended' };
    dials[1]?.resolve(lost);
    await clock.advance(0);
    expect(dials).toHaveLength(3);
    dials[2]?.resolve(refused);
    await clock.advance(0);
    expect(told).toEqual(['up 2 2', 'down 2 reset', 'gone 2']);
  });

  it('that succeeds too late leaves nothing', async () => {
    const { clock, dials, link, network, peer } = await createWorld();
    peer.start();
    const stopped = peer.stop('local-stop');
    dials[0]?.resolve({ type: 'connected', link, hello });
    await clock.until(stopped);
    await clock.settle();
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('a knock while one is under way is followed by another at once', async () => {
    const { clock, dials, peer } = await createWorld();
    peer.start();
    peer.knocked(hello);
    peer.knocked(hello);
    expect(dials).toHaveLength(1);
    dials[0]?.resolve(refused);
    await clock.advance(0);
    expect(dials).toHaveLength(2);
  });
});

describe('a connection that is gone when it is begun', () => {
  it('is told up and down, and room only when there is one again', async () => {
    const { clock, dials, link, peer, raw, told } = await createWorld();
    peer.start();
    for (let count = 0; count < 3; count++) peer.send(0, channel, new Uint8Array(10));
    await clock.settle();
    expect(told.splice(0)).toEqual(['unreachable 2']);
    raw.destroy();
    await clock.settle();
    peer.outbox.dropAll();
    dials[0]?.resolve({ type: 'connected', link, hello });
    await clock.settle();
    expect(told).toEqual(['up 2 2', 'down 2 reset']);
  });
});

it('what waits and is too large for the peer is dropped when it connects, and whoever waits for room hears of it', async () => {
  const { clock, dials, link, peer, told } = await createWorld();
  peer.start();
  const results = [2000, 2000, 2000].map((length) => peer.send(0, channel, new Uint8Array(length)));
  expect(results).toEqual(['queued', 'queued', 'queue-full']);
  dials[0]?.resolve({ type: 'connected', link, hello });
  await clock.settle();
  expect(told).toEqual(['unreachable 2', 'up 2 2', 'room 2 c']);
  expect(peer.outbox.senders[0]?.drops).toMatchObject({ 'queue-full': 1, 'too-large': 2 });
});
