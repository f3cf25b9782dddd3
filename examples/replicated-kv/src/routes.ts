import { type RaftNode, RaftNodeError } from '@streambus/raft-node';
import type { FastifyInstance } from 'fastify';
import { fromBytes, type KeyValueMachine, type PutAnswer, toBytes } from './key-value-machine.ts';
import type { Write } from './writer.ts';

type Put = { Params: { key: string }; Body: string };
type Get = { Params: { key: string }; Querystring: { stale?: string } };

const deadline = (): AbortSignal => AbortSignal.timeout(5000);

/** Keys and values over HTTP. A value's version is its ETag; `If-Match` makes a write conditional on it. */
export function addRoutes(http: FastifyInstance, node: RaftNode, machine: KeyValueMachine, write: Write): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', { parseAs: 'string' }, async (_: unknown, body: string) => body);
  http.setErrorHandler((error, _, reply) => {
    if (!(error instanceof RaftNodeError)) return reply.send(error);
    // `unknown`: it may yet be written. `rejected`: it never will be.
    return reply.code(503).send({ code: error.code, outcome: error.outcome, message: error.message });
  });

  http.put<Put>('/keys/:key', async ({ params, body = '', headers }, reply) => {
    const ifMatch = headers['if-match']?.replaceAll('"', '');
    const put = { key: params.key, value: body, ...(ifMatch === undefined ? {} : { ifVersion: Number(ifMatch) }) };
    const { written, version } = fromBytes<PutAnswer>(await write(toBytes(put), deadline()));
    return reply
      .code(written ? 204 : 412)
      .header('etag', `"${version}"`)
      .send();
  });

  http.get<Get>('/keys/:key', async ({ params, query }, reply) => {
    // Then this replica shows whatever was answered before this request, by whichever node.
    if (query.stale === undefined) await node.readBarrier({ signal: deadline() });
    const found = machine.get(params.key);
    if (found === undefined) return reply.code(404).send();
    return reply.header('etag', `"${found.version}"`).send(found.value);
  });

  http.get('/status', () => {
    const { nodeId, role, term, leader, applied, members } = node.status();
    return { nodeId, role, term, leader, applied, voters: members.voters };
  });
}
