import { constants } from 'node:crypto';
import type * as net from 'node:net';
import * as tls from 'node:tls';

/** What becomes of a handshake. */
export interface HandshakeHandlers {
  onSecure(socket: tls.TLSSocket): void;
  onError(error: Error): void;
}

/**
 * The server's role of the handshake. Only a server of Node says what it thinks of a client's certificate, so this is one that
 * never listens: sockets are brought to it.
 */
export class TlsAcceptor {
  readonly #server: tls.Server;
  /** By the two addresses of the connection: all that the server's events tell about where their socket came from. */
  readonly #waiting = new Map<string, HandshakeHandlers>();

  constructor(options: tls.SecureContextOptions) {
    this.#server = tls.createServer({
      ...options,
      requestCert: true,
      rejectUnauthorized: false,
      // With it a ticket is only the key of a session that nobody keeps: none is resumed, each connection shows its certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
      // The time-out is the caller's; Node's own would be two minutes.
      handshakeTimeout: 2 ** 31 - 1,
    });
    this.#server.on('secureConnection', (socket) => this.#take(socket)?.onSecure(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#take(socket)?.onError(error));
  }

  accept(socket: net.Socket, handlers: HandshakeHandlers): void {
    const key = keyOf(socket);
    this.#waiting.set(key, handlers);
    socket.once('close', () => {
      if (this.#waiting.get(key) === handlers) this.#waiting.delete(key);
    });
    this.#server.emit('connection', socket);
  }

  #take(socket: tls.TLSSocket): HandshakeHandlers | undefined {
    const key = keyOf(socket);
    const handlers = this.#waiting.get(key);
    this.#waiting.delete(key);
    return handlers;
  }
}

function keyOf(socket: net.Socket): string {
  return `${socket.localAddress} ${socket.localPort} ${socket.remoteAddress} ${socket.remotePort}`;
}
