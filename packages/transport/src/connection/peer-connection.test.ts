import { describe, expect, it } from 'vitest';
import { connectPair, countWrites, RawPeer } from '../../test/support/connection-pair.ts';
import {
  bytesFrom,
  counterFrame,
  type FrameEvent,
  firstChunk,
  frame,
  goodbye,
  messageFrame,
} from '../../test/support/frame-bytes.ts';
import { bytesCodec, type ChannelPriority, defineChannel } from '../channel.ts';
import { peerDownReasons } from '../reasons.ts';
import { Outbox } from '../send/outbox.ts';
import type { MessageHandler } from '../transport.ts';
import type { Hello } from '../wire/hello.ts';
import { OpenLinks } from './open-links.ts';
import { PeerConnection } from './peer-connection.ts';
import { PeerTraffic } from './peer-traffic.ts';
import { ChannelReceiver } from './receivers.ts';

const priorities: readonly ChannelPriority[] = ['urgent', 'normal', 'bulk'];
const channels = priorities.map((name) =>
  defineChannel({ name, priority: name, codec: bytesCodec, maxQueuedMessages: 10_000, maxQueuedBytes: 2 ** 30 }),
);

const peerHello: Hello = {
  minVersion: 1,
  maxVersion: 1,
  clusterId: 'c',
  nodeId: 2,
  meantNodeId: 1,
  incarnation: 1,
  instance: new Uint8Array(8),
  features: 0,
  maxMessageBytes: 2 ** 20,
  idleTimeoutMs: 5000,
  channelNames: ['bulk', 'normal', 'urgent'],
};

interface WorldOptions {
  readonly hello?: Partial<Hello>;
  readonly handler?: MessageHandler<unknown>;
  readonly network?: { highWaterMarkBytes?: number; transitBytes?: number };
}

/** A connection with a peer that a test plays. */
async function createWorld({ hello, handler, network: limits }: WorldOptions = {}) {
  const { clock, network, here, there } = await connectPair(limits);
  const { connection: counted, writes } = countWrites(here);
  const links = new OpenLinks(clock);
  const outbox = new Outbox(channels, 2 ** 20);
  const traffic = new PeerTraffic();
  const received: { channel: string; bytes: number }[] = [];
  const receivers = channels.map((channel, number) => {
    const note: MessageHandler<unknown> = (_from, message) => {
      received.push({ channel: channel.name, bytes: (message as Uint8Array).length });
    };
    return new ChannelReceiver(
      channel,
      number,
      channels.map(() => handler ?? note),
    );
  });
  const downs: string[] = [];
  const connection = new PeerConnection(
    {
      peerId: 2,
      hello: { ...peerHello, ...hello },
      maxMessageBytes: 2 ** 20,
      pingIntervalMs: 1000,
      idleTimeoutMs: 5000,
    },
    {
      clock,
      link: links.open(counted),
      links,
      outbox,
      receivers,
      traffic,
      onDown: (reason, detail) => downs.push(`${reason}: ${detail}`),
      onUndecodable: () => {},
      onSent: () => {},
    },
  );
  const peer = new RawPeer(there);
  const send = (channel: ChannelPriority, length: number): void => {
    outbox.senders[priorities.indexOf(channel)]?.offer(new Uint8Array(length), clock.monotonicMs());
    connection.requestFlush();
  };
  return { clock, network, connection, outbox, traffic, receivers, received, downs, peer, writes, send, links };
}

/** As {@link createWorld}, with the first ping seen and answered. */
async function createStarted(options: WorldOptions = {}) {
  const world = await createWorld(options);
  world.connection.start();
  await world.clock.settle();
  expect(world.peer.take()).toEqual([{ type: 'ping', value: 1 }]);
  world.peer.say(counterFrame('pong', 1));
  await world.clock.settle();
  world.writes.length = 0;
  return world;
}

const types = (events: readonly FrameEvent[]): readonly string[] => events.map(({ type }) => type);

