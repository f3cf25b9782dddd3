import { bytesCodec, defineChannel, type Transport, type TransportListener } from '@streambus/transport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, type SimulatedNode, SimulatedWorld } from './support/simulated-world.ts';

const channel = defineChannel({ name: 'c', codec: bytesCodec, maxQueuedMessages: 4 });
const dropping = defineChannel({ name: 'd', codec: bytesCodec, whilePeerIsDown: 'drop' });

let world = new SimulatedWorld([1, 2, 3]);
let nodes: SimulatedNode[] = [];

function createNode(id: number, options: Partial<Parameters<SimulatedWorld['createNode']>[0]> = {}): SimulatedNode {
  const node = world.createNode({ nodeId: id, channels: [channel, dropping], ...options });
  nodes.push(node);
  return node;
}

async function start(...ids: number[]): Promise<SimulatedNode[]> {
  const started = ids.map((id) => createNode(id));
  for (const { transport } of started) await transport.start();
  await world.clock.advance(300);
  for (const node of started) node.takeTold();
  return started;
}

/** Stops what a test has not stopped; and then nothing is left, of nobody. */
async function expectNothingLeft(): Promise<void> {
  world.heal();
  const living = nodes.filter(({ alive }) => alive);
  await world.clock.until(Promise.all(living.map(({ transport }) => transport.stop())));
  expect({ timers: world.clock.pendingTimers, ends: world.openEnds }).toEqual({ timers: 0, ends: 0 });
}

beforeEach(() => {
  world = new SimulatedWorld([1, 2, 3]);
  nodes = [];
});

afterEach(expectNothingLeft);

describe('stop', () => {
  it('of one that is connected: both sides know why, and nothing is left of it', async () => {
    const [one, two] = await start(1, 2);
    await world.clock.until(one?.transport.stop() ?? Promise.resolve());
    await world.clock.advance(100);
    expect([one?.takeTold(), two?.takeTold()]).toEqual([['down 2 local-stop'], ['down 1 stopped', 'gone 1']]);
  });

  it('of all at once', async () => {
    await start(1, 2, 3);
  });

  it('of one that dials nobody, somebody who does not answer, and somebody who is not there', async () => {
    const node = createNode(1);
    world.stall(world.between(1, 2));
    await node.transport.start();
    await world.clock.advance(10);
    await world.clock.until(node.transport.stop());
    expect(world.clock.pendingTimers).toBe(0);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20])('after %i turns of a handshake', async (turns) => {
    for (const id of [1, 2]) await createNode(id).transport.start();
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await world.clock.until(Promise.all(nodes.map(({ transport }) => transport.stop())));
    expect({ timers: world.clock.pendingTimers, ends: world.openEnds }).toEqual({ timers: 0, ends: 0 });
  });

  it('says goodbye to a peer that does not answer for a second at most', async () => {
    const [one] = await start(1, 2);
    world.stall(world.between(1, 2));
    await world.clock.until(one?.transport.stop() ?? Promise.resolve(), { limitMs: 1000 });
  });

  it('twice, and before a start, is harmless', async () => {
    const node = createNode(1);
    await node.transport.stop();
    await node.transport.stop();
    await expect(node.transport.start()).rejects.toMatchObject({ code: 'TRANSPORT_STATE' });
  });

  it('what is sent afterwards is dropped and counted, and nobody is told of it', async () => {
    const [one] = await start(1, 2);
    if (one === undefined) throw new Error('no node');
    one.transport.send(2, dropping, new Uint8Array(10));
    await world.clock.until(one.transport.stop());
    expect(one.transport.send(2, channel, new Uint8Array(1))).toBe('stopped');
    expect(one.transport.metrics().sendDrops.stopped).toBe(1);
    expect(() => one.transport.setPeers([])).toThrow('setPeers while stopped');
    await world.clock.advance(5000);
    expect(one.takeTold()).toEqual(['down 2 local-stop']);
  });
});

describe('stop while it starts', () => {
  it('leaves no listener', async () => {
    const node = createNode(1);
    const starting = node.transport.start();
    const stopping = node.transport.stop();
    await world.clock.until(Promise.all([starting, stopping]));
    await expectPortFree(1);
  });

  it('and a start that fails leaves nothing, and may be tried again', async () => {
    const blocker = await world.between(1, 2).listen(addressOf(1), () => {});
    const node = createNode(1);
    await expect(node.transport.start()).rejects.toMatchObject({ code: 'TRANSPORT_LISTEN', retriable: true });
    expect(() => node.transport.setPeers([])).toThrow(/setPeers/);
    await blocker.close();
    await node.transport.start();
    await expect(node.transport.start()).rejects.toMatchObject({ code: 'TRANSPORT_STATE' });
  });

  async function expectPortFree(id: number): Promise<void> {
    for (const other of world.others(id)) {
      const listener = await world.between(id, other).listen(addressOf(id), () => {});
      await listener.close();
    }
  }
});

