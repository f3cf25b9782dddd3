import * as net from 'node:net';
import { assert } from '../assert.ts';
import { toError } from '../errors.ts';
import {
  type Connection,
  type ConnectionHandlers,
  type Listener,
  type Network,
  NetworkError,
  type SocketAddress,
} from '../network.ts';
import { networkErrorCode } from './node-errors.ts';
import { noteBuffers } from './young-buffers.ts';

/** Past this many queued bytes {@link Connection.write} asks its caller to wait. */
const highWaterMarkBytes = 1024 * 1024;

/** Another piece of a vectored write costs more than copying so few bytes. */
const smallChunkBytes = 1024;

/** The machine's TCP. */
export function createNodeNetwork(): Network {
  return { listen, connect };
}

function listen(address: SocketAddress, onConnection: (connection: Connection) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({
      noDelay: true,
      allowHalfOpen: true,
      pauseOnConnect: true,
      highWaterMark: highWaterMarkBytes,
    });
    server.on('connection', (socket) => onConnection(new NodeConnection(socket)));
    server.once('error', (error) => reject(networkError(`listen on ${format(address)}`, error)));
    server.listen({ host: address.host, port: address.port, backlog: 1024 }, () => {
      server.removeAllListeners('error');
      // Accepting can fail later (no descriptor left): the listener lives on and the next one may succeed.
      server.on('error', () => {});
      const bound = server.address() as net.AddressInfo;
      resolve({
        address: { host: bound.address, port: bound.port },
        close: () => new Promise((closed) => closeServer(server, closed)),
      });
    });
  });
}

function closeServer(server: net.Server, closed: () => void): void {
  if (!server.listening) {
    closed();
    return;
  }
  // The port is free at once; waiting for `close` would wait for every accepted connection too.
  server.close();
  closed();
}

function connect(address: SocketAddress, options: { readonly timeoutMs: number }): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const what = `connect to ${format(address)}`;
    const socket = net.connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new NetworkError('NETWORK_TIMEOUT', `${what}: no answer within ${options.timeoutMs} ms`, { retriable: true }),
      );
    }, options.timeoutMs);
    const onError = (error: Error): void => {
      clearTimeout(timer);
      reject(networkError(what, error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.pause();
      resolve(new NodeConnection(socket));
    });
  });
}

class NodeConnection implements Connection {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly #socket: net.Socket;
  #error: NetworkError | undefined;
  #handlers: ConnectionHandlers | undefined;
  #closed = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.localAddress = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remoteAddress = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.on('error', (error) => {
      this.#error ??= networkError(`connection with ${format(this.remoteAddress)}`, error);
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#handlers?.onClose(this.#error);
    });
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  start(handlers: ConnectionHandlers): void {
    assert(this.#handlers === undefined, 'a connection is started once');
    this.#handlers = handlers;
    const socket = this.#socket;
    if (this.#closed) {
      // It ended before its owner came.
      queueMicrotask(() => handlers.onClose(this.#error));
      return;
    }
    socket.on('data', (chunk: Buffer) => {
      noteBuffers(chunk.length);
      handlers.onData(chunk);
    });
    socket.on('end', () => (handlers.onEnd ? handlers.onEnd() : socket.end()));
    if (handlers.onDrain) socket.on('drain', () => handlers.onDrain?.());
    socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (!socket.writable) return false;
    const pieces = joinSmall(chunks);
    if (pieces.length === 1) return socket.write(pieces[0] as Uint8Array);
    socket.cork();
    let more = true;
    for (const piece of pieces) more = socket.write(piece);
    socket.uncork();
    return more;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Copies runs of small chunks into one. */
function joinSmall(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < chunks.length; ) {
    let end = index;
    while (end < chunks.length && (chunks[end] as Uint8Array).length <= smallChunkBytes) end++;
    if (end > index + 1) pieces.push(Buffer.concat(chunks.slice(index, end)));
    else pieces.push(chunks[index] as Uint8Array);
    index = Math.max(end, index + 1);
  }
  return pieces;
}

function networkError(what: string, thrown: unknown): NetworkError {
  const cause = toError(thrown);
  return new NetworkError(networkErrorCode(cause), `${what}: ${cause.message}`, {
    cause,
    outcome: 'unknown',
    retriable: true,
  });
}

function format(address: SocketAddress): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