describe('what waits leaves', () => {
  it('at once, as one write, with all that was queued in the same piece of work', async () => {
    const { clock, peer, send, writes } = await createStarted();
    for (let count = 0; count < 1000; count++) send('normal', 10);
    await Promise.resolve();
    expect(writes).toEqual([15_000]);
    await clock.settle();
    expect(peer.take()).toHaveLength(1000);
    expect(writes).toHaveLength(1);
  });

  it('in two writes for a whole turn: what came first, and all the rest at its end', async () => {
    const { clock, send, writes } = await createStarted();
    for (let work = 0; work < 50; work++) {
      send('normal', 10);
      await Promise.resolve();
    }
    expect(writes).toEqual([15]);
    await clock.settle();
    expect(writes).toEqual([15, 49 * 15]);
    send('normal', 10);
    await Promise.resolve();
    expect(writes).toHaveLength(3);
  });

  it('256 KiB and a frame at most at a time, the rest turn by turn', async () => {
    const { clock, send, writes } = await createStarted({
      network: { highWaterMarkBytes: 2 ** 30, transitBytes: 2 ** 30 },
    });
    for (let count = 0; count < 8; count++) send('urgent', 100_000);
    await Promise.resolve();
    expect(writes).toHaveLength(1);
    await clock.settle();
    expect(writes.length).toBeGreaterThan(2);
    expect(Math.max(...writes)).toBeLessThanOrEqual(256 * 1024 + 65_536 + 9);
  });

  it('not while the socket is full, and then as soon as it is not', async () => {
    const { clock, outbox, peer, send, writes } = await createStarted({
      network: { highWaterMarkBytes: 10_000, transitBytes: 10_000 },
    });
    peer.stopReading();
    for (let count = 0; count < 50; count++) {
      send('urgent', 1000);
      await clock.settle();
    }
    const written = writes.reduce((sum, bytes) => sum + bytes, 0);
    expect(written).toBeLessThan(10_000 + 10_000 + 2 * 1005);
    expect(outbox.senders[0]?.queuedMessages).toBe(50 - Math.floor(written / 1005));
    const before = writes.length;
    peer.readOn();
    await clock.settle();
    expect(peer.take().filter(({ type }) => type === 'message')).toHaveLength(50);
    expect(writes.length).toBe(before + 1);
  });

  it('normal and bulk as the peer acknowledges, urgent in any case', async () => {
    const { clock, connection, peer, send } = await createStarted({
      network: { highWaterMarkBytes: 2 ** 30, transitBytes: 2 ** 30 },
    });
    for (let count = 0; count < 40; count++) send(count % 2 === 0 ? 'normal' : 'bulk', 60_000);
    await clock.settle();
    const arrived = peer.take().length;
    expect(arrived).toBe(Math.ceil((1024 * 1024) / 60_005));
    send('urgent', 10);
    await clock.settle();
    expect(peer.take()).toMatchObject([{ type: 'message', channel: 0 }]);
    expect(connection.window.inflightBytes).toBe(arrived * 60_005 + 15);
    peer.say(counterFrame('acknowledge', 5 * 60_005));
    await clock.settle();
    expect(peer.take().length).toBeGreaterThanOrEqual(5);
  });
});

describe('what comes', () => {
  it('goes to the channel of that name, whatever its number is there', async () => {
    const { clock, peer, received } = await createStarted();
    peer.say(messageFrame(0, bytesFrom(0, 5)), messageFrame(2, bytesFrom(0, 7)));
    await clock.settle();
    expect(received).toEqual([
      { channel: 'bulk', bytes: 5 },
      { channel: 'urgent', bytes: 7 },
    ]);
  });

  it('is acknowledged when 64 KiB of it have come, headers included, and not before', async () => {
    const { clock, peer, traffic } = await createStarted();
    peer.say(messageFrame(1, new Uint8Array(65_530)));
    await clock.settle();
    expect(peer.take()).toEqual([]);
    peer.say(messageFrame(1, new Uint8Array(0)));
    await clock.settle();
    expect(peer.take()).toEqual([{ type: 'acknowledge', value: 65_540 }]);
    for (let count = 0; count < 10; count++) peer.say(messageFrame(1, new Uint8Array(13_103)));
    await clock.settle();
    const acknowledged = peer.take();
    expect(types(acknowledged).every((type) => type === 'acknowledge')).toBe(true);
    expect(acknowledged.length).toBeLessThanOrEqual(2);
    expect(traffic.receivedBytes).toBe(13 + 65_535 + 5 + 10 * 13_108);
  });

  it('a ping is answered with its own counter, the last of several in a piece', async () => {
    const { clock, peer } = await createStarted();
    peer.say(counterFrame('ping', 7));
    await clock.settle();
    expect(peer.take()).toEqual([{ type: 'pong', value: 7 }]);
    peer.say(counterFrame('ping', 2 ** 53 - 1), counterFrame('ping', 8));
    await clock.settle();
    expect(peer.take()).toEqual([{ type: 'pong', value: 8 }]);
  });

  it('a handler that throws: the error is its owner’s, the connection ends, nothing more is read', async () => {
    let calls = 0;
    const handler = (): void => {
      calls++;
      throw new Error('of the handler');
    };
    const { clock, downs, peer } = await createStarted({ handler });
    peer.say(messageFrame(0, bytesFrom(0, 5)), messageFrame(0, bytesFrom(0, 5)));
    await expect(clock.settle()).rejects.toThrow('of the handler');
    await clock.settle();
    expect([calls, downs]).toEqual([1, ['protocol: a message handler threw']]);
    expect(peer.closed?.error?.code).toBe('NETWORK_RESET');
    expect(clock.pendingTimers).toBe(0);
  });

  it('a handler that closes the connection: nothing more is read', async () => {
    let calls = 0;
    const handler = (): void => {
      calls++;
      void closer.connection.close('removed');
    };
    const closer = await createStarted({ handler });
    closer.peer.say(messageFrame(0, bytesFrom(0, 5)), messageFrame(0, bytesFrom(0, 5)));
    await closer.clock.settle();
    expect([calls, closer.downs]).toEqual([1, []]);
  });
});

