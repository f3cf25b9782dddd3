import type * as net from 'node:net';
import { assert } from '../assert.ts';
import {
  type Connection,
  type ConnectionHandlers,
  formatAddress,
  type NetworkError,
  type SocketAddress,
} from '../network.ts';
import { networkError } from './node-errors.ts';
import { noteBuffers } from './young-buffers.ts';

/** Past this many queued bytes {@link Connection.write} asks its caller to wait: Node's own 64 KiB keep no socket busy. */
const highWaterMarkBytes = 1024 * 1024;

/** Another piece of a vectored write costs more than copying so few bytes. */
const smallChunkBytes = 1024;

/** A connection over a socket of Node, be it of TCP or of TLS. */
export class NodeConnection implements Connection {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly #socket: net.Socket;
  #givenAway = false;
  #wantsDrain = false;
  #error: NetworkError | undefined;
  #handlers: ConnectionHandlers | undefined;
  #ended = false;
  #closed = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.localAddress = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remoteAddress = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.on('error', (error) => {
      this.#error ??= networkError(`connection with ${formatAddress(this.remoteAddress)}`, error);
      // A TLS socket that cannot read a record says so, and stays open.
      socket.destroy();
    });
    socket.on('end', () => {
      this.#ended = true;
      if (this.#handlers) this.#hearEnd(this.#handlers);
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#handlers?.onClose(this.#error);
    });
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** The socket, for whoever secures it; from here on this connection can only be destroyed. */
  giveAway(): net.Socket {
    assert(this.#handlers === undefined, 'a connection is secured before it is started');
    const socket = this.#own();
    this.#givenAway = true;
    return socket;
  }

  start(handlers: ConnectionHandlers): void {
    assert(this.#handlers === undefined, 'a connection is started once');
    const socket = this.#own();
    this.#handlers = handlers;
    if (this.#closed) {
      // It ended before its owner came.
      queueMicrotask(() => handlers.onClose(this.#error));
      return;
    }
    socket.on('data', (chunk: Buffer) => {
      noteBuffers(chunk.length);
      handlers.onData(chunk);
    });
    // A socket of TLS reads before it is told to: the peer may have ended already, with nothing sent.
    if (this.#ended) queueMicrotask(() => this.#closed || this.#hearEnd(handlers));
    socket.on('drain', () => {
      if (!this.#wantsDrain) return;
      this.#wantsDrain = false;
      handlers.onDrain?.();
    });
    socket.resume();
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#own();
    if (!socket.writable) return false;
    const pieces = joinSmall(chunks);
    if (pieces.length === 1) socket.write(pieces[0] as Uint8Array);
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    this.#wantsDrain ||= socket.writableNeedDrain && socket.writableLength >= highWaterMarkBytes;
    return !this.#wantsDrain;
  }

  pause(): void {
    this.#own().pause();
  }

  resume(): void {
    this.#own().resume();
  }

  end(): void {
    this.#own().end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #hearEnd(handlers: ConnectionHandlers): void {
    if (handlers.onEnd) handlers.onEnd();
    else this.#socket.end();
  }

  /** What this writes or reads past TLS would be in the clear, and break its stream. */
  #own(): net.Socket {
    assert(!this.#givenAway, 'this connection was given to Tls.secure: use the secured one');
    return this.#socket;
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
