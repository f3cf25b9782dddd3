import * as net from 'node:net';
import {
  type Connection,
  type ConnectOptions,
  formatAddress,
  type Listener,
  type Network,
  NetworkError,
  type SocketAddress,
} from '../network.ts';
import { NodeConnection } from './node-connection.ts';
import { networkError } from './node-errors.ts';

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
    });
    server.on('connection', (socket) => onConnection(new NodeConnection(socket)));
    server.once('error', (error) => reject(networkError(`listen on ${formatAddress(address)}`, error)));
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

function connect(address: SocketAddress, options: ConnectOptions): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const what = `connect to ${formatAddress(address)}`;
    const { timeoutMs, signal } = options;
    if (signal?.aborted) {
      reject(givenUp(what));
      return;
    }
    const socket = net.connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const giveUp = (error: NetworkError): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error): void => giveUp(networkError(what, error));
    const onAbort = (): void => giveUp(givenUp(what));
    const timer = setTimeout(() => {
      giveUp(new NetworkError('NETWORK_TIMEOUT', `${what}: no answer within ${timeoutMs} ms`, { retriable: true }));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      socket.pause();
      resolve(new NodeConnection(socket));
    });
  });
}

function givenUp(what: string): NetworkError {
  return new NetworkError('NETWORK_CLOSED', `${what}: given up`);
}
