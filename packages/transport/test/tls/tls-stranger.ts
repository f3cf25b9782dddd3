import { once } from 'node:events';
import { type ConnectionOptions, connect, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { TlsCredentials } from '@streambus/runtime';
import { host } from './tls-node.ts';

/** A client of TLS that is no transport. */
export interface TlsStranger extends Disposable {
  readonly socket: TLSSocket;
  /** All that came. */
  received(): Buffer;
  /** Resolves when the other side has ended the connection, with the error if that was one. */
  readonly ended: Promise<Error | undefined>;
}

/** Dials; resolves when the handshake is complete, or has failed. */
export async function dialTls(port: number, options: ConnectionOptions = {}): Promise<TlsStranger> {
  const socket = connect({ host, port, rejectUnauthorized: false, ...options });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const ended = new Promise<Error | undefined>((resolve) => {
    socket.once('error', resolve);
    socket.once('end', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
  await Promise.race([once(socket, 'secureConnect'), ended]);
  return { socket, received: () => Buffer.concat(chunks), ended, [Symbol.dispose]: () => void socket.destroy() };
}

/** Credentials as Node's own clients and servers have them. */
export function optionsOf({ certificate, privateKey, authorities }: TlsCredentials): SecureContextOptions {
  return { cert: certificate, key: privateKey, ca: authorities };
}
