import { assert } from '../assert.ts';
import type { Clock } from '../clock.ts';
import { type Connection, formatAddress } from '../network.ts';
import {
  type SecuredConnection,
  type Tls,
  type TlsCertificate,
  type TlsCredentials,
  TlsError,
  type TlsErrorCode,
  type TlsPeer,
  type TlsRole,
  type TlsSecureOptions,
} from '../tls.ts';
import { type CertificateChain, describeCertificate, readCredentials } from '../tls-certificates.ts';
import { MemoryConnection } from './memory-connection.ts';
import type { MemorySocket } from './memory-socket.ts';
import { encodeHello, HelloReader } from './memory-tls-hello.ts';
import { problemOf } from './memory-tls-problem.ts';

/** How to make the TLS of a memory network. */
export interface MemoryTlsOptions {
  /** By it certificates expire, and handshakes run out of time. */
  readonly clock: Clock;
}

/**
 * TLS without a cipher, over connections of a memory network: both sides show real certificates, which are judged by the given
 * clock, and then the bytes go as they are. Same inputs, same bytes, in the same turns.
 */
export function createMemoryTls(options: MemoryTlsOptions): Tls {
  return new TlsOfMemory(options);
}

class TlsOfMemory implements Tls {
  readonly #clock: Clock;

  constructor({ clock }: MemoryTlsOptions) {
    this.#clock = clock;
  }

  checkCredentials(credentials: TlsCredentials): TlsCertificate {
    return describeCertificate(readCredentials(credentials).chain[0]);
  }

  async secure(connection: Connection, options: TlsSecureOptions): Promise<SecuredConnection> {
    assert(connection instanceof MemoryConnection, 'createMemoryTls secures connections of createMemoryNetwork alone');
    const socket = connection.giveAway();
    try {
      const { authorities } = readCredentials(options.credentials);
      const chain = await this.#exchangeHellos(socket, options);
      const peerRole = otherRole(options.role);
      const problem = problemOf(chain, { authorities, role: peerRole, wallTimeMs: this.#clock.wallTimeMs() });
      const peer: TlsPeer =
        problem === undefined ? { verified: true, ...describeCertificate(chain[0]) } : { verified: false, problem };
      return { connection: new MemoryConnection(socket), peer, protocol: 'TLSv1.3' };
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** Shows the own certificate and waits for the peer's. */
  #exchangeHellos(socket: MemorySocket, { role, credentials, timeoutMs }: TlsSecureOptions): Promise<CertificateChain> {
    return new Promise((resolve, reject) => {
      const fail = (code: TlsErrorCode, why: string): void => {
        timer.cancel();
        const retriable = code !== 'TLS_HANDSHAKE';
        reject(new TlsError(code, `TLS handshake with ${formatAddress(socket.remoteAddress)}: ${why}`, { retriable }));
      };
      const onClose = (): void => fail('TLS_CLOSED', 'the connection ended before it was complete');
      const timer = this.#clock.setTimer(timeoutMs, () => fail('TLS_TIMEOUT', `not complete within ${timeoutMs} ms`));
      const reader = new HelloReader(otherRole(role));
      socket.attach({
        onData(chunk) {
          const read = reader.read(chunk);
          if (read === 'incomplete') return;
          if (read === 'wrong') return fail('TLS_HANDSHAKE', 'the peer does not speak TLS');
          timer.cancel();
          socket.detach(read.rest);
          resolve(read.chain);
        },
        onEnd: onClose,
        onClose,
      });
      socket.write([encodeHello(role, credentials.certificate)]);
    });
  }
}

function otherRole(role: TlsRole): TlsRole {
  return role === 'client' ? 'server' : 'client';
}
