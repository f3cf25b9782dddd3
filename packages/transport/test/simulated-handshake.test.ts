import { bytesCodec, defineChannel, type TransportOptions } from '@streambus/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHello, type Hello } from '../src/wire/hello.ts';
import { dialRaw, helloOf, listenRaw, type RawConnection } from './support/raw-node.ts';
import { addressOf, quickOptions, type SimulatedNode, SimulatedWorld } from './support/simulated-world.ts';

const channel = defineChannel({ name: 'c', codec: bytesCodec });
const { handshakeTimeoutMs } = quickOptions;

let world = new SimulatedWorld([1, 2, 3]);
let node: SimulatedNode;

/** Node 2, whose peers are 1 and 3. */
async function startNode(options: Partial<TransportOptions> = {}): Promise<void> {
  node = world.createNode({ nodeId: 2, channels: [channel], ...options });
  await node.transport.start();
}

/** Somebody who connects to node 2 by the cable of node 1. */
async function dial(): Promise<RawConnection> {
  return await world.clock.until(dialRaw(world.between(1, 2), 2));
}

beforeEach(() => {
  world = new SimulatedWorld([1, 2, 3]);
});

afterEach(async () => {
  await world.clock.until(node.transport.stop());
  await world.clock.settle();
  expect({ timers: world.clock.pendingTimers, ends: world.openEnds }).toEqual({ timers: 0, ends: 0 });
});

describe('whoever dials', () => {
  it('is answered by a hello that is meant for it, and is connected when it has sent something', async () => {
    await startNode({ incarnation: 9, features: 5, maxMessageBytes: 77 });
    const raw = await dial();
    raw.sayHello(helloOf(1, 2));
    await world.clock.settle();
    expect(raw.handshake).toMatchObject({
      type: 'hello',
      hello: { nodeId: 2, meantNodeId: 1, incarnation: 9, features: 5, maxMessageBytes: 77, channelNames: ['c'] },
    });
    expect([node.transport.connectedPeers(), node.transport.metrics().handshakesInProgress]).toEqual([[], 1]);
    raw.say(Uint8Array.of(4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1));
    await world.clock.settle();
    expect(node.transport.connectedPeers()).toEqual([{ id: 1, incarnation: 1, features: 0 }]);
    expect(node.transport.metrics().handshakesInProgress).toBe(0);
  });

  const refused: readonly [what: string, hello: Partial<Hello>, reason: string, detail: string][] = [
    ['of a later version', { minVersion: 2, maxVersion: 3 }, 'version', 'versions 2 to 3; version 1 is spoken'],
    ['of another cluster', { clusterId: 'other' }, 'wrong-cluster', "cluster 'other'; this is cluster 'simulated'"],
    ['with the id of this node', { nodeId: 2 }, 'self', "node 2 is this node's own id"],
    ['that looks for another node', { meantNodeId: 3 }, 'wrong-node', 'meant for node 3; this is node 2'],
    ['that is no peer', { nodeId: 9 }, 'unknown-node', 'node 9 is not among the peers of node 2'],
    ['with a higher id', { nodeId: 3 }, 'other-direction', 'node 2 dials node 3'],
  ];

  it.each(refused)('%s is told why it is refused, and so are the counters', async (_what, hello, reason, detail) => {
    await startNode();
    const raw = await dial();
    raw.sayHello(helloOf(1, 2, hello));
    await world.clock.settle();
    expect(raw.handshake).toEqual({ type: 'refusal', refusal: { reason, detail } });
    expect(node.transport.metrics().refusedHandshakes).toMatchObject({ [reason]: 1 });
    const lines = node.logger.lines.filter(({ message }) => message === 'refused a handshake');
    expect(lines.map(({ fields }) => fields['reason'])).toEqual(reason === 'other-direction' ? [] : [reason]);
    await world.clock.advance(1000);
    expect(raw.closed).toBe(true);
  });

  it.each([
    ['garbage', () => new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
    ['a hello that breaks the rules', () => encodeHello(helloOf(1, 2, { maxMessageBytes: 0 }))],
    ['a second hello', () => Buffer.concat([encodeHello(helloOf(1, 2)), encodeHello(helloOf(1, 2))])],
  ])('with %s is malformed', async (_what, bytes) => {
    await startNode();
    const raw = await dial();
    raw.say(bytes());
    await world.clock.advance(1);
    expect(node.transport.metrics().refusedHandshakes.malformed).toBe(1);
    await world.clock.advance(1000);
    expect([raw.closed, node.told]).toEqual([true, []]);
  });

  it('and leaves, whenever, was refused nothing', async () => {
    await startNode();
    const hello = encodeHello(helloOf(1, 2));
    for (const bytes of [0, 1, 20, hello.length]) {
      const raw = await dial();
      raw.say(hello.subarray(0, bytes));
      await world.clock.settle();
      raw.connection.destroy();
      await world.clock.settle();
    }
    expect(Object.values(node.transport.metrics().refusedHandshakes)).toEqual(new Array(13).fill(0));
    expect(node.transport.metrics()).toMatchObject({ acceptedConnections: 4, handshakesInProgress: 0 });
  });

  it('and says nothing, or too little, or no more after the answer, has its time', async () => {
    await startNode();
    const hello = encodeHello(helloOf(1, 2));
    const raws: RawConnection[] = [];
    for (const bytes of [0, 20, hello.length]) {
      const raw = await dial();
      raw.say(hello.subarray(0, bytes));
      raws.push(raw);
    }
    await world.clock.advance(handshakeTimeoutMs - 1);
    expect(raws.map(({ closed }) => closed)).toEqual([false, false, false]);
    await world.clock.advance(1);
    expect(raws.map(({ closed }) => closed)).toEqual([true, true, true]);
    expect(node.transport.metrics()).toMatchObject({ handshakesInProgress: 0, refusedHandshakes: { timeout: 3 } });
  });

  it('byte by byte has the same time, not that for each byte', async () => {
    await startNode();
    const raw = await dial();
    const hello = encodeHello(helloOf(1, 2));
    for (let at = 0; !raw.closed; at++) {
      raw.say(hello.subarray(at, at + 1));
      await world.clock.advance(10);
    }
    expect(world.clock.monotonicMs()).toBeLessThanOrEqual(handshakeTimeoutMs + 10);
  });

  it('and refuses this node is noted, with its reason', async () => {
    await startNode();
    const raw = await dial();
    raw.sayHello(helloOf(1, 2));
    raw.sayRefusal({ reason: 'certificate', detail: 'expired' });
    await world.clock.settle();
    expect([raw.closed, node.peer(1).connectFailures.certificate]).toEqual([true, 1]);
    expect(node.logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { peer: 1, reason: 'certificate', detail: 'expired' },
    });
  });
});

