import {
  type Clock,
  type Connection,
  type Network,
  NetworkError,
  type SocketAddress,
  TlsError,
  type TlsErrorCode,
  toError,
} from '@streambus/runtime';
import type { Link } from '../connection/link.ts';
import type { OpenLinks } from '../connection/open-links.ts';
import type { NodeId } from '../options.ts';
import type { ConnectFailure } from '../reasons.ts';
import type { Handshake, Hello, Refusal } from '../wire/hello.ts';
import { ProtocolViolation } from '../wire/protocol-violation.ts';
import { HandshakeLost, readHandshake, writeHello, writeRefusal } from './handshake-link.ts';
import { judgeAnswer } from './judge-hello.ts';
import { describeTlsError, type LinkSecurity, type SecureLink, secureLink } from './secure-link.ts';
import { judgeCertificate } from './verify-certificate.ts';

/** Whom to dial, and how long that may take. */
export interface DialOptions {
  readonly peerId: NodeId;
  readonly address: SocketAddress;
  /** What this node says. */
  readonly hello: Hello;
  readonly certificateName: string;
  readonly connectTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  /** Gives the attempt up. */
  readonly signal: AbortSignal;
}

/** What dialling needs. */
export interface DialDependencies {
  readonly clock: Clock;
  readonly network: Network;
  readonly security: LinkSecurity | undefined;
  readonly links: OpenLinks;
}

/** How an attempt ended. */
export type DialResult =
  | { readonly type: 'connected'; readonly link: Link; readonly hello: Hello }
  /** This side refused what it found there. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** The network, or the other side, did. */
  | { readonly type: 'failed'; readonly failure: ConnectFailure; readonly detail: string };

/** Makes one attempt: TCP, TLS, and the handshake. Never rejects; a failed attempt leaves nothing but links that end. */
export async function dial(options: DialOptions, dependencies: DialDependencies): Promise<DialResult> {
  const { address, connectTimeoutMs, signal } = options;
  try {
    const connection = await dependencies.network.connect(address, { timeoutMs: connectTimeoutMs, signal });
    return await withDeadline(connection, options, dependencies);
  } catch (thrown) {
    return failedBy(thrown, dependencies.security);
  }
}

async function withDeadline(
  connection: Connection,
  options: DialOptions,
  dependencies: DialDependencies,
): Promise<DialResult> {
  const { handshakeTimeoutMs, signal } = options;
  const { clock, links, security } = dependencies;
  let timedOut = false;
  const end = (): void => connection.destroy();
  const timer = clock.setTimer(handshakeTimeoutMs, () => {
    timedOut = true;
    end();
  });
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    const secured = await secureLink(connection, links, { role: 'client', security, timeoutMs: handshakeTimeoutMs });
    return await greet(secured, options, links);
  } catch (thrown) {
    end();
    if (timedOut) return { type: 'failed', failure: 'timeout', detail: `no handshake within ${handshakeTimeoutMs} ms` };
    return failedBy(thrown, security);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', end);
  }
}

async function greet({ link, peer }: SecureLink, options: DialOptions, links: OpenLinks): Promise<DialResult> {
  const refuse = (refusal: Refusal): DialResult => {
    writeRefusal(link, refusal);
    links.end(link);
    return { type: 'refused', refusal };
  };
  const distrusted = peer && judgeCertificate(peer, options.peerId, options.certificateName);
  if (distrusted !== undefined) return refuse(distrusted);
  writeHello(link, options.hello);
  let answer: Handshake;
  try {
    answer = await readHandshake(link);
  } catch (thrown) {
    if (thrown instanceof ProtocolViolation) return refuse({ reason: 'malformed', detail: thrown.message });
    throw thrown;
  }
  if (answer.type === 'refusal') {
    link.destroy();
    return { type: 'failed', failure: answer.refusal.reason, detail: answer.refusal.detail };
  }
  const refusal = judgeAnswer(answer.hello, options.hello, options.peerId);
  return refusal === undefined ? { type: 'connected', link, hello: answer.hello } : refuse(refusal);
}

const tlsFailures: Readonly<Record<TlsErrorCode, ConnectFailure>> = {
  TLS_CREDENTIALS: 'tls',
  TLS_HANDSHAKE: 'tls',
  TLS_TIMEOUT: 'timeout',
  TLS_CLOSED: 'lost',
};

function failedBy(thrown: unknown, security: LinkSecurity | undefined): DialResult {
  const failed = (failure: ConnectFailure, detail: string): DialResult => ({ type: 'failed', failure, detail });
  const { message } = toError(thrown);
  if (thrown instanceof TlsError) return failed(tlsFailures[thrown.code], describeTlsError(thrown));
  // A peer that expects TLS ends the connection without a word that could be understood here.
  if (thrown instanceof HandshakeLost && security === undefined) {
    return failed('lost', `${message}; this node does not use TLS, perhaps the peer does`);
  }
  if (!(thrown instanceof NetworkError)) return failed('lost', message);
  return failed(thrown.code === 'NETWORK_REFUSED' ? 'refused' : 'unreachable', message);
}
