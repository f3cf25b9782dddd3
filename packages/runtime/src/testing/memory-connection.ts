import { assert } from '../assert.ts';
import type { Connection, ConnectionHandlers, SocketAddress } from '../network.ts';
import type { MemorySocket } from './memory-socket.ts';

/** What the owner of a {@link MemorySocket} has in hand. */
export class MemoryConnection implements Connection {
  readonly #socket: MemorySocket;
  #started = false;
  #givenAway = false;

  constructor(socket: MemorySocket) {
    this.#socket = socket;
  }

  get localAddress(): SocketAddress {
    return this.#socket.localAddress;
  }

  get remoteAddress(): SocketAddress {
    return this.#socket.remoteAddress;
  }

  get queuedBytes(): number {
    return this.#socket.queuedBytes;
  }

  /** The socket, for whoever secures it; from here on this connection can only be destroyed. */
  giveAway(): MemorySocket {
    assert(!this.#started, 'a connection is secured before it is started');
    const socket = this.#own();
    this.#givenAway = true;
    return socket;
  }

  start(handlers: ConnectionHandlers): void {
    assert(!this.#started, 'a connection is started once');
    const socket = this.#own();
    this.#started = true;
    socket.attach(handlers);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#own().write(chunks);
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

  #own(): MemorySocket {
    assert(!this.#givenAway, 'this connection was given to Tls.secure: use the secured one');
    return this.#socket;
  }
}
