import type { TlsCredentials } from '@streambus/runtime';
import { bytesCodec, type Channel, defineChannel, type Transport } from '@streambus/transport';
import { Latencies, type LatencySummary } from '../statistics.ts';
import { bareContender } from './bare-contender.ts';
import { type Endpoint, type EndpointHandlers, host } from './endpoint.ts';
import { Pump } from './pump.ts';
import { createBenchTransport } from './streambus-contender.ts';

const urgent = { codec: bytesCodec, priority: 'urgent' } as const;
const heartbeats = defineChannel<Uint8Array>({ name: 'heartbeats', ...urgent });
const clockQuestions = defineChannel<Uint8Array>({ name: 'clock questions', ...urgent });
const clockAnswers = defineChannel<Uint8Array>({ name: 'clock answers', ...urgent });
const entries = defineChannel<Uint8Array>({ name: 'entries', codec: bytesCodec, priority: 'normal' });
const snapshots = defineChannel<Uint8Array>({ name: 'snapshots', codec: bytesCodec, priority: 'bulk' });
const channels = [heartbeats, clockQuestions, clockAnswers, entries, snapshots];

/** What flows beside the heartbeats. */
export const trafficBytes = { entries: 16 * 1024, snapshots: 1024 * 1024 } as const;

const heartbeatBytes = 64;
const heartbeatIntervalMs = 10;

/** How long heartbeats of one peer took. */
export interface HeartbeatSample {
  readonly from: number;
  /** They came over a bare connection of their own: what they waited for is the machine and the event loops. */
  readonly isApart: boolean;
  /** From `send` to the handler. */
  readonly delay: LatencySummary;
  /** From when the heartbeat was due to its `send`: what its sender's event loop made it wait. */
  readonly late: LatencySummary;
}

/** Since the sample before. */
export interface NodeSample {
  readonly atMs: number;
  readonly heartbeats: readonly HeartbeatSample[];
}

/** From the start on. */
export interface ReceivedBytes {
  readonly entries: number;
  readonly snapshots: number;
}

/** How the clocks of two processes differ, and half of the round trip that says so. */
export interface ClockCheck {
  readonly offsetMs: number;
  readonly halfRoundTripMs: number;
}

export interface Traffic {
  readonly to: number;
  readonly kinds: readonly (keyof typeof trafficBytes)[];
}

interface Watch {
  readonly from: number;
  readonly isApart: boolean;
  readonly delays: Latencies;
  readonly late: Latencies;
}

/** A node that sends heartbeats, log entries and snapshots, and knows how long the first took. */
export class TrafficNode {
  readonly #transport: Transport;
  readonly #pumps: Pump[] = [];
  readonly #watches: Watch[] = [];
  #apart: Endpoint | undefined;
  readonly #received = { entries: 0, snapshots: 0 };
  #onClockAnswer: (answer: Float64Array) => void = () => {};
  #dueAtMs = 0;

