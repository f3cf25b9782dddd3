import type { Clock, Connection, ConnectionHandlers, Network, SocketAddress, Timer } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryNetwork,
  createRecordingLogger,
  createSeededRandom,
  type ManualClock,
  type MemoryNetwork,
  type RecordingLogger,
  type SeededRandom,
} from '@streambus/runtime/testing';
import {
  type Channel,
  createTransport,
  type NodeId,
  type Peer,
  type PeerMetrics,
  type Transport,
  type TransportOptions,
} from '@streambus/transport';

/** Options with which a test needs not much virtual time. */
export const quickOptions = {
  connectTimeoutMs: 400,
  handshakeTimeoutMs: 400,
  pingIntervalMs: 100,
  idleTimeoutMs: 500,
  minBackoffMs: 50,
  maxBackoffMs: 800,
  backoffResetAfterMs: 200,
  breakerOpensAfterMs: 1000,
} as const satisfies Partial<TransportOptions>;

/** Where a node listens. */
export function addressOf(id: NodeId): SocketAddress {
  return { host: '127.0.0.1', port: 4000 + id };
}

/**
 * Machines and the network between them, in one process and with virtual time. Each pair of nodes has a network of its own, so that
 * what happens between two nodes does not happen to others.
 */
export class SimulatedWorld {
  readonly clock: ManualClock = createManualClock();
  readonly random: SeededRandom;
  readonly #networks = new Map<string, MemoryNetwork>();
  readonly #stalled = new Set<MemoryNetwork>();
  readonly #ids: readonly NodeId[];
  /** Ends that are over on their side, of which the other hears when the cable is in again. */
  readonly #zombies = new Map<MemoryNetwork, Connection[]>();
  readonly #lost: Connection[] = [];

  /** @param bufferBytes - what each end and each direction of a connection hold, as the system's socket buffers do */
  constructor(ids: readonly NodeId[], seed = 1, bufferBytes = 65_536) {
    this.#ids = ids;
    this.random = createSeededRandom(seed);
    for (const one of ids) {
      for (const other of ids) {
        if (one >= other) continue;
        const buffers = { highWaterMarkBytes: bufferBytes, transitBytes: bufferBytes };
        const network = createMemoryNetwork({ clock: this.clock, random: this.random.fork(), ...buffers });
        this.#networks.set(`${one}-${other}`, network);
      }
    }
  }

  between(one: NodeId, other: NodeId): MemoryNetwork {
    const network = this.#networks.get(`${Math.min(one, other)}-${Math.max(one, other)}`);
    if (network === undefined) throw new Error(`no network between ${one} and ${other}`);
    return network;
  }

  others(id: NodeId): readonly NodeId[] {
    return this.#ids.filter((other) => other !== id);
  }

