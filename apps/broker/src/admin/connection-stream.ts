import { Duplex } from 'node:stream';
import type { Clock, Connection, Timer } from '@streambus/runtime';

type Callback = (error?: Error | null) => void;

/**
 * A connection of runtime's network as the stream that Node's HTTP server takes for a socket: so the admin listener can be
 * bound without loading HTTP, and listens wherever the broker does, be that a network in memory.
 */
export class ConnectionStream extends Duplex {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #afterDrain: Callback | undefined;
  #idle: Timer | undefined;
  #idleMs = 0;

  constructor(connection: Connection, clock: Clock) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.#clock = clock;
    connection.start({
      onData: (chunk) => {
        this.#touch();
        if (!this.push(chunk)) connection.pause();
      },
      onDrain: () => this.#drained(),
      onEnd: () => this.push(null),
      onClose: (error) => this.destroy(error),
    });
  }

  /** As `net.Socket` has it: emits `timeout` after so long without a byte either way; 0 never does. */
  setTimeout(idleMs: number, callback?: () => void): this {
    this.#idleMs = idleMs;
    if (callback !== undefined) this.once('timeout', callback);
    this.#touch();
    return this;
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this._writev([{ chunk }], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: Callback): void {
    this.#touch();
    if (this.#connection.write(chunks.map(({ chunk }) => chunk))) callback();
    else this.#afterDrain = callback;
  }

  override _final(callback: Callback): void {
    this.#connection.end();
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#idle?.cancel();
    this.#idleMs = 0;
    this.#connection.destroy();
    callback(error);
  }

  #drained(): void {
    const callback = this.#afterDrain;
    this.#afterDrain = undefined;
    callback?.();
  }

  #touch(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
    if (this.#idleMs > 0 && !this.destroyed) {
      this.#idle = this.#clock.setTimer(this.#idleMs, () => this.emit('timeout'));
    }
  }
}
