import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { fastify } from 'fastify';
import { createExposition } from './exposition.ts';
import type { MetricFamily } from './meters.ts';

/** One thing that must be so before clients are sent here. */
export interface ReadinessCheck {
  /** What it is about: `storage`, `metadata quorum`. */
  readonly name: string;
  readonly ready: boolean;
  /** Where it stands, in words: why it is not ready. */
  readonly detail?: string;
}

/** What the routes show. */
export interface AdminContent {
  readonly version: string;
  readiness(): readonly ReadinessCheck[];
  families(): readonly MetricFamily[];
}

/** The routes, ready to answer. */
export interface Routes {
  /** Answers the requests that come in on a stream. */
  serve(stream: Duplex): void;
  /** Resolves when no request is in hand. */
  idle(): Promise<void>;
}

const requestTimeoutMs = 10_000;

const index = {
  '/health/live': '200 while the process answers',
  '/health/ready': '200 when clients can produce, 503 and what is missing otherwise',
  '/metrics': 'the numbers of broker and process, for Prometheus',
};

/** Builds the routes. Importing this module loads Node's HTTP, Fastify and prom-client. */
export async function buildRoutes(content: AdminContent): Promise<Routes> {
  const server = createServer();
  // The server never listens: streams are handed to it.
  server.setTimeout(requestTimeoutMs);
  const app = fastify({
    serverFactory(handler) {
      server.on('request', handler);
      return server;
    },
  });
  const exposition = createExposition(content.families);
  app.get('/', () => ({ name: 'streambus', version: content.version, paths: index }));
  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (_, reply) => {
    const checks = content.readiness();
    const ready = checks.every((check) => check.ready);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });
  app.get('/metrics', async (_, reply) => reply.type(exposition.contentType).send(await exposition.text()));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `no ${request.method} ${request.url} here`, paths: index }),
  );
  await app.ready();

  const inHand = new Set<Promise<void>>();
  server.prependListener('request', (_, response) => {
    const answered = new Promise<void>((resolve) => {
      response.once('close', resolve);
    });
    inHand.add(answered);
    void answered.then(() => inHand.delete(answered));
  });
  return {
    serve: (stream) => void server.emit('connection', stream),
    idle: async () => void (await Promise.all(inHand)),
  };
}
