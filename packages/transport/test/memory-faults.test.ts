import {
  createManualClock,
  createRecordingLogger,
  createSeededRandom,
  type ManualClock,
} from '@streambus/runtime/testing';
import { defineChannel, jsonCodec, type NodeId, type Transport, type TransportOptions } from '@streambus/transport';
import {
  createMemoryTransportHub,
  type MemoryTransportHub,
  type MemoryTransportHubOptions,
} from '@streambus/transport/testing';
import { describe, expect, it } from 'vitest';

const text = defineChannel({ name: 'text', codec: jsonCodec<string>() });
const urgent = defineChannel({ name: 'urgent', codec: jsonCodec<string>(), priority: 'urgent', maxQueuedMessages: 8 });
const large = defineChannel({ name: 'large', codec: jsonCodec<string>(), maxQueuedMessages: 4 });
const idleTimeoutMs = 5000;

interface Node {
  readonly transport: Transport;
  readonly events: string[];
  readonly received: string[];
}

interface World {
  readonly clock: ManualClock;
  readonly hub: MemoryTransportHub;
  readonly one: Node;
  readonly two: Node;
}

function makeNode(
  clock: ManualClock,
  hub: MemoryTransportHub,
  options: Partial<TransportOptions> & { nodeId: NodeId },
): Node {
  const peers = [1, 2].map((id) => ({ id, address: { host: 'localhost', port: 9000 + id } }));
  const channels = [text, urgent, large];
  const listen = { host: 'localhost', port: 9000 + options.nodeId };
  const transport = hub.createTransport({ clusterId: 'test', listen, peers, channels, ...options });
  const events: string[] = [];
  const received: string[] = [];
  const hear = (event: string): void => void events.push(`${clock.monotonicMs()} ${event}`);
  for (const channel of channels) transport.receive(channel, (_from, message) => void received.push(message));
  transport.subscribe({
    onPeerUp: ({ id }) => hear(`up ${id}`),
    onPeerDown: (id, reason) => hear(`down ${id} ${reason}`),
    onPeerGone: (id) => hear(`gone ${id}`),
    onUnreachable: (id) => hear(`unreachable ${id}`),
  });
  return { transport, events, received };
}

async function connected(options: Partial<MemoryTransportHubOptions> = {}): Promise<World> {
  const clock = createManualClock();
  const hub = createMemoryTransportHub({ clock, random: createSeededRandom(3), ...options });
  const one = makeNode(clock, hub, { nodeId: 1 });
  const two = makeNode(clock, hub, { nodeId: 2 });
  await one.transport.start();
  await two.transport.start();
  await clock.advance(options.maxDelayMs === undefined ? 0 : 1000);
  expect(one.transport.connectedPeers()).toHaveLength(1);
  one.events.length = 0;
  two.events.length = 0;
  return { clock, hub, one, two };
}

