import type { TlsCredentials } from '@streambus/runtime';

/** What one side of a connection does with what comes. */
export interface EndpointHandlers {
  /** A whole message, as one view. */
  onMessage(message: Uint8Array): void;
  /** After a message was not taken: the next one will be. */
  onRoom(): void;
}

/** One side of an established connection, whoever made it. */
export interface Endpoint {
  /** Sends a message, which does not change afterwards. @returns whether it was taken; if not, `onRoom` follows */
  send(message: Uint8Array): boolean;
  /** Builds the numbers that are kept of the connection, where it keeps any. */
  readMetrics?(): unknown;
}

/** Waits for one connection. */
export interface ListeningEndpoint {
  readonly port: number;
  readonly connected: Promise<Endpoint>;
}

/** One way to connect two processes. */
export interface Contender {
  listen(handlers: EndpointHandlers, credentials?: TlsCredentials): Promise<ListeningEndpoint>;
  connect(port: number, handlers: EndpointHandlers, credentials?: TlsCredentials): Promise<Endpoint>;
}

export const host = '127.0.0.1';

/** What a sender without bounds of its own keeps waiting: as much as runtime's sockets do. */
export const maxQueuedBytes: number = 1024 * 1024;
