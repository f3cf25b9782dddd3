import { bytesCodec, defineChannel, type TransportOptions } from '@streambus/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dialRaw, helloOf, listenRaw, type RawConnection } from './support/raw-node.ts';
import {
  addressOf,
  collect,
  numbered,
  quickOptions,
  type SimulatedNode,
  SimulatedWorld,
} from './support/simulated-world.ts';

const channel = defineChannel({ name: 'c', codec: bytesCodec, maxQueuedMessages: 4 });
const dropping = defineChannel({ name: 'd', codec: bytesCodec, maxQueuedMessages: 1000, whilePeerIsDown: 'drop' });

let world = new SimulatedWorld([1, 2, 3]);
let nodes: SimulatedNode[] = [];

beforeEach(() => {
  world = new SimulatedWorld([1, 2, 3]);
  nodes = [];
});

afterEach(async () => {
  world.heal();
  const living = nodes.filter(({ alive }) => alive);
  await world.clock.until(Promise.all(living.map(({ transport }) => transport.stop())));
  expect({ timers: world.clock.pendingTimers, ends: world.openEnds }).toEqual({ timers: 0, ends: 0 });
});

/** A node with one peer: 1 and 2 are each other's. */
async function startNode(id: number, options: Partial<TransportOptions> = {}): Promise<SimulatedNode> {
  const peers = [{ id: 3 - id, address: addressOf(3 - id) }];
  const node = world.createNode({ nodeId: id, channels: [channel, dropping], peers, incarnation: 100, ...options });
  nodes.push(node);
  await node.transport.start();
  return node;
}

/** Two nodes that have been connected for long. */
async function startBoth(): Promise<[SimulatedNode, SimulatedNode]> {
  const both: [SimulatedNode, SimulatedNode] = [await startNode(1), await startNode(2)];
  await world.clock.advance(300);
  expect(both.map((node) => node.takeTold())).toEqual([['up 2 100'], ['up 1 100']]);
  return both;
}

/** Times between attempts, in milliseconds. */
function gaps({ attempts }: SimulatedNode): readonly number[] {
  return attempts.slice(1).map(({ atMs }, at) => atMs - (attempts[at]?.atMs ?? 0));
}

const { minBackoffMs, maxBackoffMs } = quickOptions;

/** Holds that waits are those of a backoff that began anew before the first of them. */
function expectBackoff(waits: readonly number[]): void {
  for (const [at, waitMs] of waits.entries()) {
    const stepMs = Math.min(minBackoffMs * 2 ** at, maxBackoffMs);
    expect(waitMs).toBeLessThanOrEqual(stepMs + 1);
    expect(waitMs).toBeGreaterThanOrEqual(stepMs / 2);
  }
}

describe('attempts to reach a peer that is not there', () => {
  it.each([1, 2])('come later and later, and never end: node %i', async (id) => {
    const node = await startNode(id);
    await world.clock.advance(60_000);
    const waits = gaps(node);
    expectBackoff(waits);
    expect(waits.length).toBeGreaterThan(60_000 / maxBackoffMs);
    expect(new Set(waits.slice(5)).size).toBeGreaterThan(20);
    expect(node.peer(3 - id).connectFailures.refused).toBe(waits.length + 1);
  });

  it('say so once, not each time', async () => {
    const node = await startNode(1);
    await world.clock.advance(10_000);
    const lines = node.logger.lines.filter(({ message }) => message.startsWith('a peer '));
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'a peer cannot be reached',
    ]);
    expect(lines.filter(({ level }) => level === 'debug').length).toBe(node.attempts.length - 1);
  });

  it('wait for who does not answer for as long as allowed', async () => {
    world.stall(world.between(1, 2));
    const node = await startNode(1);
    await world.clock.advance(5000);
    const waits = gaps(node).map((gap) => gap - quickOptions.connectTimeoutMs);
    expectBackoff(waits);
    expect(node.peer(2).connectFailures.unreachable).toBeGreaterThan(3);
  });

  it('end with the first that succeeds', async () => {
    const [one, two] = await startBoth();
    const attempts = [one.attempts.length, two.attempts.length];
    await world.clock.advance(60_000);
    expect([one.attempts.length, two.attempts.length]).toEqual(attempts);
    expect([one.told, two.told]).toEqual([[], []]);
  });
});

