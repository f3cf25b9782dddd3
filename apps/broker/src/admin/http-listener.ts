import { createServer, type RequestListener, type Server } from 'node:http';
import { type Clock, NetworkError, type NetworkErrorCode, type SocketAddress } from '@streambus/runtime';
import { formatSocketAddress } from '../config/socket-address.ts';

/** A bound HTTP server. */
export interface HttpListener {
  readonly server: Server;
  /** As bound: port 0 has become a real one. */
  readonly address: SocketAddress;
  /** Answers the requests in hand, for a second at most, and ends every connection. Harmless twice. */
  close(): Promise<void>;
}

const maxConnections = 100;
const requestTimeoutMs = 10_000;
const closeWithinMs = 1000;

const codes: Readonly<Record<string, NetworkErrorCode>> = {
  EADDRINUSE: 'NETWORK_ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'NETWORK_ADDRESS_UNAVAILABLE',
  ENOTFOUND: 'NETWORK_ADDRESS_UNAVAILABLE',
  EACCES: 'NETWORK_DENIED',
};

/**
 * Binds a plain HTTP server.
 *
 * @throws NetworkError when the address cannot be bound
 */
export function listenHttp(address: SocketAddress, clock: Clock, onRequest: RequestListener): Promise<HttpListener> {
  const server = createServer({ requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs }, onRequest);
  server.maxConnections = maxConnections;
  const requests = countRequests(server);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `the admin listener cannot listen on ${formatSocketAddress(address)}: ${error.message}`;
      reject(new NetworkError(codes[error.code ?? ''] ?? 'NETWORK_IO', message, { cause: error }));
    });
    server.listen(address.port, address.host, () => {
      server.removeAllListeners('error');
      // Accepting can fail later (no descriptor left); the next one may succeed.
      server.on('error', () => {});
      const bound = server.address();
      // Bound to a host and port, it has an address that is an object.
      const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
      const host = typeof bound === 'object' && bound !== null ? bound.address : address.host;
      let closing: Promise<void> | undefined;
      resolve({ server, address: { host, port }, close: () => (closing ??= closeServer(server, requests, clock)) });
    });
  });
}

/** Knows how many requests are in hand: a connection that has not asked anything yet is no reason to wait. */
function countRequests(server: Server): { count: number; whenNone: () => void } {
  const requests = { count: 0, whenNone: (): void => {} };
  server.on('request', (_, response) => {
    requests.count += 1;
    response.once('close', () => {
      requests.count -= 1;
      if (requests.count === 0) requests.whenNone();
    });
  });
  return requests;
}

function closeServer(server: Server, requests: ReturnType<typeof countRequests>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const deadline = clock.setTimer(closeWithinMs, () => server.closeAllConnections());
    server.close(() => {
      deadline.cancel();
      resolve();
    });
    requests.whenNone = () => server.closeAllConnections();
    if (requests.count === 0) requests.whenNone();
  });
}
