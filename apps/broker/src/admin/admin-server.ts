import {
  type Clock,
  type Connection,
  type Deferred,
  defer,
  type Listener,
  type Logger,
  type Network,
  type SocketAddress,
  type Timer,
  toError,
} from '@streambus/runtime';
import { createNodeNetwork } from '@streambus/runtime/node';
import { ConnectionStream } from './connection-stream.ts';
import type { MetricFamily } from './meters.ts';
import type { BrokerMetrics } from './metrics.ts';
import type { ReadinessCheck, Routes } from './routes.ts';
import { gaugesFrom, type MetricsSources } from './sources.ts';

/** Where the admin listener is. */
export interface AdminServerOptions {
  readonly listen: SocketAddress;
  /** The broker's version, for the index and for `streambus_build_info`. */
  readonly version: string;
}

/** What the admin listener shows, and what it takes from outside. */
export interface AdminServerDependencies {
  readonly clock: Clock;
  /** Default: the machine's. */
  readonly network?: Network;
  readonly logger: Logger;
  readonly metrics: BrokerMetrics;
  /** Undefined while the broker's parts do not exist yet. */
  sources(): MetricsSources | undefined;
  /** Asked at each request for `/health/ready`; ready when all are. */
  readiness(): readonly ReadinessCheck[];
}

/** A bound admin listener. */
export interface AdminServer {
  /** As bound: port 0 has become a real one. */
  readonly address: SocketAddress;
  /**
   * The broker is ready: whoever asks now may make the process load Fastify and prom-client, which takes some 100 ms once.
   * Requests that come earlier wait for it, for a second at most, so that a long recovery can be watched.
   */
  open(): void;
  /** Ends the listener and its connections; the requests in hand are answered first. Harmless twice. */
  close(): Promise<void>;
}

const openAfterMs = 1000;
const closeWithinMs = 1000;
const maxConnections = 100;

/**
 * Binds the admin listener and answers `/`, `/health/live`, `/health/ready` and `/metrics`.
 *
 * @throws NetworkError when the address cannot be bound
 */
export async function startAdminServer(
  options: AdminServerOptions,
  dependencies: AdminServerDependencies,
): Promise<AdminServer> {
  const { network = createNodeNetwork() } = dependencies;
  const server = new LazyAdminServer(options, dependencies);
  server.start(await network.listen(options.listen, (connection) => server.accept(connection)));
  return server;
}

/** Holds connections, unread, until the routes are loaded; they are loaded when the first one comes. */
class LazyAdminServer implements AdminServer {
  readonly #options: AdminServerOptions;
  readonly #dependencies: AdminServerDependencies;
  readonly #connections = new Set<Connection>();
  readonly #opened: Deferred<void> = defer();
  #listener: Listener | undefined;
  #opening: Timer | undefined;
  #routes: Promise<Routes> | undefined;
  #loaded: Routes | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: AdminServerOptions, dependencies: AdminServerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get address(): SocketAddress {
    return this.#listener?.address ?? this.#options.listen;
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#opening = this.#dependencies.clock.setTimer(openAfterMs, () => this.#opened.resolve());
  }

  open(): void {
    this.#opening?.cancel();
    this.#opened.resolve();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  accept(connection: Connection): void {
    if (this.#connections.size >= maxConnections || this.#closing !== undefined) {
      connection.destroy();
      return;
    }
    this.#connections.add(connection);
    this.#routes ??= this.#opened.promise.then(() => this.#load());
    this.#routes.then(
      (routes) => this.#serve(routes, connection),
      (thrown) => {
        this.#dependencies.logger.error({ err: toError(thrown) }, 'the admin listener cannot answer');
        this.#connections.delete(connection);
        connection.destroy();
      },
    );
  }

  #serve(routes: Routes, connection: Connection): void {
    const stream = new ConnectionStream(connection, this.#dependencies.clock);
    stream.once('close', () => this.#connections.delete(connection));
    routes.serve(stream);
  }

  async #load(): Promise<Routes> {
    this.#loaded = await loadRoutes(this.#options, this.#dependencies);
    return this.#loaded;
  }

  async #close(): Promise<void> {
    this.#opening?.cancel();
    await this.#listener?.close();
    const deadline = defer<void>();
    const timer = this.#dependencies.clock.setTimer(closeWithinMs, () => deadline.resolve());
    await Promise.race([this.#loaded?.idle(), deadline.promise]);
    timer.cancel();
    for (const connection of this.#connections) connection.destroy();
  }
}

async function loadRoutes(options: AdminServerOptions, dependencies: AdminServerDependencies): Promise<Routes> {
  const { buildRoutes } = await import('./routes.ts');
  const { version } = options;
  return buildRoutes({
    version,
    readiness: dependencies.readiness,
    families() {
      const sources = dependencies.sources();
      const gauges = sources === undefined ? [] : gaugesFrom(sources);
      return [buildInfo(version), ...dependencies.metrics.families, ...gauges];
    },
  });
}

function buildInfo(version: string): MetricFamily {
  return {
    type: 'gauge',
    name: 'streambus_build_info',
    help: 'Always 1; its label says which version runs.',
    labelNames: ['version'],
    collect: () => [{ labels: [version], value: 1 }],
  };
}
