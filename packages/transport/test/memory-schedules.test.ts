import { createManualClock, createSeededRandom } from '@streambus/runtime/testing';
import { defineChannel, jsonCodec, type Transport } from '@streambus/transport';
import { createMemoryTransportHub } from '@streambus/transport/testing';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

const numbers = (['urgent', 'normal', 'bulk'] as const).map((priority) =>
  defineChannel({ name: priority, codec: jsonCodec<number>(), priority, maxQueuedMessages: 20 }),
);
const ids = [1, 2, 3] as const;

interface Step {
  readonly kind: 'send' | 'cut' | 'cut one way' | 'heal' | 'disconnect' | 'freeze' | 'thaw' | 'restart' | 'wait';
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'send',
    'send',
    'send',
    'cut',
    'cut one way',
    'heal',
    'disconnect',
    'freeze',
    'thaw',
    'restart',
    'wait',
    'wait',
  ),
  from: fc.constantFrom(...ids),
  to: fc.constantFrom(...ids),
  amount: fc.integer({ min: 1, max: 40 }),
});

interface Trace {
  readonly lines: string[];
  /** What arrived, in its order, by the lives of sender and receiver and the channel. */
  readonly received: Map<string, number[]>;
  readonly connectedAtTheEnd: number[];
  readonly timersAtTheEnd: number;
}

/** Runs a schedule, heals everything, and stops. */
async function run(steps: readonly Step[], seed: number): Promise<Trace> {
  const clock = createManualClock();
  const hub = createMemoryTransportHub({ clock, random: createSeededRandom(seed), maxDelayMs: 30 });
  const lines: string[] = [];
  const received = new Map<string, number[]>();
  const lives = new Map<number, number>();
  const running = new Map<number, Transport>();
  let next = 0;
  const peers = ids.map((id) => ({ id, address: { host: 'localhost', port: 9000 + id } }));

  async function start(nodeId: number): Promise<void> {
    const life = (lives.get(nodeId) ?? 0) + 1;
    lives.set(nodeId, life);
    const listen = { host: 'localhost', port: 9000 + nodeId };
    const transport = hub.createTransport({ clusterId: 'test', nodeId, listen, peers, channels: numbers });
    for (const channel of numbers) {
      transport.receive(channel, (from, number) => {
        // The life of the sender that the number was sent in is part of the number.
        const key = `${from} to ${nodeId}.${life} ${channel.name}`;
        received.set(key, [...(received.get(key) ?? []), number]);
        lines.push(`${clock.monotonicMs()} ${key} ${number}`);
      });
    }
    transport.subscribe({
      onPeerUp: ({ id }) => lines.push(`${clock.monotonicMs()} ${nodeId}.${life} up ${id}`),
      onPeerDown: (id, reason) => lines.push(`${clock.monotonicMs()} ${nodeId}.${life} down ${id} ${reason}`),
      onPeerGone: (id) => lines.push(`${clock.monotonicMs()} ${nodeId}.${life} gone ${id}`),
      onUnreachable: (id) => lines.push(`${clock.monotonicMs()} ${nodeId}.${life} unreachable ${id}`),
    });
    await transport.start();
    running.set(nodeId, transport);
  }

  async function perform({ kind, from, to, amount }: Step): Promise<void> {
    if (kind === 'wait') return clock.advance(amount * amount * 5);
    if (kind === 'freeze') return hub.freeze(from);
    if (kind === 'thaw') return hub.thaw(from);
    if (kind === 'restart') {
      hub.kill(from);
      return start(from);
    }
    if (from === to) return;
    if (kind === 'cut') return hub.cut(from, to);
    if (kind === 'cut one way') return hub.cutOneWay(from, to);
    if (kind === 'heal') return hub.heal(from, to);
    if (kind === 'disconnect') return hub.disconnect(from, to);
    for (let count = 0; count < amount; count++) {
      const channel = numbers[next % numbers.length];
      if (channel !== undefined) running.get(from)?.send(to, channel, next++);
    }
  }

  for (const id of ids) await start(id);
  for (const one of steps) await perform(one);
  hub.healAll();
  for (const id of ids) hub.thaw(id);
  await clock.advance(120_000);
  const connectedAtTheEnd = [...running.values()].map((transport) => transport.connectedPeers().length);
  for (const transport of running.values()) {
    for (const { channels, inflightBytes } of transport.metrics().peers) {
      lines.push(
        `${inflightBytes} under way, ${Object.values(channels).map(({ queuedMessages }) => queuedMessages)} wait`,
      );
    }
  }
  for (const transport of running.values()) await transport.stop();
  await clock.settle();
  return { lines, received, connectedAtTheEnd, timersAtTheEnd: clock.pendingTimers };
}

it('whatever happens: in order, nothing twice, all connected at the end, and no timer left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
      const { received, lines, connectedAtTheEnd, timersAtTheEnd } = await run(steps, seed);
      for (const [key, arrived] of received) {
        const sorted = [...new Set(arrived)].sort((one, other) => one - other);
        expect(arrived, key).toEqual(sorted);
      }
      expect(connectedAtTheEnd).toEqual([2, 2, 2]);
      expect(lines.filter((line) => line.endsWith('wait'))).toEqual(Array(6).fill('0 under way, 0,0,0 wait'));
      expect(timersAtTheEnd).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it('the same seed and schedule give the same run, to the millisecond', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(), async (steps, seed) => {
      const first = await run(steps, seed);
      const second = await run(steps, seed);
      expect(second.lines).toEqual(first.lines);
    }),
    { numRuns: 20 },
  );
});
