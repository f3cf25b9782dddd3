import type { Clock } from '../clock.ts';
import {
  type Connection,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
  NetworkError,
  type SocketAddress,
} from '../network.ts';
import type { Random } from '../random.ts';
import { MemoryConnection } from './memory-connection.ts';
import { MemorySocket, type MemoryWire } from './memory-socket.ts';

/** How to make a {@link MemoryNetwork}. */
export interface MemoryNetworkOptions {
  /** Bytes move once per turn of it, and time-outs pass by it. */
  readonly clock: Clock;
  /** Cuts what arrives at random places, as a real network may. Default: bytes arrive in the pieces in which they left. */
  readonly random?: Random;
  /** From how many queued bytes on `write` asks to wait; default 64 KiB. */
  readonly highWaterMarkBytes?: number;
  /** How many bytes each direction holds between the two processes, as a system's socket buffers do; default 64 KiB. */
  readonly transitBytes?: number;
}

/** Sockets of memory, within one process. Every host name leads here. */
export interface MemoryNetwork extends Network {
  /** Ends of connections that have not closed: two for each connection. */
  readonly openEnds: number;
  /** Resets every connection, as when a firewall loses its table. Both owners hear `NETWORK_RESET`. */
  resetConnections(): void;
  /** Nothing moves and nobody answers, as when a cable is out: connects run into their time-out. */
  stall(): void;
  /** Ends {@link stall}: everything moves on, nothing was lost. */
  resume(): void;
}

/** Makes a {@link MemoryNetwork}. */
export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new NetworkOfMemory(options);
}

interface BoundPort {
  readonly address: SocketAddress;
  readonly onConnection: (connection: Connection) => void;
}

const firstEphemeralPort = 49_152;
const wildcardHosts: readonly string[] = ['0.0.0.0', '::'];

class NetworkOfMemory implements MemoryNetwork, MemoryWire {
  readonly clock: Clock;
  readonly random: Random | undefined;
  readonly highWaterMarkBytes: number;
  readonly transitBytes: number;
  stalled = false;
  readonly #bound = new Set<BoundPort>();
  readonly #ends = new Set<MemorySocket>();
  #waitingForCable: (() => void)[] = [];
  #nextPort = firstEphemeralPort;

  constructor(options: MemoryNetworkOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.highWaterMarkBytes = options.highWaterMarkBytes ?? 65_536;
    this.transitBytes = options.transitBytes ?? 65_536;
  }

  get openEnds(): number {
    return this.#ends.size;
  }

  async listen(wanted: SocketAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
    const address = { host: literalHost(wanted.host), port: wanted.port === 0 ? this.#takePort() : wanted.port };
    if ([...this.#bound].some((port) => overlaps(port.address, address))) {
      throw new NetworkError('NETWORK_ADDRESS_IN_USE', `listen on ${formatAddress(address)}: another listener has it`);
    }
    const bound: BoundPort = { address, onConnection };
    this.#bound.add(bound);
    return {
      address,
      close: async () => {
        this.#bound.delete(bound);
      },
    };
  }

  connect(wanted: SocketAddress, options: ConnectOptions): Promise<Connection> {
    const address = { host: literalHost(wanted.host), port: wanted.port };
    const { timeoutMs, signal } = options;
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (): void => {
        settled = true;
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        settle();
        reject(connectError('NETWORK_CLOSED', address, 'given up'));
      };
      const timer = this.clock.setTimer(timeoutMs, () => {
        settle();
        reject(connectError('NETWORK_TIMEOUT', address, `no answer within ${timeoutMs} ms`));
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      this.#whenConnected(() => {
        if (settled) return;
        settle();
        const bound = [...this.#bound].find((port) => overlaps(port.address, address));
        if (bound === undefined) reject(connectError('NETWORK_REFUSED', address, 'nobody listens there'));
        else resolve(this.#accept(bound, address));
      });
    });
  }

  resetConnections(): void {
    for (const end of [...this.#ends]) end.reset();
  }

  stall(): void {
    this.stalled = true;
  }

  resume(): void {
    this.stalled = false;
    for (const end of this.#ends) end.schedule();
    const waiting = this.#waitingForCable;
    this.#waitingForCable = [];
    for (const callback of waiting) this.#whenConnected(callback);
  }

  forget(end: MemorySocket): void {
    this.#ends.delete(end);
  }

  #whenConnected(callback: () => void): void {
    this.clock.nextTurn(() => {
      if (this.stalled) this.#waitingForCable.push(callback);
      else callback();
    });
  }

  #accept(bound: BoundPort, serverAddress: SocketAddress): Connection {
    const clientAddress = { host: serverAddress.host, port: this.#takePort() };
    const client = new MemorySocket(this, clientAddress, serverAddress);
    const server = new MemorySocket(this, serverAddress, clientAddress);
    client.join(server);
    server.join(client);
    this.#ends.add(client).add(server);
    this.clock.nextTurn(() => bound.onConnection(new MemoryConnection(server)));
    return new MemoryConnection(client);
  }

  #takePort(): number {
    const taken = new Set([...this.#bound].map((port) => port.address.port));
    do this.#nextPort = this.#nextPort === 65_535 ? firstEphemeralPort : this.#nextPort + 1;
    while (taken.has(this.#nextPort));
    return this.#nextPort;
  }
}

function literalHost(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}

function overlaps(bound: SocketAddress, wanted: SocketAddress): boolean {
  if (bound.port !== wanted.port) return false;
  return bound.host === wanted.host || wildcardHosts.includes(bound.host) || wildcardHosts.includes(wanted.host);
}

function connectError(
  code: 'NETWORK_TIMEOUT' | 'NETWORK_REFUSED' | 'NETWORK_CLOSED',
  address: SocketAddress,
  why: string,
): NetworkError {
  return new NetworkError(code, `connect to ${formatAddress(address)}: ${why}`, {
    retriable: code !== 'NETWORK_CLOSED',
  });
}
