import * as net from 'node:net';
import * as tls from 'node:tls';
import type { TlsCredentials } from '@streambus/runtime';
import { type Contender, type Endpoint, type EndpointHandlers, host, maxQueuedBytes } from './endpoint.ts';
import { FrameReader, FrameWriter } from './framing.ts';

/** The least that Node does between two processes: its sockets with a length before each message, one write for each turn. */
export const bareContender: Contender = {
  async listen(handlers, credentials) {
    const connected = Promise.withResolvers<Endpoint>();
    const settings = { noDelay: true, highWaterMark: maxQueuedBytes };
    const onSocket = (socket: net.Socket): void => connected.resolve(new BareEndpoint(socket, handlers));
    const server =
      credentials === undefined
        ? net.createServer(settings, onSocket)
        : tls.createServer({ ...settings, ...tlsSettings(credentials), requestCert: true }, onSocket);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return { port: (server.address() as net.AddressInfo).port, connected: connected.promise };
  },

  connect(port, handlers, credentials) {
    return new Promise((resolve, reject) => {
      const settings = { host, port, noDelay: true, highWaterMark: maxQueuedBytes };
      const socket =
        credentials === undefined
          ? net.connect(settings, () => resolve(new BareEndpoint(socket, handlers)))
          : tls.connect({ ...settings, ...tlsSettings(credentials), checkServerIdentity: () => undefined }, () =>
              resolve(new BareEndpoint(socket, handlers)),
            );
      socket.once('error', reject);
    });
  },
};

function tlsSettings({ certificate, privateKey, authorities }: TlsCredentials): tls.SecureContextOptions {
  return { cert: certificate, key: privateKey, ca: authorities, minVersion: 'TLSv1.3' };
}

class BareEndpoint implements Endpoint {
  readonly #socket: net.Socket;
  readonly #writer = new FrameWriter();
  #isFlushPlanned = false;
  #isFull = false;

  constructor(socket: net.Socket, handlers: EndpointHandlers) {
    this.#socket = socket;
    const reader = new FrameReader(handlers.onMessage);
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('drain', () => {
      this.#isFull = false;
      handlers.onRoom();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') throw error;
    });
  }

  send(message: Uint8Array): boolean {
    if (this.#isFull) return false;
    if (this.#socket.writableLength + this.#writer.bytes >= maxQueuedBytes) {
      // What is flushed now makes the socket say when it has left.
      this.#flush();
      if (this.#isFull) return false;
    }
    this.#writer.add(message);
    if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true;
      process.nextTick(this.#flushPlanned);
    }
    return true;
  }

  readonly #flushPlanned = (): void => {
    this.#isFlushPlanned = false;
    this.#flush();
  };

  #flush(): void {
    const socket = this.#socket;
    const pieces = this.#writer.take();
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) this.#isFull = !socket.write(piece);
    if (pieces.length > 1) socket.uncork();
  }
}
