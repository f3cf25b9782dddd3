import type { Connection, NetworkError, SocketAddress } from '@streambus/runtime';

/** Who hears what comes over a link. */
export interface LinkHandlers {
  onData(chunk: Uint8Array): void;
  onDrain?(): void;
  /** Nothing more will come: the peer's side was closed, or all of it with the error that ended it. At most once. */
  onGone(error: NetworkError | undefined): void;
}

/**
 * A started connection whose bytes can be handed from one reader to the next: from the handshake to what follows. Between two readers
 * nothing is lost.
 */
export class Link {
  readonly remoteAddress: SocketAddress;
  readonly #connection: Connection;
  #handlers: LinkHandlers | undefined;
  readonly #unread: Uint8Array[] = [];
  #gone: { readonly error: NetworkError | undefined } | undefined;
  #goneTold = false;
  #closed = false;
  readonly #closeWaiters: (() => void)[] = [];

  /** @param connection - not started */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.remoteAddress = connection.remoteAddress;
    connection.start({
      onData: (chunk) => (this.#handlers === undefined ? this.#unread.push(chunk) : this.#handlers.onData(chunk)),
      onDrain: () => this.#handlers?.onDrain?.(),
      onEnd: () => this.#noteGone(undefined),
      onClose: (error) => {
        this.#closed = true;
        this.#noteGone(error);
        for (const resolve of this.#closeWaiters.splice(0)) resolve();
      },
    });
  }

  /** Gives the bytes to another reader from here on; first those that nobody has read. */
  read(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    this.#connection.resume();
    while (this.#unread.length > 0 && this.#handlers === handlers) handlers.onData(this.#unread.shift() as Uint8Array);
    if (this.#handlers === handlers) this.#tellGone();
  }

  /** Ends reading; `rest` is what the reader had beyond its own. */
  hold(rest: Uint8Array): void {
    this.#handlers = undefined;
    this.#connection.pause();
    if (rest.length > 0) this.#unread.unshift(rest);
  }

  /** @returns whether more may be written before `onDrain` */
  write(pieces: readonly Uint8Array[]): boolean {
    return this.#connection.write(pieces);
  }

  /** Sends what was written, and ends. What comes is read no more. */
  end(): void {
    this.#handlers = { onData: () => {}, onGone: () => {} };
    this.#connection.resume();
    this.#connection.end();
  }

  destroy(): void {
    this.#handlers = { onData: () => {}, onGone: () => {} };
    this.#connection.destroy();
  }

  /** Resolves when nothing of the connection is left. */
  untilClosed(): Promise<void> {
    return this.#closed ? Promise.resolve() : new Promise((resolve) => this.#closeWaiters.push(resolve));
  }

  #noteGone(error: NetworkError | undefined): void {
    this.#gone ??= { error };
    this.#tellGone();
  }

  #tellGone(): void {
    if (this.#gone === undefined || this.#goneTold || this.#handlers === undefined) return;
    this.#goneTold = true;
    this.#handlers.onGone(this.#gone.error);
  }
}