describe('many at once', () => {
  it('the oldest of an address makes room for a newer one', async () => {
    await startNode({ maxHandshakesPerAddress: 2, maxHandshakes: 10 });
    const raws = [await dial(), await dial(), await dial()];
    await world.clock.settle();
    expect(raws.map(({ closed }) => closed)).toEqual([true, false, false]);
    expect(node.transport.metrics()).toMatchObject({ handshakesInProgress: 2, refusedHandshakes: { 'too-many': 1 } });
    await dial();
    await world.clock.settle();
    expect(raws.map(({ closed }) => closed)).toEqual([true, true, false]);
  });

  it('of all, the oldest', async () => {
    await startNode({ maxHandshakesPerAddress: 10, maxHandshakes: 2 });
    const raws = [await dial(), await dial(), await dial(), await dial()];
    await world.clock.settle();
    expect(raws.map(({ closed }) => closed)).toEqual([true, true, false, false]);
    raws[3]?.sayHello(helloOf(1, 2));
    await world.clock.settle();
    expect(raws[3]?.handshake?.type).toBe('hello');
  });

  it('a good one comes in between a thousand bad ones', async () => {
    await startNode();
    for (let count = 0; count < 500; count++) {
      const raw = await dial();
      if (count % 2 === 0) raw.say(Uint8Array.of(count & 0xff));
    }
    const good = await dial();
    good.sayHello(helloOf(1, 2));
    await world.clock.settle();
    expect(good.handshake?.type).toBe('hello');
    good.say(Uint8Array.of(4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1));
    await world.clock.settle();
    expect(node.takeTold()).toEqual(['up 1 1']);
    expect(node.transport.metrics().handshakesInProgress).toBeLessThanOrEqual(64);
  });

  it('are one line in the log for each reason and second, which says how many it left out', async () => {
    await startNode();
    const knock = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        const raw = await dial();
        raw.say(Uint8Array.of(0));
        await world.clock.settle();
        raw.connection.destroy();
      }
    };
    const lines = (): readonly unknown[] =>
      node.logger.lines
        .filter(({ message }) => message === 'refused a handshake')
        .map(({ fields }) => fields['unsaid']);
    await knock(100);
    expect(lines()).toEqual([undefined]);
    await world.clock.advance(999);
    await knock(1);
    await world.clock.advance(1);
    await knock(1);
    expect(lines()).toEqual([undefined, 100]);
    expect(node.transport.metrics().refusedHandshakes.malformed).toBe(102);
  });
});

