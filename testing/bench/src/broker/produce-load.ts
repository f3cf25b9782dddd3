import type { Socket } from 'node:net';
import { Latencies } from '../statistics.ts';
import { connectTo } from './kafka-call.ts';
import { processorMs } from './process-usage.ts';

/** What is sent, and to whom. */
export interface ProduceLoadOptions {
  readonly port: number;
  /** The process that listens there. */
  readonly pid: number;
  readonly connections: number;
  readonly depth: number;
  /** One request with its length in front; all are the same. */
  readonly frame: Buffer;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** What came of it. */
export interface ProduceLoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server for one request. */
  readonly processorUs: number;
  /** Every request that was sent, the window's and the others. */
  readonly requests: number;
  /** The last answer of each connection, without its length. */
  readonly lastAnswers: readonly Buffer[];
}

interface Window {
  isOpen: boolean;
  requests: number;
  readonly latencies: Latencies;
}

/** One connection that keeps `depth` requests under way. It counts answers by their bytes: all have the length of the first. */
class LoadConnection {
  readonly #socket: Socket;
  readonly #burst: Buffer;
  readonly #frameBytes: number;
  readonly #window: Window;
  /** When each request under way was sent; a ring, since answers come in order. */
  readonly #sentMs: Float64Array;
  #oldest = 0;
  #underWay = 0;
  #answerBytes = 0;
  #partial: Buffer = Buffer.alloc(0);
  #isStopping = false;
  readonly #done = Promise.withResolvers<void>();
  answered = 0;
  lastAnswer: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, options: ProduceLoadOptions, window: Window) {
    this.#socket = socket;
    this.#frameBytes = options.frame.length;
    this.#burst = Buffer.concat(Array.from({ length: options.depth }, () => options.frame));
    this.#sentMs = new Float64Array(options.depth);
    this.#window = window;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => this.#done.reject(error));
    socket.on('close', () => this.#done.reject(new Error('the server closed the connection')));
  }

  start(): void {
    this.#send(this.#sentMs.length);
  }

  /** Sends no more; resolves when all is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#underWay > 0) await this.#done.promise;
    this.#done.promise.catch(() => {});
    this.#socket.destroy();
  }

  #send(count: number): void {
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      this.#sentMs[(this.#oldest + this.#underWay + index) % this.#sentMs.length] = now;
    }
    this.#underWay += count;
    this.#socket.write(this.#burst.subarray(0, count * this.#frameBytes));
  }

  #onData(chunk: Buffer): void {
    const bytes = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk]);
    if (this.#answerBytes === 0 && bytes.length >= 4) this.#answerBytes = 4 + bytes.readInt32BE(0);
    const count = this.#answerBytes === 0 ? 0 : Math.floor(bytes.length / this.#answerBytes);
    const taken = count * this.#answerBytes;
    this.#partial = bytes.subarray(taken);
    if (count === 0) return;
    this.lastAnswer = bytes.subarray(taken - this.#answerBytes + 4, taken);
    this.#answeredBy(count);
    if (!this.#isStopping) this.#send(count);
    else if (this.#underWay === 0) this.#done.resolve();
  }

  #answeredBy(count: number): void {
    const window = this.#window;
    const now = performance.now();
    for (let index = 0; index < count; index++) {
      if (window.isOpen) window.latencies.add(now - (this.#sentMs[this.#oldest] ?? now));
      this.#oldest = (this.#oldest + 1) % this.#sentMs.length;
    }
    if (window.isOpen) window.requests += count;
    this.#underWay -= count;
    this.answered += count;
  }
}

/** Loads a server with requests that were encoded before, so that as little as possible of the machine goes to the client. */
export async function runProduceLoad(options: ProduceLoadOptions): Promise<ProduceLoadResult> {
  const window: Window = { isOpen: false, requests: 0, latencies: new Latencies() };
  const sockets = await Promise.all(Array.from({ length: options.connections }, () => connectTo(options.port)));
  const connections = sockets.map((socket) => new LoadConnection(socket, options, window));
  for (const connection of connections) connection.start();
  await sleep(options.warmUpMs);
  const openedMs = performance.now();
  const usedMs = processorMs(options.pid);
  window.isOpen = true;
  await sleep(options.windowMs);
  window.isOpen = false;
  const seconds = (performance.now() - openedMs) / 1000;
  const processorUs = ((processorMs(options.pid) - usedMs) * 1000) / window.requests;
  await Promise.all(connections.map((connection) => connection.stop()));
  return {
    requestsPerSecond: window.requests / seconds,
    ...window.latencies.summary(),
    processorUs,
    requests: connections.reduce((sum, { answered }) => sum + answered, 0),
    lastAnswers: connections.map(({ lastAnswer }) => lastAnswer),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