  constructor(nodeId: number, credentials: TlsCredentials | undefined) {
    const transport = createBenchTransport({ nodeId, listen: { host, port: 0 }, channels }, credentials);
    this.#transport = transport;
    transport.receive(heartbeats, (from, message) => this.#watch(from, false, message));
    transport.receive(clockQuestions, (from, message) => {
      transport.send(from, clockAnswers, writeTimes(readTimes(message)[0] ?? 0, machineMs()));
    });
    transport.receive(clockAnswers, (_from, message) => this.#onClockAnswer(readTimes(message)));
    transport.receive(entries, (_from, { length }) => (this.#received.entries += length));
    transport.receive(snapshots, (_from, { length }) => (this.#received.snapshots += length));
    transport.subscribe({ onRoom: () => this.#resume() });
  }

  /** @returns the port */
  async start(): Promise<number> {
    await this.#transport.start();
    return this.#transport.address?.port ?? 0;
  }

  /** @param ports - of the nodes 1, 2 and so on. Resolves when all of them are connected */
  async connect(ports: readonly number[]): Promise<void> {
    const everyone = Promise.withResolvers<void>();
    const stopWaiting = this.#transport.subscribe({
      onPeerUp: () => {
        if (this.#transport.connectedPeers().length === ports.length - 1) everyone.resolve();
      },
    });
    this.#transport.setPeers(ports.map((port, index) => ({ id: index + 1, address: { host, port } })));
    await everyone.promise;
    stopWaiting();
  }

  /** Waits for a peer's bare connection. @returns the port */
  async listenApart(peer: number): Promise<number> {
    const { port, connected } = await bareContender.listen(this.#apartFrom(peer));
    void connected.then((endpoint) => {
      this.#apart = endpoint;
    });
    return port;
  }

  async connectApart({ peer, port }: { readonly peer: number; readonly port: number }): Promise<void> {
    this.#apart = await bareContender.connect(port, this.#apartFrom(peer));
  }

  /** Sends heartbeats to everyone from now on, and over the bare connection. */
  beginHeartbeats(): void {
    this.#dueAtMs = machineMs();
    this.#beat();
  }

  beginTraffic({ to, kinds }: Traffic): void {
    for (const kind of kinds) {
      const channel: Channel<Uint8Array> = kind === 'entries' ? entries : snapshots;
      const message = Buffer.alloc(trafficBytes[kind], 'x');
      const pump = new Pump(message.length, () => this.#transport.send(to, channel, message) === 'queued');
      this.#pumps.push(pump);
      pump.start();
    }
  }

  endTraffic(): void {
    for (const pump of this.#pumps.splice(0)) pump.stop();
  }

  received(): ReceivedBytes {
    return this.#received;
  }

  sample(): NodeSample {
    const samples = this.#watches.map(({ from, isApart, delays, late }) => {
      const sample = { from, isApart, delay: delays.summary(), late: late.summary() };
      delays.clear();
      late.clear();
      return sample;
    });
    return { atMs: performance.now(), heartbeats: samples };
  }

  /** Asks for a peer's time, and takes the answer that came fastest: it can be wrong by half of its round trip at most. */
  async checkClock(peer: number): Promise<ClockCheck> {
    let best: ClockCheck = { offsetMs: Number.NaN, halfRoundTripMs: Number.POSITIVE_INFINITY };
    for (let question = 0; question < clockQuestionCount; question++) {
      const answered = Promise.withResolvers<Float64Array>();
      this.#onClockAnswer = answered.resolve;
      this.#transport.send(peer, clockQuestions, writeTimes(machineMs(), 0));
      const [askedMs = Number.NaN, peerMs = Number.NaN] = await answered.promise;
      const halfRoundTripMs = (machineMs() - askedMs) / 2;
      if (halfRoundTripMs < best.halfRoundTripMs)
        best = { offsetMs: peerMs - askedMs - halfRoundTripMs, halfRoundTripMs };
    }
    return best;
  }

  readonly #beat = (): void => {
    const nowMs = machineMs();
    for (const { id } of this.#transport.connectedPeers()) {
      this.#transport.send(id, heartbeats, writeTimes(machineMs(), this.#dueAtMs));
    }
    this.#apart?.send(writeTimes(machineMs(), this.#dueAtMs));
    this.#dueAtMs = Math.max(this.#dueAtMs + heartbeatIntervalMs, nowMs);
    setTimeout(this.#beat, Math.max(0, this.#dueAtMs - machineMs()));
    // A peer that was away has room again without saying so.
    this.#resume();
  };

  #watch(from: number, isApart: boolean, message: Uint8Array): void {
    let watch = this.#watches.find((one) => one.from === from && one.isApart === isApart);
    if (watch === undefined) {
      watch = { from, isApart, delays: new Latencies(), late: new Latencies() };
      this.#watches.push(watch);
    }
    const [sentMs = Number.NaN, dueMs = Number.NaN] = readTimes(message);
    watch.delays.add(machineMs() - sentMs);
    watch.late.add(sentMs - dueMs);
  }

  #apartFrom(peer: number): EndpointHandlers {
    return { onMessage: (message) => this.#watch(peer, true, message), onRoom: () => {} };
  }

  #resume(): void {
    for (const pump of this.#pumps) pump.resume();
  }
}

const clockQuestionCount = 500;

/** The machine's monotonic clock, which all of its processes share. */
function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function writeTimes(first: number, second: number): Uint8Array {
  const message = Buffer.alloc(heartbeatBytes);
  message.writeDoubleLE(first, 0);
  message.writeDoubleLE(second, 8);
  return message;
}

function readTimes(message: Uint8Array): Float64Array {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return Float64Array.of(view.getFloat64(0, true), view.getFloat64(8, true));
}
