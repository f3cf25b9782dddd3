import { describe, expect, it } from 'vitest';
import type { Connection, NetworkError } from '../network.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from './memory-network.ts';
import { createSeededRandom } from './seeded-random.ts';

interface Pair {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly client: Connection;
  readonly server: Connection;
}

async function connectedPair(options: Omit<MemoryNetworkOptions, 'clock'> = {}): Promise<Pair> {
  const clock = createManualClock();
  const network = createMemoryNetwork({ clock, ...options });
  const accepted = Promise.withResolvers<Connection>();
  const listener = await network.listen({ host: 'localhost', port: 0 }, accepted.resolve);
  const client = await clock.until(network.connect(listener.address, { timeoutMs: 1000 }));
  return { clock, network, client, server: await clock.until(accepted.promise) };
}

const ignored = { onData() {}, onClose() {} };

describe('holding back', () => {
  it('write asks to wait from the high-water mark on; onDrain comes when the queue is empty', async () => {
    const { clock, client, server } = await connectedPair({ highWaterMarkBytes: 10, transitBytes: 4 });
    let drains = 0;
    client.start({ ...ignored, onDrain: () => drains++ });
    expect(client.write([new Uint8Array(9)])).toBe(true);
    expect(client.write([new Uint8Array(1)])).toBe(false);
    await clock.settle();
    expect([client.queuedBytes, drains]).toEqual([6, 0]);
    server.start(ignored);
    await clock.settle();
    expect([client.queuedBytes, drains]).toEqual([0, 1]);
  });
});

describe('random pieces', () => {
  it('bytes arrive in other pieces, and they are the same bytes', async () => {
    const { clock, client, server } = await connectedPair({ random: createSeededRandom(3) });
    const pieces: Uint8Array[] = [];
    server.start({ ...ignored, onData: (chunk) => pieces.push(chunk) });
    const sent = Uint8Array.from({ length: 1000 }, (_, index) => index & 0xff);
    client.write([sent]);
    await clock.settle();
    expect(pieces.length).toBeGreaterThan(1);
    expect(new Uint8Array(Buffer.concat(pieces))).toEqual(sent);
  });
});

describe('a cable that is out', () => {
  it('nothing moves until it is back; nothing is lost', async () => {
    const { clock, network, client, server } = await connectedPair();
    const heard: string[] = [];
    server.start({ onData: (chunk) => heard.push(`data ${chunk.length}`), onClose: () => heard.push('close') });
    network.stall();
    client.write([new Uint8Array(3)]);
    await clock.advance(60_000);
    expect(heard).toEqual([]);
    network.resume();
    await clock.settle();
    expect(heard).toEqual(['data 3']);
  });

  it('a connect runs into its time-out, or succeeds when the cable is back in time', async () => {
    const clock = createManualClock();
    const network = createMemoryNetwork({ clock });
    const { address } = await network.listen({ host: '0.0.0.0', port: 9092 }, () => {});
    network.stall();
    const late = network.connect(address, { timeoutMs: 100 });
    await expect(clock.until(late)).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT', retriable: true });
    const inTime = network.connect({ host: 'any.name', port: 9092 }, { timeoutMs: 100 });
    clock.setTimer(50, () => network.resume());
    expect((await clock.until(inTime)).remoteAddress.port).toBe(9092);
    await clock.advance(1000);
    expect(network.openEnds).toBe(2);
  });
});

describe('resetConnections', () => {
  it('both owners hear NETWORK_RESET once, what was under way is gone, and nothing stays open', async () => {
    const { clock, network, client, server } = await connectedPair();
    const heard: string[] = [];
    const listenAs = (who: string) => ({
      onData: () => heard.push(`${who} data`),
      onClose: (error?: NetworkError) => heard.push(`${who} ${error?.code}`),
    });
    client.start(listenAs('client'));
    server.start(listenAs('server'));
    client.write([new Uint8Array(3)]);
    network.resetConnections();
    await clock.settle();
    expect(heard).toEqual(['client NETWORK_RESET', 'server NETWORK_RESET']);
    expect(network.openEnds).toBe(0);
    expect(client.write([new Uint8Array(1)])).toBe(false);
  });
});
