import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Clock, type Logger, type SocketAddress, toError } from '@streambus/runtime';
import { listenHttp } from './http-listener.ts';
import type { MetricFamily } from './meters.ts';
import type { BrokerMetrics } from './metrics.ts';
import type { ReadinessCheck, RequestHandler } from './routes.ts';
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

/**
 * Binds the admin listener and answers `/`, `/health/live`, `/health/ready` and `/metrics`.
 *
 * @throws NetworkError when the address cannot be bound
 */
export async function startAdminServer(
  options: AdminServerOptions,
  dependencies: AdminServerDependencies,
): Promise<AdminServer> {
  const { clock, logger } = dependencies;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let handler: Promise<RequestHandler> | undefined;
  const listener = await listenHttp(options.listen, clock, (request, response) => {
    handler ??= opened.then(() => loadRoutes(listener.server, options, dependencies));
    handler.then(
      (handle) => handle(request, response),
      (thrown) => refuse(logger, toError(thrown), request, response),
    );
  });
  const opening = clock.setTimer(openAfterMs, open);
  const openNow = (): void => {
    opening.cancel();
    open();
  };
  return {
    address: listener.address,
    open: openNow,
    close() {
      openNow();
      return listener.close();
    },
  };
}

async function loadRoutes(
  server: Server,
  options: AdminServerOptions,
  dependencies: AdminServerDependencies,
): Promise<RequestHandler> {
  const { buildRoutes } = await import('./routes.ts');
  const { version } = options;
  return buildRoutes(server, {
    version,
    readiness: dependencies.readiness,
    families() {
      const sources = dependencies.sources();
      const gauges = sources === undefined ? [] : gaugesFrom(sources);
      return [buildInfo(version), ...dependencies.metrics.families, ...gauges];
    },
  });
}

function refuse(logger: Logger, error: Error, request: IncomingMessage, response: ServerResponse): void {
  logger.error({ err: error, url: request.url }, 'the admin listener cannot answer');
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ error: 'the admin listener cannot answer; the log says why' })}\n`);
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
