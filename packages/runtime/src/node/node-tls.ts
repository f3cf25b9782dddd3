import type * as net from 'node:net';
import * as tls from 'node:tls';
import { assert } from '../assert.ts';
import { toError } from '../errors.ts';
import { type Connection, formatAddress } from '../network.ts';
import {
  type SecuredConnection,
  type Tls,
  type TlsCertificate,
  type TlsCredentials,
  TlsError,
  type TlsErrorCode,
  type TlsSecureOptions,
} from '../tls.ts';
import { nodeClock } from './node-clock.ts';
import { NodeConnection } from './node-connection.ts';
import { isOfOpenSsl, reasonOf } from './node-errors.ts';
import { type PreparedCredentials, prepareCredentials } from './node-tls-credentials.ts';
import { peerOf } from './node-tls-peer.ts';
import type { HandshakeHandlers } from './tls-acceptor.ts';

/** TLS by OpenSSL, over connections of `createNodeNetwork`. */
export function createNodeTls(): Tls {
  return new NodeTls();
}

class NodeTls implements Tls {
  /** To read credentials costs a millisecond; whoever reloads them brings another object. */
  readonly #prepared = new WeakMap<TlsCredentials, PreparedCredentials>();

  checkCredentials(credentials: TlsCredentials): TlsCertificate {
    return this.#prepare(credentials).certificate;
  }

  async secure(connection: Connection, options: TlsSecureOptions): Promise<SecuredConnection> {
    assert(connection instanceof NodeConnection, 'createNodeTls secures connections of createNodeNetwork alone');
    const socket = connection.giveAway();
    try {
      return await handshake(
        socket,
        this.#prepare(options.credentials),
        options,
        formatAddress(connection.remoteAddress),
      );
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  #prepare(credentials: TlsCredentials): PreparedCredentials {
    let prepared = this.#prepared.get(credentials);
    if (prepared === undefined) {
      prepared = prepareCredentials(credentials);
      this.#prepared.set(credentials, prepared);
    }
    return prepared;
  }
}

const earlyEnd = 'the connection ended before it was complete';

function handshake(
  socket: net.Socket,
  { context, acceptor }: PreparedCredentials,
  { role, timeoutMs }: TlsSecureOptions,
  remote: string,
): Promise<SecuredConnection> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      timer.cancel();
      socket.off('close', onClose);
    };
    const fail = (code: TlsErrorCode, why: string, cause?: Error): void => {
      settle();
      const retriable = code !== 'TLS_HANDSHAKE';
      reject(new TlsError(code, `TLS handshake with ${remote}: ${why}`, { retriable, cause }));
    };
    const onClose = (): void => fail('TLS_CLOSED', earlyEnd);
    const timer = nodeClock.setTimer(timeoutMs, () => fail('TLS_TIMEOUT', `not complete within ${timeoutMs} ms`));
    const handlers: HandshakeHandlers = {
      onSecure(secured) {
        settle();
        secured.allowHalfOpen = true;
        // Here and not after the promise: whatever the socket emits next has its listener.
        const connection = new NodeConnection(secured);
        try {
          resolve({ connection, peer: peerOf(secured, role), protocol: secured.getProtocol() ?? '' });
        } catch (error) {
          // A stranger wrote that certificate.
          fail('TLS_HANDSHAKE', 'its certificate cannot be read', toError(error));
        }
      },
      onError(error) {
        if (isOfOpenSsl(error)) fail('TLS_HANDSHAKE', reasonOf(error), error);
        else fail('TLS_CLOSED', earlyEnd, error);
      },
    };
    socket.once('close', onClose);
    // Who ends in the middle of a handshake has ended it.
    socket.allowHalfOpen = false;
    if (socket.destroyed) onClose();
    else if (role === 'server') acceptor.accept(socket, handlers);
    else connect(socket, context, handlers);
  });
}

/** The client's role. Host names are the business of whoever dialled, so none is sent and none is compared. */
function connect(socket: net.Socket, secureContext: tls.SecureContext, handlers: HandshakeHandlers): void {
  const secured = tls.connect({
    socket,
    secureContext,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  secured.on('error', handlers.onError);
  secured.once('secureConnect', () => {
    handlers.onSecure(secured);
    secured.off('error', handlers.onError);
  });
}
