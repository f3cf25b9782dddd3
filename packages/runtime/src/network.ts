import { StreamBusError, type StreamBusErrorOptions } from './errors.ts';

/**
 * Why the network refused.
 *
 * - `NETWORK_ADDRESS_IN_USE`: another listener has this address and port.
 * - `NETWORK_ADDRESS_UNAVAILABLE`: this machine has no such address, or the name has no address.
 * - `NETWORK_DENIED`: not permitted, such as a port below 1024.
 * - `NETWORK_REFUSED`: the peer's machine answered that nobody listens there.
 * - `NETWORK_RESET`: the peer ended the connection at once.
 * - `NETWORK_TIMEOUT`: no answer within the given time.
 * - `NETWORK_CLOSED`: used after it was closed.
 * - `NETWORK_IO`: anything else the system reports.
 */
export const networkErrorCodes = [
  'NETWORK_ADDRESS_IN_USE',
  'NETWORK_ADDRESS_UNAVAILABLE',
  'NETWORK_DENIED',
  'NETWORK_REFUSED',
  'NETWORK_RESET',
  'NETWORK_TIMEOUT',
  'NETWORK_CLOSED',
  'NETWORK_IO',
] as const;

/** One of {@link networkErrorCodes}. */
export type NetworkErrorCode = (typeof networkErrorCodes)[number];

/** A refusal by a {@link Network}. The message names the operation and the address. */
export class NetworkError extends StreamBusError<NetworkErrorCode> {
  override readonly name = 'NetworkError';

  constructor(code: NetworkErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

/** Where a socket ends. */
export interface SocketAddress {
  /** A name or a literal address; as reported by a connection, always literal. */
  readonly host: string;
  /** 1 to 65535; 0 where a listener may choose. */
  readonly port: number;
}

/** `127.0.0.1:9092`, or `[::1]:9092`. */
export function formatAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What the owner of a connection hears. No callback is called before {@link Connection.start}, none after `onClose`. */
export interface ConnectionHandlers {
  /** Bytes that arrived. The receiver owns the view. */
  onData(chunk: Uint8Array): void;
  /** What was written has left the process's queue, after {@link Connection.write} returned false. */
  onDrain?(): void;
  /** The peer will send no more; what is written may still reach it. Without this handler the connection is ended in turn. */
  onEnd?(): void;
  /** It is over, once; with the error that ended it, if one did. */
  onClose(error?: NetworkError): void;
}

/** One established, ordered, reliable stream of bytes each way. */
export interface Connection {
  readonly localAddress: SocketAddress;
  readonly remoteAddress: SocketAddress;
  /** Bytes accepted by {@link write} that have not left this process. */
  readonly queuedBytes: number;
  /** Begins to deliver; called once by its owner. */
  start(handlers: ConnectionHandlers): void;
  /**
   * Queues the chunks, to leave as one write where the system can. They must not be changed until they have left.
   *
   * @returns whether more should be written now; if not, wait for `onDrain`. Never throws for a network cause: after the end it returns false
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Stops delivering bytes until {@link resume}, so that the peer is held back. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then ends. */
  end(): void;
  /** Ends at once, dropping what is queued. */
  destroy(): void;
}

/** A bound port. */
export interface Listener {
  /** As bound: port 0 has become a real one. */
  readonly address: SocketAddress;
  /** Stops accepting; connections that were accepted go on. Resolves when the port is free. */
  close(): Promise<void>;
}

/** How to connect. */
export interface ConnectOptions {
  readonly timeoutMs: number;
  /** Gives the attempt up: nothing of it is left when the promise has rejected. */
  readonly signal?: AbortSignal;
}

/** Sockets, as everything outside runtime sees them. */
export interface Network {
  /** @throws NetworkError */
  listen(address: SocketAddress, onConnection: (connection: Connection) => void): Promise<Listener>;
  /** @throws NetworkError; `NETWORK_TIMEOUT` after `timeoutMs`, `NETWORK_CLOSED` when `signal` ends the attempt */
  connect(address: SocketAddress, options: ConnectOptions): Promise<Connection>;
}
