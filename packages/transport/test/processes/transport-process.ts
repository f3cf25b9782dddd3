import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { LogFields, Logger } from '@streambus/runtime';
import { createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import {
  bytesCodec,
  type Channel,
  type ChannelOptions,
  createTransport,
  defineChannel,
  type PeerDownReason,
  type PeerUp,
  type SendResult,
  type Transport,
  type TransportMetrics,
  type TransportOptions,
} from '@streambus/transport';
import { createMessage, type Receipt, ReceiptBook } from './messages.ts';

/*
 * A process with one transport, which does what its parent asks over IPC and tells it at once what happens.
 */

/** Options as they pass over IPC. */
export interface ProcessTransportOptions extends Omit<TransportOptions, 'channels' | 'tls'> {
  readonly channels: readonly Omit<ChannelOptions<Uint8Array>, 'codec'>[];
}

/** What to send. */
export interface SendOrder {
  readonly to: number;
  readonly channel: string;
  /** The number of the first message. Default 0. */
  readonly first?: number;
  readonly messages: number;
  /** Sizes, used one after the other and over again. */
  readonly messageBytes: readonly number[];
  /** What to do at a full queue: wait until there is room (the default), or end. */
  readonly whenFull?: 'wait' | 'end';
}

/** What became of a flood. */
export interface Flood {
  readonly results: Partial<Record<SendResult, number>>;
  /** What the sends took together. */
  readonly durationMs: number;
  /** The most bytes that the process has grown by meanwhile. */
  readonly rssGrowth: number;
}

/** How loud a line of the log is. */
export type LogLevel = Exclude<keyof Logger, 'child'>;

/** What the parent is told. */
export type ProcessEvent =
  | { readonly type: 'up'; readonly peer: PeerUp }
  | { readonly type: 'down'; readonly id: number; readonly reason: PeerDownReason }
  | { readonly type: 'gone'; readonly id: number }
  | { readonly type: 'unreachable'; readonly id: number }
  | { readonly type: 'log'; readonly level: LogLevel; readonly fields: LogFields; readonly message: string };

/** What goes over IPC to the parent. Moments are of the machine's monotonic clock, which is the same for all of its processes. */
export type FromProcess =
  | { readonly event: ProcessEvent; readonly atMs: number }
  | { readonly answer: number; readonly value?: unknown; readonly error?: string };

/** What goes over IPC to the process. */
export interface ToProcess {
  readonly question: number;
  readonly command: keyof typeof commands;
  readonly parameters: readonly unknown[];
}

/** The commands, for whoever asks. */
export type Commands = typeof commands;

const book = new ReceiptBook();
const roomWaiters = new Map<string, (() => void)[]>();
let channels = new Map<string, Channel<Uint8Array>>();
let transport: Transport | undefined;
let resourcesBefore: readonly string[] = [];

const commands = {
  async start(options: ProcessTransportOptions): Promise<void> {
    resourcesBefore = process.getActiveResourcesInfo();
    channels = new Map(
      options.channels.map((channel) => [channel.name, defineChannel({ ...channel, codec: bytesCodec })]),
    );
    const started = createTransport(
      { ...options, channels: [...channels.values()] },
      { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), logger: createLogger({}) },
    );
    transport = started;
    for (const [name, channel] of channels) {
      started.receive(channel, (from, message) => book.note(from, name, message));
    }
    listen(started);
    await started.start();
  },

  /** Sends in order; tells how many were queued, and what became of the others. */
  async send(order: SendOrder): Promise<Partial<Record<SendResult, number>>> {
    const { to, first = 0, messages, messageBytes, whenFull = 'wait' } = order;
    const channel = channelNamed(order.channel);
    const results: Partial<Record<SendResult, number>> = {};
    for (let sequence = first; sequence < first + messages; ) {
      const size = messageBytes[sequence % messageBytes.length] ?? 0;
      const result = running().send(to, channel, createMessage(sequence, size));
      if (result === 'queue-full' && whenFull === 'wait') {
        await room(to, channel.name);
        continue;
      }
      results[result] = (results[result] ?? 0) + 1;
      if (result === 'queue-full') break;
      sequence++;
    }
    return results;
  },

  /** Sends over and over again without a pause but for a turn of the event loop after each tenth of it. */
  async flood(to: number, channelName: string, messages: number, messageBytes: number): Promise<Flood> {
    const channel = channelNamed(channelName);
    const results: Partial<Record<SendResult, number>> = {};
    const rssBefore = process.memoryUsage.rss();
    let [durationMs, rssGrowth] = [0, 0];
    for (let tenth = 0; tenth < 10; tenth++) {
      const beganMs = performance.now();
      for (let number = 0; number < messages / 10; number++) {
        const result = running().send(to, channel, new Uint8Array(messageBytes));
        results[result] = (results[result] ?? 0) + 1;
      }
      durationMs += performance.now() - beganMs;
      rssGrowth = Math.max(rssGrowth, process.memoryUsage.rss() - rssBefore);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { results, durationMs, rssGrowth };
  },

  received: (from: number, channel: string): Receipt => book.receipt(from, channel),

  whenReceived: (from: number, channel: string, messages: number): Promise<Receipt> =>
    book.whenReceived(from, channel, messages),

  metrics: (): TransportMetrics => running().metrics(),

  setPeers: (peers: TransportOptions['peers']): void => running().setPeers(peers ?? []),

  /** Does nothing else for so long. */
  stall(durationMs: number): void {
    stall(durationMs);
  },

  /** The same, and many timers of other work have fallen due when it is over. */
  stallAmongTimers(durationMs: number, callbackMs: number, callbacks: number): Promise<void> {
    return new Promise((resolve) => {
      for (let number = 1; number <= callbacks; number++) {
        setTimeout(() => (number === callbacks ? resolve() : stall(callbackMs)), durationMs - callbacks + number);
      }
      stall(durationMs);
    });
  },

  memory: (): NodeJS.MemoryUsage => process.memoryUsage(),

  /** Stops it; tells how long that took, and what it left that keeps a process alive. */
  async stop(): Promise<{ readonly durationMs: number; readonly left: readonly string[] }> {
    const beganMs = performance.now();
    await running().stop();
    const durationMs = performance.now() - beganMs;
    return { durationMs, left: await resourcesLeft() };
  },

  /** Calls stop before start has ended, and again. */
  async startAndStop(options: ProcessTransportOptions): Promise<{ readonly left: readonly string[] }> {
    const started = commands.start(options);
    await Promise.all([started, running().stop(), running().stop()]);
    return { left: await resourcesLeft() };
  },

  /** Cuts the line to the parent, so that nothing keeps this process but what the transport may have left. */
  letGo(): void {
    setImmediate(() => {
      process.removeAllListeners('disconnect');
      process.disconnect();
      setImmediate(() => writeSync(1, JSON.stringify(process.getActiveResourcesInfo())));
    });
  },
};

process.on('message', (message) => void answer(message as ToProcess));
// Whoever started this is gone.
process.once('disconnect', () => process.exit());
flushCompileCache();

async function answer({ question, command, parameters }: ToProcess): Promise<void> {
  try {
    const run = commands[command] as (...parameters: readonly unknown[]) => unknown;
    tell({ answer: question, value: await run(...parameters) });
  } catch (error) {
    tell({ answer: question, error: String(error) });
  }
}

function tell(message: FromProcess): void {
  if (process.connected) process.send?.(message);
}

function note(event: ProcessEvent): void {
  tell({ event, atMs: Number(process.hrtime.bigint()) / 1e6 });
}

function listen(started: Transport): void {
  started.subscribe({
    onPeerUp: (peer) => note({ type: 'up', peer }),
    onPeerDown: (id, reason) => note({ type: 'down', id, reason }),
    onPeerGone: (id) => note({ type: 'gone', id }),
    onUnreachable: (id) => note({ type: 'unreachable', id }),
    onRoom(id, channel) {
      const key = `${id} ${channel}`;
      for (const resolve of roomWaiters.get(key) ?? []) resolve();
      roomWaiters.delete(key);
    },
  });
}

function room(to: number, channel: string): Promise<void> {
  const key = `${to} ${channel}`;
  return new Promise((resolve) => roomWaiters.set(key, [...(roomWaiters.get(key) ?? []), resolve]));
}

function running(): Transport {
  if (transport === undefined) throw new Error('there is no transport yet');
  return transport;
}

function channelNamed(name: string): Channel<Uint8Array> {
  const channel = channels.get(name);
  if (channel === undefined) throw new Error(`no channel '${name}'`);
  return channel;
}

function stall(durationMs: number): void {
  const untilMs = performance.now() + durationMs;
  while (performance.now() < untilMs);
}

function createLogger(always: LogFields): Logger {
  const at = (level: LogLevel) => (fields: LogFields, message: string) =>
    note({ type: 'log', level, fields: { ...always, ...fields }, message });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLogger({ ...always, ...fields }),
  };
}

/** What keeps this process alive and did not before the transport was made. */
async function resourcesLeft(): Promise<readonly string[]> {
  // Node takes what was closed off its list when the turn of the event loop is over, and first runs what waits for that.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  return without(process.getActiveResourcesInfo(), resourcesBefore);
}

/** What is in one list and not in the other, as often as it is there. */
function without(list: readonly string[], other: readonly string[]): readonly string[] {
  const rest = [...other];
  return list.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}
