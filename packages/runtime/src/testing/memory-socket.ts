import { assert } from '../assert.ts';
import type { Clock } from '../clock.ts';
import { type ConnectionHandlers, formatAddress, NetworkError, type SocketAddress } from '../network.ts';
import type { Random } from '../random.ts';

/** What the sockets of a memory network share. */
export interface MemoryWire {
  readonly clock: Clock;
  readonly random: Random | undefined;
  readonly highWaterMarkBytes: number;
  readonly transitBytes: number;
  readonly stalled: boolean;
  /** A socket has closed. */
  forget(socket: MemorySocket): void;
}

/**
 * One end of a connection of memory. Bytes go from the writer's queue into transit, as into a system's socket buffers, and
 * from transit to the reader; each end moves what is on its way to it, once per turn.
 */
export class MemorySocket {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  readonly #wire: MemoryWire;
  #peer: MemorySocket | undefined;
  #handlers: ConnectionHandlers | undefined;
  /** Written here, not yet in transit. */
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Left the peer, not yet read here. */
  #transit: Uint8Array[] = [];
  #transitBytes = 0;
  #scheduled = false;
  #paused = false;
  #wantsDrain = false;
  /** This end sends no more. */
  #ended = false;
  /** This end knows that the peer sends no more. */
  #endReceived = false;
  #closed = false;
  #error: NetworkError | undefined;

  constructor(wire: MemoryWire, localAddress: SocketAddress, remoteAddress: SocketAddress) {
    this.#wire = wire;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get sendsNoMore(): boolean {
    return this.#ended;
  }

  /** Gives this end its other end. */
  join(peer: MemorySocket): void {
    this.#peer = peer;
  }

  /** Begins to deliver to these handlers, in the place of those before. */
  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#closed) this.#wire.clock.nextTurn(() => handlers.onClose(this.#error));
    else this.schedule();
  }

  /** Delivers nothing more until others are attached; they get these bytes, which were delivered already, first. */
  detach(unread: Uint8Array): void {
    this.#handlers = undefined;
    if (unread.length === 0) return;
    this.#transit.unshift(unread);
    this.#transitBytes += unread.length;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#ended || this.#closed) return false;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#queue.push(chunk);
      this.#queuedBytes += chunk.length;
    }
    this.#peer?.schedule();
    this.#wantsDrain ||= this.#queuedBytes >= this.#wire.highWaterMarkBytes;
    return !this.#wantsDrain;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.schedule();
  }

  end(): void {
    this.#ended = true;
    this.#peer?.schedule();
    this.schedule();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#close(undefined);
    this.#peer?.reset();
  }

  /** The connection is gone without this end's doing. */
  reset(): void {
    this.#close(
      new NetworkError('NETWORK_RESET', `the connection with ${formatAddress(this.remoteAddress)} was reset`, {
        outcome: 'unknown',
        retriable: true,
      }),
    );
  }

  /** Moves, at the next turn, what is on its way to this end. */
  schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#wire.clock.nextTurn(() => {
      this.#scheduled = false;
      if (!this.#wire.stalled) this.#move();
    });
  }

  #move(): void {
    if (this.#closed) return;
    this.#pull();
    if (this.#handlers !== undefined && !this.#paused) this.#deliver(this.#handlers);
    if (this.#ended && this.#queuedBytes === 0 && this.#endReceived) this.#close(undefined);
  }

  /** Takes what the peer has queued into transit, as far as there is room. */
  #pull(): void {
    const peer = this.#peer;
    const room = this.#wire.transitBytes - this.#transitBytes;
    if (peer === undefined || peer.#queuedBytes === 0) return;
    // As a system does: a little room is not worth a packet (RFC 9293, section 3.8.6.2.2), or pieces would become ever smaller.
    if (room < Math.min(peer.#queuedBytes, this.#wire.transitBytes / 2)) return;
    const bytes = peer.#takeQueued(Math.min(room, peer.#queuedBytes));
    this.#transit.push(bytes);
    this.#transitBytes += bytes.length;
  }

  /** Copies: from here on the writer may change its chunks, and the reader owns what it gets. */
  #takeQueued(lengthBytes: number): Uint8Array {
    const taken = new Uint8Array(lengthBytes);
    let filled = 0;
    while (filled < lengthBytes) {
      const chunk = this.#queue.shift();
      assert(chunk !== undefined, 'queuedBytes counts more than the queue holds');
      const part = chunk.subarray(0, lengthBytes - filled);
      taken.set(part, filled);
      filled += part.length;
      if (part.length < chunk.length) this.#queue.unshift(chunk.subarray(part.length));
    }
    this.#queuedBytes -= lengthBytes;
    this.#afterQueueLeft();
    return taken;
  }

  #afterQueueLeft(): void {
    if (this.#queuedBytes > 0) return;
    if (this.#ended) this.schedule();
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.#wire.clock.nextTurn(() => {
      if (!this.#closed) this.#handlers?.onDrain?.();
    });
  }

  #deliver(handlers: ConnectionHandlers): void {
    const chunk = this.#nextPiece();
    if (chunk !== undefined) {
      this.schedule();
      handlers.onData(chunk);
    } else if (this.#peer?.sendsNoMore === true && !this.#endReceived) {
      this.#endReceived = true;
      if (handlers.onEnd === undefined) this.end();
      else handlers.onEnd();
    }
  }

  #nextPiece(): Uint8Array | undefined {
    const chunk = this.#transit.shift();
    if (chunk === undefined) return undefined;
    const random = this.#wire.random;
    const length = random === undefined ? chunk.length : 1 + random.below(chunk.length);
    if (length < chunk.length) this.#transit.unshift(chunk.subarray(length));
    this.#transitBytes -= length;
    return chunk.subarray(0, length);
  }

  #close(error: NetworkError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#transit = [];
    this.#wire.forget(this);
    const handlers = this.#handlers;
    if (handlers !== undefined) this.#wire.clock.nextTurn(() => handlers.onClose(error));
  }
}
