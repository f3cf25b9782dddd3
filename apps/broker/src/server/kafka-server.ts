import type { Clock, Connection, Listener, Logger, Network, SocketAddress, Timer } from '@streambus/runtime';
import type { BrokerMetrics } from '../admin/index.ts';
import { BufferedMemory } from './buffered-memory.ts';
import { type ConnectionOptions, KafkaConnection } from './kafka-connection.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { RequestRouter } from './request-router.ts';

/** How a server treats its connections. */
export interface KafkaServerOptions extends ConnectionOptions {
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly maxIdleMs: number;
  /** Bytes of all requests that are read and not answered. */
  readonly maxInflightBytes: number;
  /** Bytes of requests that are still coming in, and of answers that clients have not taken. */
  readonly maxBufferedBytes: number;
}

/** What a server takes from outside. */
export interface KafkaServerDependencies {
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: BrokerMetrics;
  /** A broken invariant was found while a request was handled: the broker must stop. */
  onFatal(error: Error): void;
}

/** How often silent connections are looked for. */
const idleCheckIntervalMs = 10_000;

/**
 * The listener that Kafka clients connect to, and their connections.
 *
 * It is bound first and opened when the broker can answer; who connects in between waits.
 */
export class KafkaServer {
  readonly #options: KafkaServerOptions;
  readonly #dependencies: KafkaServerDependencies;
  readonly #connections = new Set<KafkaConnection>();
  readonly #connectionsPerIp = new Map<string, number>();
  readonly #budget: MemoryBudget;
  readonly #buffered: BufferedMemory;
  readonly #waiting: KafkaConnection[] = [];
  #router: RequestRouter | undefined;
  #listener: Listener | undefined;
  #idleTimer: Timer | undefined;
  #onEmpty: (() => void) | undefined;
  #stopping = false;

  constructor(options: KafkaServerOptions, dependencies: KafkaServerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#budget = new MemoryBudget(options.maxInflightBytes);
    this.#buffered = new BufferedMemory(options.maxBufferedBytes, () => this.#connections);
  }

  /** Open connections. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Bytes of requests that are read and not answered. */
  get inflightBytes(): number {
    return this.#budget.usedBytes;
  }

  /** Bytes that clients make this broker hold, at most. */
  get bufferedBytes(): number {
    return this.#buffered.usedBytes;
  }

  /** Binds the port. @throws NetworkError */
  async bind(address: SocketAddress): Promise<SocketAddress> {
    this.#listener = await this.#dependencies.network.listen(address, (connection) => this.#accept(connection));
    return this.#listener.address;
  }

  /** Begins to answer, those first who have been waiting. */
  open(router: RequestRouter): void {
    this.#router = router;
    this.#scheduleIdleCheck();
    for (const connection of this.#waiting.splice(0)) connection.start(router);
  }

  /**
   * Stops accepting and reading, and resolves when every answer that is owed has left; connections that are not done at
   * the deadline are cut.
   */
  async close(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    this.#idleTimer?.cancel();
    await this.#listener?.close();
    for (const connection of this.#waiting.splice(0)) {
      connection.destroy();
      this.#forget(connection);
    }
    for (const connection of [...this.#connections]) connection.drain();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#dependencies.clock.setTimer(timeoutMs, () => {
        for (const connection of [...this.#connections]) connection.destroy();
      });
      this.#onEmpty = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #accept(socket: Connection): void {
    const { logger, metrics, clock, onFatal } = this.#dependencies;
    const { host } = socket.remoteAddress;
    const perIp = this.#connectionsPerIp.get(host) ?? 0;
    const limit = this.#exceeded(perIp);
    if (limit !== undefined) {
      metrics.connectionRefused(limit);
      logger.warn({ client: host, connections: this.#connections.size }, `refused a connection: ${limit}`);
      socket.destroy();
      return;
    }
    metrics.connectionsAccepted.add();
    this.#connectionsPerIp.set(host, perIp + 1);
    const connection = new KafkaConnection(socket, this.#options, {
      budget: this.#budget,
      buffered: this.#buffered,
      clock,
      logger,
      onClosed: (closed) => this.#forget(closed),
      onRefused: (reason) => metrics.connectionRefused(reason),
      onFatal,
    });
    this.#connections.add(connection);
    if (this.#router === undefined) this.#waiting.push(connection);
    else connection.start(this.#router);
  }

  #exceeded(perIp: number): 'stopping' | 'max_connections' | 'max_connections_per_ip' | undefined {
    if (this.#stopping) return 'stopping';
    if (this.#connections.size >= this.#options.maxConnections) return 'max_connections';
    return perIp >= this.#options.maxConnectionsPerIp ? 'max_connections_per_ip' : undefined;
  }

  #forget(connection: KafkaConnection): void {
    if (!this.#connections.delete(connection)) return;
    const { host } = connection.remoteAddress;
    const rest = (this.#connectionsPerIp.get(host) ?? 1) - 1;
    if (rest > 0) this.#connectionsPerIp.set(host, rest);
    else this.#connectionsPerIp.delete(host);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #scheduleIdleCheck(): void {
    const { clock } = this.#dependencies;
    const intervalMs = Math.min(idleCheckIntervalMs, this.#options.maxIdleMs);
    this.#idleTimer = clock.setTimer(intervalMs, () => {
      const oldest = clock.monotonicMs() - this.#options.maxIdleMs;
      for (const connection of [...this.#connections]) {
        if (connection.lastActiveMs < oldest) connection.refuse('idle');
      }
      this.#scheduleIdleCheck();
    });
  }
}
