import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import {
  bytesCodec,
  createTransport,
  defineChannel,
  type SendResult,
  sendDropCauses,
  type Transport,
  type TransportMetrics,
} from '@streambus/transport';
import { floodedChannels } from './flooded-channels.ts';

/*
 * A process with one transport, for tests of what a million sends cost it. It does what its parent asks over IPC.
 */

const host = '127.0.0.1';

/** What a flood did. */
export interface FloodReport {
  readonly results: Partial<Record<SendResult, number>>;
  /** Whatever was returned that is none of the documented results. */
  readonly undocumented: readonly string[];
  /** The most that waited on any channel, as a part of its bound. */
  readonly mostQueuedMessages: number;
  readonly mostQueuedBytes: number;
  /** How often a timer fired that was due every millisecond, while sends came in batches. */
  readonly timerTicks: number;
  readonly sendsPerSecond: number;
}

/** What the process holds when its garbage is collected. */
export interface HeldMemory {
  readonly heapBytes: number;
  readonly bufferBytes: number;
}

const peerId = 2;
const channels = Object.entries(floodedChannels).map(([name, { messageBytes, ...rules }]) => ({
  channel: defineChannel<Uint8Array>({ name, codec: bytesCodec, ...rules }),
  messageBytes,
}));
const documented = new Set<unknown>(['queued', ...sendDropCauses]);
const batchMessages = 1000;
let transport: Transport | undefined;
let unreachable = 0;
let received = 0;
let sends = 0;

const commands = {
  async start(options: StartOptions): Promise<number> {
    transport = create(options);
    transport.subscribe({
      onUnreachable: () => {
        unreachable++;
      },
    });
    for (const { channel } of channels) {
      transport.receive(channel, () => {
        received++;
      });
    }
    await transport.start();
    return transport.address?.port ?? 0;
  },

  /** Code is compiled and caches are filled by a transport that is gone before anything is measured. */
  async warmUp(): Promise<void> {
    const peers = [{ id: peerId, address: { host, port: 1 } }];
    await using other = create({ nodeId: 1, clusterId: 'flood', peers });
    await other.start();
    for (let count = 0; count < 50_000; count++) sendOne(other, count);
  },

  /** Sends one half in batches, each in a turn of its own, and the other half without a pause. */
  async flood(messages: number): Promise<FloodReport> {
    const running = started();
    const results: Partial<Record<SendResult, number>> = {};
    const undocumented: string[] = [];
    const most = { messages: 0, bytes: 0 };
    let timerTicks = 0;
    const timer = setInterval(() => timerTicks++, 1);
    let sendMs = 0;
    const send = (count: number): void => {
      const startedMs = performance.now();
      for (let left = count; left > 0; left--) {
        const result = sendOne(running, sends++);
        if (documented.has(result)) results[result] = (results[result] ?? 0) + 1;
        else undocumented.push(String(result));
      }
      sendMs += performance.now() - startedMs;
      noteQueues(running.metrics(), most);
    };
    for (let left = messages / 2; left > 0; left -= batchMessages) {
      send(batchMessages);
      await new Promise((resolve) => setImmediate(resolve));
    }
    clearInterval(timer);
    send(messages / 2);
    return {
      results,
      undocumented,
      mostQueuedMessages: most.messages,
      mostQueuedBytes: most.bytes,
      timerTicks,
      sendsPerSecond: (messages / sendMs) * 1000,
    };
  },

  held(): HeldMemory {
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return { heapBytes: heapUsed, bufferBytes: arrayBuffers };
  },

  metrics: (): TransportMetrics => started().metrics(),
  unreachable: (): number => unreachable,
  received: (): number => received,
};

/** The commands, for whoever asks. */
export type FloodCommands = typeof commands;

/** How to start. */
export interface StartOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly peers: readonly {
    readonly id: number;
    readonly address: { readonly host: string; readonly port: number };
  }[];
  readonly breakerOpensAfterMs?: number;
}

/** A peer that stands still is not taken for lost meanwhile. */
const patience = { idleTimeoutMs: 600_000, pingIntervalMs: 1000, breakerOpensAfterMs: 600_000 };

function create(options: StartOptions): Transport {
  const listen = { host, port: 0 };
  return createTransport(
    { ...patience, ...options, listen, channels: channels.map(({ channel }) => channel) },
    { clock: nodeClock, random: nodeRandom, network: createNodeNetwork() },
  );
}

function sendOne(running: Transport, number: number): SendResult {
  const { channel, messageBytes } = channels[number % channels.length] ?? raise('no channel');
  return running.send(peerId, channel, new Uint8Array(messageBytes));
}

function noteQueues({ peers }: TransportMetrics, most: { messages: number; bytes: number }): void {
  for (const { channel } of channels) {
    const { queuedMessages = 0, queuedBytes = 0 } = peers[0]?.channels[channel.name] ?? {};
    most.messages = Math.max(most.messages, queuedMessages / channel.maxQueuedMessages);
    most.bytes = Math.max(most.bytes, queuedBytes / channel.maxQueuedBytes);
  }
}

function started(): Transport {
  return transport ?? raise('it was not started');
}

function raise(message: string): never {
  throw new Error(message);
}

interface Question {
  readonly id: number;
  readonly command: keyof FloodCommands;
  readonly argument: never;
}

process.on('message', async ({ id, command, argument }: Question) => {
  const value = await commands[command](argument);
  process.send?.({ id, value });
});
process.on('disconnect', () => process.exit(0));