describe('the life of a connection', () => {
  it('a ping each interval, and the round trip from the time when it left', async () => {
    const { clock, peer, traffic } = await createStarted();
    await clock.advance(1000);
    expect(peer.take()).toEqual([{ type: 'ping', value: 2 }]);
    await clock.advance(7);
    peer.say(counterFrame('pong', 99), counterFrame('pong', 2));
    await clock.settle();
    expect([traffic.lastRoundTripMs, traffic.roundTripMs.snapshot().count]).toEqual([7, 2]);
    peer.say(counterFrame('pong', 2));
    await clock.settle();
    expect(traffic.roundTripMs.snapshot().count).toBe(2);
  });

  it('a ping that is not answered is repeated, so that the peer hears something; its answer says how long it took', async () => {
    const { clock, downs, peer, traffic } = await createStarted();
    await clock.advance(1000);
    for (let second = 0; second < 4; second++) {
      // It is alive, and busy.
      peer.say(messageFrame(0, bytesFrom(0, 1)));
      await clock.advance(1000);
    }
    expect(peer.take()).toEqual([2, 2, 2, 2, 2].map((value) => ({ type: 'ping', value })));
    peer.say(counterFrame('pong', 2));
    await clock.settle();
    expect([traffic.lastRoundTripMs, downs]).toEqual([4000, []]);
    await clock.advance(1000);
    expect(peer.take()).toEqual([{ type: 'ping', value: 3 }]);
  });

  it('is longer than any time-out when both only ping', async () => {
    const { clock, downs, peer, traffic } = await createStarted();
    for (let second = 0; second < 100; second++) {
      await clock.advance(1000);
      for (const event of peer.take()) if (event.type === 'ping') peer.say(counterFrame('pong', event.value));
    }
    expect([downs, traffic.roundTripMs.snapshot().count]).toEqual([[], 100]);
  });

  it('a peer with a shorter time-out is pinged three times in it', async () => {
    const { clock, peer } = await createStarted({ hello: { idleTimeoutMs: 301 } });
    for (let time = 0; time < 3; time++) {
      await clock.advance(100);
      expect(types(peer.take())).toEqual(['ping']);
    }
  });

  it('a peer of which nothing comes is silent at the time-out', async () => {
    const { clock, downs, network } = await createStarted();
    await clock.advance(4999);
    expect(downs).toEqual([]);
    await clock.advance(1);
    expect(downs).toEqual(['silent: nothing arrived for 5000 ms']);
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it.each([
    ['ended', (peer: RawPeer) => peer.end(), 'ended: the peer closed the connection'],
    ['reset', (peer: RawPeer) => peer.destroy(), /^reset: the connection with 127.0.0.1:4000 was reset$/],
  ])('a peer that is %s', async (_what, happen, told) => {
    const { clock, downs, network, peer } = await createStarted();
    happen(peer);
    await clock.settle();
    expect(downs).toEqual([expect.stringMatching(told)]);
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('goodbye', () => {
  it.each(peerDownReasons.map((reason, at) => [reason, at + 1] as const))(
    'a peer that says %s',
    async (reason, code) => {
      const { clock, downs, network, peer } = await createStarted();
      peer.say(goodbye(code), messageFrame(0, bytesFrom(0, 5)));
      await clock.settle();
      expect(downs).toEqual([`${reason === 'local-stop' ? 'stopped' : reason}: the peer said goodbye`]);
      expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
    },
  );

  it('with a reason of a later version, or none: it has ended', async () => {
    for (const code of [0, 9, 255]) {
      const { clock, downs, peer } = await createStarted();
      peer.say(goodbye(code));
      await clock.settle();
      expect(downs).toEqual(['ended: the peer said goodbye']);
    }
  });

  it('from this side: the reason, the end, and no word to the owner', async () => {
    const { clock, connection, downs, network, peer, traffic, writes } = await createStarted();
    const before = traffic.sentBytes;
    const closed = connection.close('removed');
    await clock.settle();
    expect([peer.take(), peer.ended]).toEqual([
      [{ type: 'goodbye', value: peerDownReasons.indexOf('removed') + 1 }],
      true,
    ]);
    peer.end();
    await clock.until(closed);
    expect([downs, writes, traffic.sentBytes - before]).toEqual([[], [6], 6]);
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('to a peer that does not read: a second, and it is over', async () => {
    const { clock, connection, network, peer, send } = await createStarted();
    peer.stopReading();
    for (let count = 0; count < 100; count++) send('urgent', 10_000);
    await clock.settle();
    const closed = connection.close('local-stop');
    await clock.until(closed, { limitMs: 1000 });
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('twice, or after the end, does nothing more', async () => {
    const { clock, connection, downs, peer, send, writes } = await createStarted();
    peer.destroy();
    await clock.settle();
    await connection.close('removed');
    send('normal', 10);
    await clock.settle();
    expect([downs.length, writes]).toEqual([1, []]);
  });
});

describe('a violation', () => {
  it.each([
    ['of the frames', frame(99, 0, bytesFrom(0, 1)), 'protocol: a frame of kind 99'],
    ['a channel that the peer has not', messageFrame(3, bytesFrom(0, 1)), 'protocol: channel 3 of 3'],
    [
      'a message over the limit',
      firstChunk(0, 2 ** 20 + 1, bytesFrom(0, 9)),
      'protocol: a message of 1048577 bytes; at most 1048576 are allowed',
    ],
    [
      'more acknowledged than was sent',
      counterFrame('acknowledge', 1),
      'protocol: an acknowledgement of 1 bytes where 0 were sent',
    ],
  ])('%s: the peer hears the reason, and so does the owner', async (_what, bytes, told) => {
    const { clock, downs, network, peer } = await createStarted();
    peer.say(bytes);
    await clock.settle();
    expect(downs).toEqual([told]);
    expect(peer.take()).toEqual([{ type: 'goodbye', value: peerDownReasons.indexOf('protocol') + 1 }]);
    await clock.advance(1000);
    expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('an acknowledgement that goes back', async () => {
    const { clock, downs, peer, send } = await createStarted();
    send('normal', 100);
    await clock.settle();
    peer.say(counterFrame('acknowledge', 105));
    await clock.settle();
    peer.say(counterFrame('acknowledge', 104));
    await clock.settle();
    expect(downs).toEqual(['protocol: an acknowledgement of 104 bytes where 105 were sent']);
  });

  it('by a peer that lacks a channel of this side’s, and has others: it is told which it may send', async () => {
    const { clock, downs, peer } = await createStarted({ hello: { channelNames: ['normal', 'unknown here'] } });
    peer.say(messageFrame(0, bytesFrom(0, 1)), messageFrame(1, bytesFrom(0, 1)));
    await clock.settle();
    expect(downs).toEqual(['protocol: channel 1, which this node does not have']);
  });
});

it('a connection that is closed before it was started leaves nothing', async () => {
  const { clock, connection, network, peer } = await createWorld();
  const closed = connection.close('local-stop');
  await clock.settle();
  peer.end();
  await clock.until(closed);
  expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
});

it('one that was lost before it was started is lost when it starts', async () => {
  const { clock, connection, downs, network, peer } = await createWorld();
  peer.destroy();
  await clock.settle();
  expect(downs).toEqual([]);
  connection.start();
  expect(downs).toEqual([expect.stringMatching(/^reset/)]);
  await clock.settle();
  expect([network.openEnds, clock.pendingTimers]).toEqual([0, 0]);
});
