import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { RaftNodeError } from '@streambus/raft-node';
import type { Output } from './operation.ts';
import type { KeyValueService } from './service.ts';
import { onMessages, type Refusal, type Request, sendMessage } from './wire.ts';

/** After this a node gives up on a request, as its client has done long before. */
const deadlineMs = 20_000;

/**
 * Serves clients on a socket in the file system: it is reached from every network namespace, so that clients of a node that is cut off from
 * its peers still get to it.
 */
export function serve(path: string, service: KeyValueService): Promise<void> {
  // What a killed process has left.
  rmSync(path, { force: true });
  const server = createServer((socket) => converse(socket, service));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function converse(socket: Socket, service: KeyValueService): void {
  const gone = new AbortController();
  socket.on('error', () => {});
  socket.once('close', () => gone.abort(new Error('the client is gone')));
  onMessages<Request>(socket, (request) => {
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(deadlineMs)]);
    const { id } = request;
    answer(request, service, signal).then(
      (told) => sendMessage(socket, { id, answer: told }),
      (error: unknown) => sendMessage(socket, { id, refusal: toRefusal(error) }),
    );
  });
}

function answer(request: Request, service: KeyValueService, signal: AbortSignal): Promise<Output | number> {
  switch (request.type) {
    case 'open':
      return service.open(signal);
    case 'read':
      return service.read(request.key, signal);
    case 'write':
      return service.write(request.write, request.session, signal);
  }
}

/** Anything but an error of the node is a bug here, and ends the process. */
function toRefusal(error: unknown): Refusal {
  if (!(error instanceof RaftNodeError)) throw error;
  return { outcome: error.outcome, code: error.code };
}