describe('the backoff begins anew', () => {
  /** A peer that accepts, and ends each connection after so long; undefined: refuses to go on at once. */
  async function startFlapping(lifeMs: () => number): Promise<SimulatedNode> {
    const listener = await listenRaw(world.between(1, 2), 2, (raw) => void flap(raw, lifeMs()));
    const node = await startNode(1, { idleTimeoutMs: 5000 });
    await world.clock.advance(10_000);
    await listener.close();
    return node;
  }

  async function flap(raw: RawConnection, lifeMs: number): Promise<void> {
    raw.sayHello(helloOf(2, 1));
    world.clock.setTimer(lifeMs, () => raw.connection.destroy());
  }

  it('not with connections that do not hold', async () => {
    const node = await startFlapping(() => 150);
    expect(node.peer(2).connects).toBe(node.attempts.length);
    expectBackoff(gaps(node).map((gap) => gap - 150));
    expect(node.attempts.length).toBeLessThan(20);
  });

  it('with one that held, at once', async () => {
    let connections = 0;
    const node = await startFlapping(() => (connections++ === 5 ? 250 : 0));
    const waits = gaps(node);
    expectBackoff(waits.slice(0, 5));
    expect(waits[5]).toBe(250);
    expectBackoff(waits.slice(6));
  });

  it('with a knock: a node that is back waits for nobody', async () => {
    const one = await startNode(1);
    await world.clock.advance(20_000);
    // Right after an attempt, so that the next is far away.
    const attempts = one.attempts.length;
    while (one.attempts.length === attempts) await world.clock.advance(1);
    const two = await startNode(2);
    await world.clock.advance(1);
    expect([one.takeTold(), two.takeTold()]).toEqual([['up 2 100'], ['up 1 100']]);
    expect(two.peer(1).connectFailures['other-direction']).toBeLessThanOrEqual(1);
  });
});

it('a knock of a peer that cannot be dialled makes the waits short again, and no more', async () => {
  const one = await startNode(1);
  await world.clock.advance(20_000);
  const before = one.attempts.length;
  const knock = await world.clock.until(dialRaw(world.between(1, 2), 1));
  knock.sayHello(helloOf(2, 1));
  await world.clock.settle();
  expect(knock.handshake).toMatchObject({ type: 'refusal', refusal: { reason: 'other-direction' } });
  await world.clock.advance(5000);
  expectBackoff(gaps(one).slice(before));
});

describe('the breaker', () => {
  it('tells of what it drops', async () => {
    const node = await startNode(1);
    node.transport.send(2, channel, numbered(1));
    await world.clock.advance(quickOptions.breakerOpensAfterMs - 1);
    expect(node.takeTold()).toEqual([]);
    await world.clock.advance(1);
    expect(node.takeTold()).toEqual(['unreachable 2']);
  });

  it('keeps what is sent until it opens, then drops it all, and what comes after', async () => {
    const node = await startNode(1);
    expect([1, 2].map((number) => node.transport.send(2, channel, numbered(number)))).toEqual(['queued', 'queued']);
    expect(node.transport.send(2, dropping, numbered(1))).toBe('peer-down');
    await world.clock.advance(quickOptions.breakerOpensAfterMs - 1);
    expect([node.peer(2).breaker, node.peer(2).channels['c']?.queuedMessages]).toEqual(['closed', 2]);
    expect(node.takeTold()).toEqual(['unreachable 2']);
    await world.clock.advance(1);
    expect(['open', 'half-open']).toContain(node.peer(2).breaker);
    expect(node.peer(2).channels['c']).toMatchObject({ queuedMessages: 0, sendDrops: { 'peer-down': 2 } });
    expect(node.transport.send(2, channel, numbered(3))).toBe('peer-down');
    await world.clock.advance(10_000);
    expect(node.takeTold()).toEqual([]);
  });

  it('is half open during an attempt, and closes with the connection', async () => {
    world.stall(world.between(1, 2));
    const one = await startNode(1);
    const two = await startNode(2);
    const states = new Map<string, number>();
    for (let time = 0; time < 4000; time += 10) {
      await world.clock.advance(10);
      const { breaker } = one.peer(2);
      states.set(breaker, (states.get(breaker) ?? 0) + 10);
    }
    expect(states.get('closed')).toBe(quickOptions.breakerOpensAfterMs - 10);
    expect(states.get('half-open')).toBeGreaterThan(1000);
    expect(states.get('open')).toBeGreaterThan(500);
    world.heal();
    await world.clock.advance(1000);
    expect([one.peer(2).breaker, two.peer(1).breaker]).toEqual(['closed', 'closed']);
    expect(one.transport.send(2, channel, numbered(1))).toBe('queued');
  });

  it('what it kept arrives, in order, when the peer is there in time', async () => {
    const one = await startNode(1);
    for (let number = 0; number < 4; number++) one.transport.send(2, channel, numbered(number));
    await world.clock.advance(900);
    const two = await startNode(2);
    const received = collect(two.transport, channel);
    await world.clock.advance(100);
    expect(received.map(({ number }) => number)).toEqual([0, 1, 2, 3]);
    expect(one.takeTold()).toEqual(['up 2 100']);
  });
});