describe('stop from within what is told', () => {
  type Event = keyof TransportListener;

  /** What makes it happen that node 1 is told of it, of node 2. */
  const happenings: Record<string, { event: Event; happen: (one: SimulatedNode, two: SimulatedNode) => void }> = {
    'a peer is up': { event: 'onPeerUp', happen: () => {} },
    'a peer stops': { event: 'onPeerDown', happen: (_one, two) => void two.transport.stop() },
    'a peer is killed': { event: 'onPeerDown', happen: (_one, two) => two.kill() },
    'a connection is reset': { event: 'onPeerDown', happen: () => world.between(1, 2).resetConnections() },
    'a peer is silent': { event: 'onPeerDown', happen: () => world.stall(world.between(1, 2)) },
    'a peer is removed': {
      event: 'onPeerDown',
      happen: (one) => one.transport.setPeers([{ id: 3, address: addressOf(3) }]),
    },
    'a peer is gone': { event: 'onPeerGone', happen: (_one, two) => void two.transport.stop() },
    'a message is lost': { event: 'onUnreachable', happen: (one) => flood(one.transport) },
    'there is room again': { event: 'onRoom', happen: (one) => flood(one.transport) },
    'messages are lost with a connection': {
      event: 'onUnreachable',
      happen: (one) => {
        for (let count = 0; count < 40; count++) one.transport.send(2, dropping, new Uint8Array(64 * 1024));
        world.between(1, 2).resetConnections();
      },
    },
  };

  function flood(transport: Transport): void {
    for (let count = 0; count < 10; count++) transport.send(2, channel, new Uint8Array(10));
  }

  it.each(Object.keys(happenings))('%s', async (name) => {
    const { event, happen } = happenings[name] ?? { event: 'onPeerUp', happen: () => {} };
    const [one, two] = [createNode(1), createNode(2)];
    let stopped: Promise<void> | undefined;
    one.transport.subscribe({
      [event]: () => {
        stopped ??= one.transport.stop();
      },
    });
    for (const { transport } of [one, two]) await transport.start();
    await world.clock.advance(300);
    if (event !== 'onPeerUp') expect(stopped).toBeUndefined();
    happen(one, two);
    for (let time = 0; time < 1000 && stopped === undefined; time++) await world.clock.advance(1);
    expect(stopped).toBeDefined();
    await expectNothingLeft();
  });

  it('a peer has restarted, and its new connection replaces the old one', async () => {
    const [, two] = await start(1, 2);
    let stopped: Promise<void> | undefined;
    two?.transport.subscribe({
      onPeerDown: () => {
        stopped ??= two.transport.stop();
      },
    });
    await restartBehindStall(1);
    expect(two?.told[0]).toBe('down 1 replaced');
    expect(stopped).toBeDefined();
  });

  it('the same of a peer that knocks', async () => {
    const [one] = await start(1, 2);
    let stopped: Promise<void> | undefined;
    one?.transport.subscribe({
      onPeerDown: () => {
        stopped ??= one.transport.stop();
      },
    });
    await restartBehindStall(2);
    expect(one?.told[0]).toBe('down 2 replaced');
    expect(stopped).toBeDefined();
  });

  /** The old process dies unnoticed, and its successor is there before its peers have missed it. */
  async function restartBehindStall(id: number): Promise<void> {
    const network = world.between(1, 2);
    world.stall(network);
    nodes.find((node) => node.id === id)?.kill();
    const successor = createNode(id, { incarnation: Date.UTC(2030, 0) });
    await successor.transport.start();
    await world.clock.advance(50);
    network.resume();
    await world.clock.advance(50);
    world.resume(network);
    await world.clock.advance(1000);
  }

  it('a message has come', async () => {
    const [one, two] = await start(1, 2);
    let messages = 0;
    two?.transport.receive(channel, () => {
      messages++;
      void two.transport.stop();
    });
    for (let count = 0; count < 3; count++) one?.transport.send(2, channel, new Uint8Array(10));
    await world.clock.advance(1000);
    expect(messages).toBe(1);
  });
});

describe('other peers set from within what is told', () => {
  it('by whoever hears that a peer was removed: the last word holds', async () => {
    const [one] = await start(1, 2, 3);
    const all = [2, 3].map((id) => ({ id, address: addressOf(id) }));
    let calls = 0;
    one?.transport.subscribe({
      onPeerDown: () => {
        if (calls++ === 0) one.transport.setPeers([]);
      },
    });
    one?.transport.setPeers([...all.slice(1), { id: 9, address: addressOf(9) }]);
    expect(one?.transport.metrics().peers).toEqual([]);
  });

  it('a listener that was ended by another hears nothing more, and one that listens twice hears twice', async () => {
    const [one] = await start(1, 2);
    const heard: string[] = [];
    const listener = { onPeerDown: () => heard.push('twice') };
    const ends = [listener, listener, { onPeerDown: () => heard.push('never') }].map((each) =>
      one?.transport.subscribe(each),
    );
    const first = one?.transport.subscribe({ onPeerDown: () => heard.push('last') });
    ends[2]?.();
    one?.transport.subscribe({ onPeerDown: () => first?.() });
    world.between(1, 2).resetConnections();
    await world.clock.advance(10);
    expect(heard).toEqual(['twice', 'twice', 'last']);
    ends[0]?.();
    world.between(1, 2).resetConnections();
    await world.clock.advance(10);
    expect(heard).toEqual(['twice', 'twice', 'last', 'twice']);
  });
});
