import type { IncomingMessage, Server, ServerResponse } from 'node:http';
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

/** Answers one request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

const index = {
  '/health/live': '200 while the process answers',
  '/health/ready': '200 when clients can produce, 503 and what is missing otherwise',
  '/metrics': 'the numbers of broker and process, for Prometheus',
};

/** Builds the routes for a server that listens already. Importing this module loads Fastify and prom-client. */
export async function buildRoutes(server: Server, content: AdminContent): Promise<RequestHandler> {
  const { promise, resolve } = Promise.withResolvers<RequestHandler>();
  const app = fastify({
    serverFactory(handler) {
      resolve(handler);
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
  return promise;
}
