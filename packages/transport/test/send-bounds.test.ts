import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TransportMetrics } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { floodedChannels } from './support/flooded-channels.ts';
import type { FloodCommands, FloodReport, HeldMemory, StartOptions } from './support/flooding-process.ts';

const script = fileURLToPath(new URL('./support/flooding-process.ts', import.meta.url));
const host = '127.0.0.1';
const million = 1_000_000;
const kib = 1024;
const timeout = 60_000;

/** A process with one transport. */
class FloodProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;

  constructor() {
    this.#child = fork(script, {
      execArgv: ['--conditions=@streambus/source', '--expose-gc'],
      serialization: 'advanced',
    });
    this.#child.on('message', ({ id, value }: { id: number; value: unknown }) => {
      this.#answers.get(id)?.resolve(value);
      this.#answers.delete(id);
    });
    this.#child.once('exit', (code, signal) => {
      const gone = new Error(`the process ended with ${signal ?? code}`);
      for (const answer of this.#answers.values()) answer.reject(gone);
    });
  }

  ask<Name extends keyof FloodCommands>(
    command: Name,
    ...[argument]: Parameters<FloodCommands[Name]>
  ): Promise<Awaited<ReturnType<FloodCommands[Name]>>> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    this.#child.send({ id, command, argument });
    return answer.promise as Promise<never>;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

/** A sender whose memory has been looked at, and a way to see what the flood left in it. */
interface Sender extends AsyncDisposable {
  readonly process: FloodProcess;
  readonly before: HeldMemory;
}

