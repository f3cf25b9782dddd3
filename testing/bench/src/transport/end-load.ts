import { Latencies, type LatencySummary } from '../statistics.ts';
import type { Endpoint, EndpointHandlers } from './endpoint.ts';
import { Pump } from './pump.ts';

/** What one side of a connection has done, since it began unless said otherwise. */
export interface EndSample {
  readonly atMs: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
  readonly processorUs: number;
  readonly residentBytes: number;
  readonly metricsReads: number;
  /** Of the round trips since the sample before. */
  readonly roundTrips: LatencySummary;
}

/** What one side does: the dialler loads, the listener answers each message or only counts it. */
export type Work = 'idle' | 'stream' | 'round-trips' | 'echo';

/** One side of a connection under load. */
export class EndLoad implements EndpointHandlers {
  #endpoint: Endpoint | undefined;
  #work: Work = 'idle';
  #message: Uint8Array = new Uint8Array();
  #pump: Pump | undefined;
  #receivedMessages = 0;
  #receivedBytes = 0;
  #sentAtMs = 0;
  #metricsReads = 0;
  #metricsTimer: NodeJS.Timeout | undefined;
  readonly #latencies = new Latencies();

  attach(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
  }

  begin(work: Work, messageBytes: number): void {
    const endpoint = this.#attached();
    const message = Buffer.alloc(messageBytes, 'x');
    this.#work = work;
    this.#message = message;
    this.#pump?.stop();
    this.#pump = work === 'stream' ? new Pump(messageBytes, () => endpoint.send(message)) : undefined;
    this.#pump?.start();
    if (work === 'round-trips') this.#sendOne(endpoint);
  }

  readonly onMessage = (message: Uint8Array): void => {
    this.#receivedMessages++;
    this.#receivedBytes += message.length;
    if (this.#work === 'echo') this.#endpoint?.send(message);
    if (this.#work !== 'round-trips' || this.#endpoint === undefined) return;
    this.#latencies.add(performance.now() - this.#sentAtMs);
    this.#sendOne(this.#endpoint);
  };

  readonly onRoom = (): void => this.#pump?.resume();

  /** Builds the connection's numbers so often; 0 ends it. */
  readMetrics(timesPerSecond: number): void {
    clearInterval(this.#metricsTimer);
    if (timesPerSecond === 0) return;
    const endpoint = this.#attached();
    const firstRead = this.#metricsReads;
    const startedMs = performance.now();
    // A timer that comes late makes up for what it has missed.
    this.#metricsTimer = setInterval(() => {
      const due = firstRead + ((performance.now() - startedMs) * timesPerSecond) / 1000;
      for (; this.#metricsReads < due; this.#metricsReads++) kept.metrics = endpoint.readMetrics?.();
    }, 1);
  }

  /** @returns the processor time of one reading, in microseconds */
  timeMetrics(reads: number): number {
    const endpoint = this.#attached();
    const before = process.threadCpuUsage();
    for (let read = 0; read < reads; read++) kept.metrics = endpoint.readMetrics?.();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / reads;
  }

  sample(): EndSample {
    const { user, system } = process.cpuUsage();
    const sample = {
      atMs: performance.now(),
      receivedMessages: this.#receivedMessages,
      receivedBytes: this.#receivedBytes,
      processorUs: user + system,
      residentBytes: process.memoryUsage.rss(),
      metricsReads: this.#metricsReads,
      roundTrips: this.#latencies.summary(),
    };
    this.#latencies.clear();
    return sample;
  }

  #sendOne(endpoint: Endpoint): void {
    this.#sentAtMs = performance.now();
    endpoint.send(this.#message);
  }

  #attached(): Endpoint {
    if (this.#endpoint === undefined) throw new Error('it is not connected');
    return this.#endpoint;
  }
}

/** Keeps what was built reachable, so that none of it is left out. */
const kept: { metrics: unknown } = { metrics: undefined };