describe('what is told of a peer that is away', () => {
  it('killed: reset, then gone, once, however long it stays away', async () => {
    const [one, two] = await startBoth();
    two.kill();
    await world.clock.advance(10);
    expect(one.takeTold()).toEqual(['down 2 reset', 'gone 2']);
    await world.clock.advance(60_000);
    expect(one.takeTold()).toEqual([]);
    await startNode(2, { incarnation: 101 });
    await world.clock.advance(300);
    expect(one.takeTold()).toEqual(['up 2 101']);
  });

  it('the higher id learns that the lower is gone, too: it knocks', async () => {
    const [one, two] = await startBoth();
    one.kill();
    await world.clock.advance(10);
    expect(two.takeTold()).toEqual(['down 1 reset', 'gone 1']);
  });

  it('silent, at the idle time-out, on both sides; and nobody is gone', async () => {
    const [one, two] = await startBoth();
    world.stall(world.between(1, 2));
    await world.clock.advance(quickOptions.idleTimeoutMs - quickOptions.pingIntervalMs - 1);
    expect([one.told, two.told]).toEqual([[], []]);
    await world.clock.advance(quickOptions.pingIntervalMs + 1);
    expect([one.takeTold(), two.takeTold()]).toEqual([['down 2 silent'], ['down 1 silent']]);
    await world.clock.advance(10_000);
    world.heal();
    await world.clock.advance(1000);
    expect([one.takeTold(), two.takeTold()]).toEqual([['up 2 100'], ['up 1 100']]);
  });

  it('reset by something between: up again at once', async () => {
    const [one, two] = await startBoth();
    world.between(1, 2).resetConnections();
    await world.clock.advance(1);
    expect([one.takeTold(), two.takeTold()]).toEqual([
      ['down 2 reset', 'up 2 100'],
      ['down 1 reset', 'up 1 100'],
    ]);
  });

  it('killed behind a cable that is out: silent, and not gone when it is plugged in again', async () => {
    const [one, two] = await startBoth();
    world.stall(world.between(1, 2));
    two.kill();
    await world.clock.advance(2000);
    world.heal();
    await world.clock.advance(2000);
    expect(one.takeTold()).toEqual(['down 2 silent']);
    expect(one.peer(2).connectFailures.refused).toBeGreaterThan(0);
  });
});

describe('a peer that has restarted before it was missed', () => {
  /** Another process with the same id, while the cable is out; the old one is dead, or lives on. */
  async function succeed(id: number, incarnation: number, kill = true): Promise<SimulatedNode> {
    const network = world.between(1, 2);
    world.stall(network);
    if (kill) nodes.find((node) => node.id === id)?.kill();
    const successor = await startNode(id, { incarnation });
    await world.clock.advance(1);
    network.resume();
    await world.clock.advance(20);
    world.resume(network);
    return successor;
  }

  it.each([1, 2])('replaces its own connection at once: node %i', async (id) => {
    const survivor = (await startBoth())[id === 1 ? 1 : 0];
    const successor = await succeed(id, 101);
    expect(survivor.takeTold()).toEqual([`down ${id} replaced`, `up ${id} 101`]);
    expect(successor.takeTold()).toEqual([`up ${3 - id} 100`]);
  });

  it.each([
    ['an earlier', 99],
    ['the same', 100],
  ])(
    'with %s incarnation it displaces nobody, and comes in when the old connection is dead',
    async (_which, incarnation) => {
      const [, two] = await startBoth();
      const successor = await succeed(1, incarnation);
      expect([two.takeTold(), successor.takeTold()]).toEqual([[], []]);
      expect(two.transport.metrics().refusedHandshakes['duplicate-node']).toBeGreaterThan(0);
      expect(successor.peer(2).connectFailures['duplicate-node']).toBeGreaterThan(0);
      await world.clock.advance(2000);
      expect(two.takeTold().at(-1)).toBe(`up 1 ${incarnation}`);
    },
  );
});