describe('the hub', () => {
  it('two nodes that know each other are connected without any time passing', async () => {
    const { clock } = await connected();
    expect(clock.monotonicMs()).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('after stop no timer is left, whatever was going on', async () => {
    for (const fault of ['cut', 'disconnect', 'freeze', 'kill', 'none'] as const) {
      const { clock, hub, one, two } = await connected({ minDelayMs: 5, maxDelayMs: 50 });
      one.transport.send(2, text, 'under way');
      if (fault === 'cut') hub.cut(1, 2);
      if (fault === 'disconnect') hub.disconnect(1, 2);
      if (fault === 'freeze') hub.freeze(2);
      if (fault === 'kill') hub.kill(2);
      await clock.advance(120);
      await one.transport.stop();
      await two.transport.stop();
      expect(clock.pendingTimers, fault).toBe(0);
    }
  });

  it('a node that is started twice in one moment has a larger incarnation', async () => {
    const { clock, hub, one, two } = await connected();
    const [before] = two.transport.connectedPeers();
    hub.kill(1);
    await makeNode(clock, hub, { nodeId: 1 }).transport.start();
    await clock.settle();
    const [after] = two.transport.connectedPeers();
    expect(after?.incarnation).toBeGreaterThan(before?.incarnation ?? Number.POSITIVE_INFINITY);
    expect(one.events).toEqual([]);
  });

  it('logs who came, who went and who was refused', async () => {
    const logger = createRecordingLogger();
    const { clock, hub, two } = await connected({ logger });
    hub.disconnect(1, 2);
    const stranger = makeNode(clock, hub, { nodeId: 3 });
    await stranger.transport.start();
    await clock.settle();
    const lines = logger.lines.map(({ message, fields }) => ({ message, ...fields }));
    expect(lines).toContainEqual(expect.objectContaining({ message: 'peer up', node: 1, peer: 2 }));
    expect(lines).toContainEqual({ message: 'peer down', node: 2, peer: 1, reason: 'reset' });
    expect(lines).toContainEqual({ message: 'refused a handshake', node: 2, peer: 3, reason: 'unknown-node' });
    expect(two.transport.metrics().refusedHandshakes['unknown-node']).toBe(1);
  });
});

describe('cut', () => {
  it('both hear silence after idleTimeoutMs, and nobody is gone', async () => {
    const { clock, hub, one, two } = await connected();
    hub.cut(1, 2);
    await clock.advance(idleTimeoutMs + 20_000);
    expect(one.events).toEqual([`${idleTimeoutMs} down 2 silent`]);
    expect(two.events).toEqual([`${idleTimeoutMs} down 1 silent`]);
    expect(one.transport.metrics().peers[0]?.connectFailures).toMatchObject({ refused: 0 });
    expect(one.transport.metrics().peers[0]?.connectFailures.unreachable).toBeGreaterThan(0);
  });

  it('heal: an attempt that waits goes on at once', async () => {
    const { clock, hub, one, two } = await connected();
    hub.cut(1, 2);
    await clock.advance(idleTimeoutMs + 100);
    hub.heal(1, 2);
    await clock.settle();
    expect(one.events.at(-1)).toBe(`${idleTimeoutMs + 100} up 2`);
    expect(two.events.at(-1)).toBe(`${idleTimeoutMs + 100} up 1`);
  });

  it('heal before idleTimeoutMs: nothing was lost, and all of it arrives in order', async () => {
    const { clock, hub, one, two } = await connected();
    hub.cut(1, 2);
    for (let number = 0; number < 200; number++) one.transport.send(2, text, String(number));
    await clock.advance(idleTimeoutMs - 1);
    expect(two.received).toEqual([]);
    hub.healAll();
    await clock.advance(60_000);
    expect(two.received).toEqual(Array.from({ length: 200 }, (_, number) => String(number)));
    expect([...one.events, ...two.events]).toEqual([]);
  });

  it('what was under way is lost with the connection; what waited arrives; the loss is told once', async () => {
    const { clock, hub, one, two } = await connected();
    hub.cut(1, 2);
    const half = 'x'.repeat(40_000);
    const results = ['a', 'b', 'c', 'd'].map((name) => one.transport.send(2, large, name + half));
    expect(results).toEqual(['queued', 'queued', 'queued', 'queued']);
    await clock.settle();
    expect(one.transport.metrics().peers[0]?.inflightBytes).toBeGreaterThan(65_536);
    await clock.advance(idleTimeoutMs + 100);
    hub.heal(1, 2);
    await clock.settle();
    expect(two.received.map((message) => message[0])).toEqual(['c', 'd']);
    expect(one.events).toEqual([
      `${idleTimeoutMs} down 2 silent`,
      `${idleTimeoutMs} unreachable 2`,
      `${idleTimeoutMs + 100} up 2`,
    ]);
  });

  it('queues stay within their bounds, urgent ones too', async () => {
    const { clock, hub, one } = await connected();
    hub.cut(1, 2);
    for (let turn = 0; turn < 2000; turn++) {
      one.transport.send(2, urgent, 'x'.repeat(1000));
      await clock.settle();
    }
    const [peer] = one.transport.metrics().peers;
    expect(peer?.inflightBytes).toBeLessThanOrEqual(2 * 65_536 + 2000);
    expect(peer?.channels['urgent']?.queuedMessages).toBe(8);
    expect(one.events).toEqual(['0 unreachable 2']);
  });

  it('one way: who is heard by nobody hears the reset of who gave it up', async () => {
    const { clock, hub, one, two } = await connected();
    hub.cutOneWay(1, 2);
    one.transport.send(2, text, 'lost');
    two.transport.send(1, text, 'heard');
    await clock.advance(idleTimeoutMs + 100);
    expect(one.received).toEqual(['heard']);
    expect(two.events).toEqual([`${idleTimeoutMs} down 1 silent`]);
    expect(one.events).toEqual([`${idleTimeoutMs} down 2 reset`, `${idleTimeoutMs} unreachable 2`]);
    hub.heal(1, 2);
    await clock.settle();
    expect(one.transport.connectedPeers()).toHaveLength(1);
  });

  it('between two nodes leaves a third alone', async () => {
    const { clock, hub } = await connected();
    const nodes = [4, 5, 6].map((nodeId) => makeNode(clock, hub, { nodeId, peers: [] }));
    for (const { transport } of nodes) await transport.start();
    const peers = [4, 5, 6].map((id) => ({ id, address: { host: 'localhost', port: 9000 + id } }));
    for (const { transport } of nodes) transport.setPeers(peers);
    await clock.settle();
    hub.cut(4, 5);
    await clock.advance(2 * idleTimeoutMs);
    expect(nodes.map(({ transport }) => transport.connectedPeers().map(({ id }) => id))).toEqual([[6], [6], [4, 5]]);
  });
});

describe('disconnect', () => {
  it('both hear a reset and are connected again; nobody is gone', async () => {
    const { clock, hub, one, two } = await connected();
    hub.disconnect(1, 2);
    expect([one.events, two.events]).toEqual([['0 down 2 reset'], ['0 down 1 reset']]);
    await clock.advance(100);
    expect(one.events.filter((event) => event.endsWith('up 2'))).toHaveLength(1);
    expect([...one.events, ...two.events].filter((event) => event.includes('gone'))).toEqual([]);
  });

  it('loses what is under way, either way', async () => {
    const { clock, hub, one, two } = await connected({ minDelayMs: 10, maxDelayMs: 10 });
    one.transport.send(2, text, 'lost');
    two.transport.send(1, text, 'lost');
    await clock.settle();
    one.transport.send(2, text, 'kept');
    hub.disconnect(2, 1);
    await clock.advance(1000);
    expect(two.received).toEqual(['kept']);
    expect(one.received).toEqual([]);
    for (const { events } of [one, two])
      expect(events.filter((event) => event.includes('unreachable'))).toHaveLength(1);
  });
});

describe('kill', () => {
  it('the peer hears that it ended and is gone; the process itself hears nothing', async () => {
    const { clock, hub, one, two } = await connected();
    await clock.advance(2000);
    hub.kill(2);
    await clock.settle();
    expect(one.events).toEqual(['2000 down 2 ended', '2000 gone 2']);
    expect(two.events).toEqual([]);
    expect(two.transport.send(1, text, 'dead')).toBe('stopped');
    expect(one.transport.metrics().peers[0]?.breaker).toBe('closed');
  });

  it('what was on its way still arrives; what waited is lost', async () => {
    const { clock, hub, one, two } = await connected({ minDelayMs: 10, maxDelayMs: 10 });
    two.transport.send(1, text, 'on its way');
    await clock.settle();
    two.transport.send(1, text, 'waits');
    hub.kill(2);
    await clock.advance(1000);
    expect(one.received).toEqual(['on its way']);
  });

  it('behind a cut it is silent, and gone only when the cut is healed and it has been heard to end', async () => {
    const { clock, hub, one } = await connected();
    hub.cut(1, 2);
    hub.kill(2);
    await clock.advance(1000);
    expect(one.events).toEqual([]);
    hub.heal(1, 2);
    await clock.advance(1000);
    expect(one.events.map((event) => event.replace(/^\S+ /, ''))).toEqual(['down 2 ended', 'gone 2']);
  });

  it('a new process at the same address is connected at once', async () => {
    const { clock, hub, one } = await connected();
    hub.kill(2);
    await clock.advance(60_000);
    const renewed = makeNode(clock, hub, { nodeId: 2 });
    await renewed.transport.start();
    await clock.settle();
    expect(one.events.at(-1)).toBe('60000 up 2');
    expect(renewed.events).toEqual(['60000 up 1']);
  });
});

describe('freeze', () => {
  it('the peer hears silence; the frozen one hears it when it is thawed, and is back', async () => {
    const { clock, hub, one, two } = await connected();
    hub.freeze(2);
    one.transport.send(2, text, 'lost');
    await clock.advance(idleTimeoutMs + 1000);
    expect(one.events).toEqual([`${idleTimeoutMs} down 2 silent`, `${idleTimeoutMs} unreachable 2`]);
    expect([two.events, two.received]).toEqual([[], []]);
    hub.thaw(2);
    await clock.advance(1000);
    expect(two.events.map((event) => event.replace(/^\S+ /, ''))).toEqual(['down 1 reset', 'up 1']);
    expect(one.events.at(-1)).toMatch(/up 2$/);
  });

  it('for less than idleTimeoutMs nothing is lost', async () => {
    const { clock, hub, one, two } = await connected();
    hub.freeze(2);
    one.transport.send(2, text, 'to it');
    two.transport.send(1, text, 'from it');
    await clock.advance(idleTimeoutMs - 1);
    expect([one.received, two.received]).toEqual([[], []]);
    hub.thaw(2);
    await clock.advance(60_000);
    expect([one.received, two.received]).toEqual([['from it'], ['to it']]);
    expect([...one.events, ...two.events]).toEqual([]);
  });

  it('attempts at it run into the handshake time-out', async () => {
    const { clock, hub, one } = await connected();
    hub.freeze(2);
    await clock.advance(30_000);
    expect(one.transport.metrics().peers[0]?.connectFailures.timeout).toBeGreaterThan(1);
    expect(one.transport.metrics().peers[0]?.breaker).not.toBe('closed');
  });

  it('its own breaker does not open while it is frozen', async () => {
    const { clock, hub, one, two } = await connected();
    hub.kill(1);
    await clock.advance(100);
    two.transport.send(1, text, 'kept so far');
    hub.freeze(2);
    await clock.advance(60_000);
    expect(two.events.some((event) => event.includes('unreachable'))).toBe(false);
    hub.thaw(2);
    await clock.settle();
    expect(two.events.at(-1)).toBe('60100 unreachable 1');
    expect(one.events).toEqual([]);
  });
});