async function startSender(port: number, options: Partial<StartOptions> = {}): Promise<Sender> {
  const process = new FloodProcess();
  await process.ask('warmUp');
  const before = await process.ask('held');
  const peers = [{ id: 2, address: { host, port } }];
  await process.ask('start', { nodeId: 1, clusterId: 'flood', peers, ...options });
  return { process, before, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

/** Node 2, which knows node 1; where that listens does not matter, as node 1 dials. */
async function startReceiver(clusterId = 'flood'): Promise<{ process: FloodProcess; port: number } & AsyncDisposable> {
  const process = new FloodProcess();
  const peers = [{ id: 1, address: { host, port: await unusedPort() } }];
  const port = await process.ask('start', { nodeId: 2, clusterId, peers });
  return { process, port, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function until<Value>(
  look: () => Promise<Value>,
  isEnough: (value: Value) => boolean,
  what: string,
): Promise<Value> {
  for (const deadline = performance.now() + 30_000; ; ) {
    const value = await look();
    if (isEnough(value)) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not come to be: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const untilConnected = ({ process }: Sender): Promise<TransportMetrics> =>
  until(
    () => process.ask('metrics'),
    ({ peers }) => peers[0]?.connected === true,
    'the connection',
  );

/** Queues that are full, what a socket takes before it asks to wait and one more write, and what grows in any process. */
function heldBytesBound(): number {
  const queues = Object.values(floodedChannels).map(({ maxQueuedMessages, maxQueuedBytes, messageBytes }) => {
    const messages = Math.min(maxQueuedMessages, Math.floor(maxQueuedBytes / messageBytes));
    // An array, its buffer, and its places in the queue.
    return messages * (messageBytes + 400);
  });
  const socketBytes = (1024 + 256) * kib;
  return queues.reduce((sum, bytes) => sum + bytes, 0) + socketBytes + 2 * 1024 * kib;
}

/** Where all messages are now; each has to be in one place. */
function countAll({ peers, sendDrops }: Pick<TransportMetrics, 'peers' | 'sendDrops'>): {
  sent: number;
  queued: number;
  dropped: number;
} {
  const all = { sent: 0, queued: 0, dropped: sendDrops.stopped + sendDrops['unknown-peer'] };
  for (const channel of Object.values(peers[0]?.channels ?? {})) {
    all.sent += channel.sentMessages;
    all.queued += channel.queuedMessages;
    for (const drops of Object.values(channel.sendDrops)) all.dropped += drops;
  }
  return all;
}

/** What holds of every flood, whatever the peer does. */
async function expectBounded(
  sender: Sender,
  name: string,
  flood: FloodReport,
  sends: number,
): Promise<TransportMetrics> {
  const { process, before } = sender;
  const [metrics, held] = [await process.ask('metrics'), await process.ask('held')];
  const { sent, queued, dropped } = countAll(metrics);
  const grownBytes = held.heapBytes + held.bufferBytes - before.heapBytes - before.bufferBytes;
  console.log(
    `${name}: ${Math.round(flood.sendsPerSecond / 1000)} thousand sends per second; ${sent} sent, ${queued} queued, ` +
      `${dropped} dropped; ${Math.round(grownBytes / kib)} KiB more are held, of ${Math.round(heldBytesBound() / kib)}`,
  );
  expect(flood.undocumented).toEqual([]);
  expect(sent + queued + dropped).toBe(sends);
  expect(flood.mostQueuedMessages).toBeLessThanOrEqual(1);
  expect(flood.mostQueuedBytes).toBeLessThanOrEqual(1);
  expect(flood.timerTicks).toBeGreaterThan(0);
  expect(grownBytes).toBeLessThan(heldBytesBound());
  return metrics;
}

describe.concurrent('a million sends return at once, and hold no more than the bounds', { timeout }, () => {
  it('to a dead peer, before its breaker opens and after', async () => {
    await using sender = await startSender(await unusedPort(), { breakerOpensAfterMs: 500 });
    const { process } = sender;
    const closed = await process.ask('flood', million / 2);
    await until(
      () => process.ask('metrics'),
      ({ peers }) => peers[0]?.breaker !== 'closed',
      'the open breaker',
    );
    const open = await process.ask('flood', million / 2);
    expect(open.results).toEqual({ 'peer-down': million / 2 });
    expect(closed.results['queue-full']).toBeGreaterThan(0);
    const metrics = await expectBounded(sender, 'dead', open, million);
    expect(countAll(metrics)).toEqual({ sent: 0, queued: 0, dropped: million });
    expect(await process.ask('unreachable')).toBe(1);
  });

  it('to a peer that stands still, twice', async () => {
    await using receiver = await startReceiver();
    await using sender = await startSender(receiver.port);
    await untilConnected(sender);
    receiver.process.signal('SIGSTOP');
    const first = await sender.process.ask('flood', million);
    const { peers } = await expectBounded(sender, 'stalled', first, million);
    expect(peers[0]?.connected).toBe(true);
    expect(await sender.process.ask('unreachable')).toBe(1);

    receiver.process.signal('SIGCONT');
    await until(
      () => sender.process.ask('metrics'),
      (metrics) => countAll(metrics).queued === 0,
      'an end of the queues',
    );
    receiver.process.signal('SIGSTOP');
    const second = await sender.process.ask('flood', million / 5);
    await expectBounded(sender, 'stalled again', second, million + million / 5);
    expect(await sender.process.ask('unreachable')).toBe(2);
    receiver.process.signal('SIGCONT');
  });

  it('to a peer that refuses', async () => {
    await using receiver = await startReceiver('another cluster');
    await using sender = await startSender(receiver.port);
    await until(
      () => sender.process.ask('metrics'),
      ({ peers }) => (peers[0]?.connectFailures['wrong-cluster'] ?? 0) > 0,
      'a refusal',
    );
    const flood = await sender.process.ask('flood', million);
    const { peers } = await expectBounded(sender, 'refused', flood, million);
    expect(peers[0]?.connects).toBe(0);
    expect(await sender.process.ask('unreachable')).toBe(1);
  });

  it('to a peer that is up: what was sent arrives', async () => {
    await using receiver = await startReceiver();
    await using sender = await startSender(receiver.port);
    await untilConnected(sender);
    const flood = await sender.process.ask('flood', million);
    await expectBounded(sender, 'up', flood, million);
    const end = await until(
      () => sender.process.ask('metrics'),
      (metrics) => countAll(metrics).queued === 0,
      'an end of the queues',
    );
    const { sent, dropped } = countAll(end);
    expect(sent + dropped).toBe(million);
    expect(sent).toBeGreaterThan(0);
    await until(
      () => receiver.process.ask('received'),
      (received) => received === sent,
      `the arrival of ${sent}`,
    );
    expect(end.peers[0]?.connects).toBe(1);
  });

  it('to a peer that is killed in between', async () => {
    await using receiver = await startReceiver();
    await using sender = await startSender(receiver.port);
    await untilConnected(sender);
    await sender.process.ask('flood', million / 2);
    const flooding = sender.process.ask('flood', million / 2);
    receiver.process.signal('SIGKILL');
    const metrics = await expectBounded(sender, 'killed', await flooding, million);
    expect(metrics.peers[0]?.connected).toBe(false);
  });
});