describe('messages that are lost', () => {
  it('are told of once, until the queues have been empty again with the peer connected', async () => {
    const one = await startNode(1);
    for (let number = 0; number < 100; number++) one.transport.send(2, channel, numbered(number));
    await world.clock.advance(10);
    for (let number = 0; number < 100; number++) one.transport.send(2, dropping, numbered(number));
    await world.clock.advance(5000);
    expect(one.takeTold()).toEqual(['unreachable 2']);
    const two = await startNode(2);
    await world.clock.advance(300);
    expect(one.takeTold()).toEqual(['up 2 100', 'room 2 c']);
    two.kill();
    await world.clock.advance(10);
    one.transport.send(2, dropping, numbered(1));
    await world.clock.advance(10);
    expect(one.takeTold()).toEqual(['down 2 reset', 'gone 2', 'unreachable 2']);
  });

  it('with a connection are told of after it is down', async () => {
    const [one] = await startBoth();
    world.stall(world.between(1, 2));
    for (let number = 0; number < 40; number++) one.transport.send(2, dropping, numbered(number, 64 * 1024));
    await world.clock.advance(1000);
    expect(one.takeTold()).toEqual(['down 2 silent', 'unreachable 2']);
  });
});

describe('room', () => {
  it('is told when half of the queue is free, and then there is', async () => {
    const [one, two] = await startBoth();
    const received = collect(two.transport, channel);
    let [sent, rooms] = [0, 0];
    const fill = (): void => {
      while (one.transport.send(2, channel, numbered(sent, 64 * 1024)) === 'queued') sent++;
    };
    one.onTold = (line) => {
      if (line !== 'room 2 c' || ++rooms > 50) return;
      expect(one.peer(2).channels['c']?.queuedMessages).toBeLessThanOrEqual(2);
      fill();
    };
    fill();
    await world.clock.advance(10);
    expect(rooms).toBeGreaterThan(50);
    // The queue was full again and again, and empty only when all was over.
    expect(one.told.filter((line) => line.startsWith('unreachable'))).toHaveLength(1);
    expect(received.map(({ number }) => number)).toEqual([...new Array(sent).keys()]);
  });

  it('comes with the connection for who filled a queue without one', async () => {
    const one = await startNode(1);
    for (let number = 0; number < 5; number++) one.transport.send(2, channel, numbered(number));
    await world.clock.advance(10);
    expect(one.takeTold()).toEqual(['unreachable 2']);
    await startNode(2);
    await world.clock.advance(10);
    expect(one.takeTold()).toEqual(['up 2 100', 'room 2 c']);
  });
});

describe('other peers', () => {
  it('that are added are connected with, in both directions', async () => {
    const one = await startNode(1, { peers: [] });
    const two = await startNode(2);
    await world.clock.advance(1000);
    expect(two.peer(1).connectFailures['unknown-node']).toBeGreaterThan(0);
    expect(one.transport.send(2, channel, numbered(1))).toBe('unknown-peer');
    one.transport.setPeers([{ id: 2, address: addressOf(2) }]);
    await world.clock.advance(10);
    expect([one.takeTold(), two.takeTold()]).toEqual([['up 2 100'], ['up 1 100']]);
  });

  it('that replace others are added, whoever is removed', async () => {
    const [one] = await startBoth();
    one.transport.setPeers([
      { id: 3, address: addressOf(3) },
      { id: 7, address: addressOf(2) },
    ]);
    expect(one.transport.metrics().peers.map(({ id }) => id)).toEqual([3, 7]);
  });

  it('that are removed hear it, and are refused until they are peers again', async () => {
    const [one, two] = await startBoth();
    one.transport.setPeers([]);
    await world.clock.advance(2000);
    expect([one.takeTold(), two.takeTold()]).toEqual([['down 2 removed'], ['down 1 removed']]);
    expect(one.transport.metrics().refusedHandshakes['unknown-node']).toBeGreaterThan(0);
    one.transport.setPeers([{ id: 2, address: addressOf(2) }]);
    await world.clock.advance(10);
    expect([one.takeTold(), two.takeTold()]).toEqual([['up 2 100'], ['up 1 100']]);
  });

  it('that are removed and added in one breath are connected with anew', async () => {
    const [one, two] = await startBoth();
    one.transport.setPeers([]);
    one.transport.setPeers([{ id: 2, address: addressOf(2) }]);
    await world.clock.advance(1000);
    expect(one.takeTold()).toEqual(['down 2 removed', 'up 2 100']);
    expect(two.takeTold().at(-1)).toBe('up 1 100');
    expect([one.transport.connectedPeers().length, two.transport.connectedPeers().length]).toEqual([1, 1]);
  });

  it('the same list changes nothing, and another address counts from the next attempt on', async () => {
    const [one] = await startBoth();
    one.transport.setPeers([{ id: 2, address: addressOf(2) }]);
    one.transport.setPeers([{ id: 2, address: addressOf(3) }]);
    await world.clock.advance(1000);
    expect(one.takeTold()).toEqual([]);
    const attempts = one.attempts.length;
    world.between(1, 2).resetConnections();
    await world.clock.advance(100);
    expect(one.attempts[attempts]?.to).toBe(3);
  });
});