  get openEnds(): number {
    return [...this.#networks.values()].reduce((sum, { openEnds }) => sum + openEnds, 0);
  }

  isStalled(network: MemoryNetwork): boolean {
    return this.#stalled.has(network);
  }

  stall(network: MemoryNetwork): void {
    this.#stalled.add(network);
    network.stall();
  }

  resume(network: MemoryNetwork): void {
    this.#stalled.delete(network);
    network.resume();
    for (const zombie of this.#zombies.get(network)?.splice(0) ?? []) zombie.destroy();
  }

  heal(): void {
    for (const network of [...this.#stalled]) this.resume(network);
    for (const connection of this.#lost.splice(0)) connection.destroy();
  }

  /** A machine has lost its power: nobody hears of its connections again, until all is healed. */
  lose(connection: Connection): void {
    this.#lost.push(connection);
  }

  /** A connection is over for its process: the other side hears of that when it can be reached. */
  bury(network: MemoryNetwork, connection: Connection): void {
    if (!this.#stalled.has(network)) {
      connection.destroy();
      return;
    }
    const zombies = this.#zombies.get(network) ?? [];
    zombies.push(connection);
    this.#zombies.set(network, zombies);
  }

  createNode(options: Partial<TransportOptions> & Pick<TransportOptions, 'nodeId' | 'channels'>): SimulatedNode {
    return new SimulatedNode(this, options);
  }
}

/** One process with a transport. */
export class SimulatedNode {
  readonly id: NodeId;
  readonly transport: Transport;
  readonly logger: RecordingLogger = createRecordingLogger();
  /** What the transport told, such as `up 2`, `down 2 silent`, `gone 2`, `unreachable 2`, `room 2 c`. */
  readonly told: string[] = [];
  onTold: (line: string) => void = () => {};
  readonly #world: SimulatedWorld;
  readonly #process: SimulatedProcess;

  constructor(
    world: SimulatedWorld,
    options: Partial<TransportOptions> & Pick<TransportOptions, 'nodeId' | 'channels'>,
  ) {
    this.id = options.nodeId;
    this.#world = world;
    this.#process = new SimulatedProcess(world, this.id);
    const peers = world.others(this.id).map((id): Peer => ({ id, address: addressOf(id) }));
    this.transport = createTransport(
      { clusterId: 'simulated', listen: addressOf(this.id), peers, ...quickOptions, ...options },
      { clock: this.#process, network: this.#process, random: world.random.fork(), logger: this.logger },
    );
    this.transport.subscribe({
      onPeerUp: ({ id, incarnation }) => this.#tell(`up ${id} ${incarnation}`),
      onPeerDown: (id, reason) => this.#tell(`down ${id} ${reason}`),
      onPeerGone: (id) => this.#tell(`gone ${id}`),
      onUnreachable: (id) => this.#tell(`unreachable ${id}`),
      onRoom: (id, channel) => this.#tell(`room ${id} ${channel}`),
    });
  }

  get alive(): boolean {
    return this.#process.alive;
  }

  /** Every attempt to connect that it made. */
  get attempts(): readonly { readonly to: NodeId; readonly atMs: number }[] {
    return this.#process.attempts;
  }

  /** Ends it as `kill -9` does: the system ends its connections. */
  kill(): void {
    this.#process.end((network, connection) => this.#world.bury(network, connection));
  }

  /** Ends it as a loss of power does: its peers hear nothing. */
  losePower(): void {
    this.#process.end((_network, connection) => this.#world.lose(connection));
  }

  peer(id: NodeId): PeerMetrics {
    const metrics = this.transport.metrics().peers.find((peer) => peer.id === id);
    if (metrics === undefined) throw new Error(`node ${this.id} has no peer ${id}`);
    return metrics;
  }

  /** The lines that were told since this was asked last. */
  takeTold(): readonly string[] {
    return this.told.splice(0);
  }

  #tell(line: string): void {
    if (!this.#process.alive) return;
    this.told.push(line);
    this.onTold(line);
  }
}

/** The clock and the network as one process has them, until it dies. */
class SimulatedProcess implements Clock, Network {
  alive = true;
  readonly attempts: { readonly to: NodeId; readonly atMs: number }[] = [];
  readonly #world: SimulatedWorld;
  readonly #id: NodeId;
  readonly #timers = new Set<Timer>();
  readonly #connections = new Map<Connection, MemoryNetwork>();
  #closeListeners: (() => Promise<void>)[] = [];

  constructor(world: SimulatedWorld, id: NodeId) {
    this.#world = world;
    this.#id = id;
  }

  /** @param endOf - what becomes of its connections */
  end(endOf: (network: MemoryNetwork, connection: Connection) => void): void {
    this.alive = false;
    for (const timer of this.#timers) timer.cancel();
    for (const close of this.#closeListeners) void close();
    for (const [connection, network] of this.#connections) endOf(network, connection);
  }

  wallTimeMs(): number {
    return this.#world.clock.wallTimeMs();
  }

  monotonicMs(): number {
    return this.#world.clock.monotonicMs();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    if (!this.alive) return { cancel() {} };
    const timer = this.#world.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.#world.clock.nextTurn(() => this.alive && callback());
  }

  async listen(address: SocketAddress, onConnection: (connection: Connection) => void) {
    const networks = this.#world.others(this.#id).map((other) => this.#world.between(this.#id, other));
    const results = await Promise.allSettled(
      networks.map((network) => network.listen(address, (connection) => onConnection(this.#own(connection, network)))),
    );
    const listeners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const close = async (): Promise<void> => {
      await Promise.all(listeners.map((listener) => listener.close()));
    };
    const refused = results.find((result) => result.status === 'rejected');
    if (refused !== undefined) {
      await close();
      throw refused.reason;
    }
    this.#closeListeners.push(close);
    return { address, close };
  }

  async connect(address: SocketAddress, options: { timeoutMs: number; signal?: AbortSignal }): Promise<Connection> {
    const to = address.port - addressOf(0).port;
    this.attempts.push({ to, atMs: this.monotonicMs() });
    const network = this.#world.between(this.#id, to);
    return this.#own(await network.connect(address, options), network);
  }

  #own(connection: Connection, network: MemoryNetwork): Connection {
    if (this.alive) this.#connections.set(connection, network);
    else this.#world.bury(network, connection);
    let handlers: ConnectionHandlers | undefined;
    /** Ended on this side alone, since the cable is out. */
    let abandoned = false;
    const isThere = (): boolean => this.alive && !abandoned;
    const abandon = (): void => {
      abandoned = true;
      this.#connections.delete(connection);
      this.#world.bury(network, connection);
      this.nextTurn(() => handlers?.onClose());
    };
    return {
      localAddress: connection.localAddress,
      remoteAddress: connection.remoteAddress,
      get queuedBytes() {
        return connection.queuedBytes;
      },
      start: (given) => {
        handlers = given;
        if (abandoned) this.nextTurn(() => given.onClose());
        connection.start({
          onData: (chunk) => isThere() && given.onData(chunk),
          onDrain: () => isThere() && given.onDrain?.(),
          onEnd: () => isThere() && given.onEnd?.(),
          onClose: (error) => {
            this.#connections.delete(connection);
            if (isThere()) given.onClose(error);
          },
        });
      },
      write: (chunks) => isThere() && connection.write(chunks),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => isThere() && connection.end(),
      destroy: () => {
        if (!isThere()) return;
        if (this.#world.isStalled(network)) abandon();
        else connection.destroy();
      },
    };
  }
}

/** Bytes in which a number can be read. */
export function numbered(number: number, length = 8): Uint8Array {
  const bytes = Buffer.alloc(Math.max(8, length));
  bytes.writeDoubleBE(number);
  return bytes;
}

export function numberOf(bytes: Uint8Array): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 8).readDoubleBE();
}

/** Collects what comes over a channel. */
export function collect(transport: Transport, channel: Channel<Uint8Array>): { from: NodeId; number: number }[] {
  const received: { from: NodeId; number: number }[] = [];
  transport.receive(channel, (from, bytes) => received.push({ from, number: numberOf(bytes) }));
  return received;
}