describe('whoever is dialled', () => {
  /** Node 2 dials node 3, which does this. */
  async function dialled(answer: (raw: RawConnection) => void): Promise<RawConnection> {
    const accepted: RawConnection[] = [];
    const listener = await listenRaw(world.between(2, 3), 3, (raw) => {
      accepted.push(raw);
      answer(raw);
    });
    await startNode({ peers: [{ id: 3, address: addressOf(3) }] });
    await world.clock.advance(10);
    await listener.close();
    const [raw] = accepted;
    if (raw === undefined) throw new Error('nobody was dialled');
    return raw;
  }

  it('and answers is connected', async () => {
    const raw = await dialled((peer) => peer.sayHello(helloOf(3, 2)));
    expect(raw.handshake).toMatchObject({ type: 'hello', hello: { nodeId: 2, meantNodeId: 3 } });
    expect(node.takeTold()).toEqual(['up 3 1']);
  });

  it('and says nothing has its time', async () => {
    const raw = await dialled(() => {});
    await world.clock.advance(handshakeTimeoutMs - 12);
    expect(raw.closed).toBe(false);
    await world.clock.advance(3);
    expect([raw.closed, node.peer(3).connectFailures.timeout]).toEqual([true, 1]);
  });

  it('and refuses: its reason counts, here as there', async () => {
    await dialled((peer) => peer.sayRefusal({ reason: 'wrong-cluster', detail: 'of its own' }));
    expect(node.peer(3).connectFailures['wrong-cluster']).toBe(1);
    expect(node.transport.metrics().refusedHandshakes['wrong-cluster']).toBe(0);
    expect(node.logger.lines.some(({ fields }) => fields['detail'] === 'of its own')).toBe(true);
  });

  it.each([
    ['another node', { nodeId: 4 }, 'wrong-node', 'node 4 answered where node 3 was meant'],
    ['a node of another cluster', { clusterId: 'x' }, 'wrong-cluster', "cluster 'x'; this is cluster 'simulated'"],
    ['a node of another version', { minVersion: 7, maxVersion: 9 }, 'version', 'versions 7 to 9; version 1 is spoken'],
    ['a node that answers somebody else', { meantNodeId: 4 }, 'wrong-node', 'meant for node 4; this is node 2'],
    ['this node itself', { nodeId: 2 }, 'self', "node 2 is this node's own id"],
  ] as const)('and is %s is refused in turn', async (_what, hello, reason, detail) => {
    const raw = await dialled((peer) => peer.sayHello(helloOf(3, 2, hello)));
    expect(node.peer(3).connectFailures[reason]).toBe(1);
    expect(node.transport.metrics().refusedHandshakes[reason]).toBe(1);
    expect(node.logger.lines.find(({ message }) => message === 'refused a handshake')?.fields).toMatchObject({
      reason,
      detail,
    });
    await world.clock.advance(1000);
    expect([raw.closed, node.told]).toEqual([true, []]);
  });

  it('and is no node at all', async () => {
    await dialled((peer) => peer.say(new TextEncoder().encode('220 smtp.example.org')));
    expect(node.peer(3).connectFailures.malformed).toBe(1);
    await world.clock.advance(1000);
  });

  it('and leaves', async () => {
    await dialled((peer) => peer.connection.end());
    expect(node.peer(3).connectFailures.lost).toBe(1);
  });
});
