import { StreamBusError, type StreamBusErrorOptions } from './errors.ts';
import type { Connection } from './network.ts';

/**
 * Why a connection could not be secured.
 *
 * - `TLS_CREDENTIALS`: the own certificate, private key or authorities cannot be used.
 * - `TLS_HANDSHAKE`: the peer does not speak TLS 1.3, speaks no TLS at all, or refused.
 * - `TLS_TIMEOUT`: the handshake was not complete within the given time.
 * - `TLS_CLOSED`: the connection ended before the handshake was complete, by whichever side.
 */
export const tlsErrorCodes = ['TLS_CREDENTIALS', 'TLS_HANDSHAKE', 'TLS_TIMEOUT', 'TLS_CLOSED'] as const;

/** One of {@link tlsErrorCodes}. */
export type TlsErrorCode = (typeof tlsErrorCodes)[number];

/** A refusal by {@link Tls}. The message names the peer's address, or what is wrong with the credentials. */
export class TlsError extends StreamBusError<TlsErrorCode> {
  override readonly name = 'TlsError';

  constructor(code: TlsErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

/** The side of the handshake: who dialled is the client. */
export type TlsRole = 'client' | 'server';

/** Who one is, how one proves it, and whom one trusts. Each is text in PEM form (RFC 7468). */
export interface TlsCredentials {
  /** The own certificate, followed by those that lead from it to an authority, if any. */
  readonly certificate: string;
  /** The key of the own certificate, not encrypted. */
  readonly privateKey: string;
  /** The certificates of the authorities whose peers are trusted: these alone, never the system's. At least one. */
  readonly authorities: string;
}

/** What a certificate says about its holder. */
export interface TlsCertificate {
  /** Its subject alternative names of the types DNS and URI (RFC 5280 section 4.2.1.6), in its order, written as they are there. */
  readonly names: readonly string[];
  /** SHA-256 of its bytes, as pairs of upper-case hexadecimal digits joined by colons. */
  readonly fingerprint: string;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly validFromMs: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly validUntilMs: number;
  /** The roles for which it may be used: both, unless its extended key usage (RFC 5280 section 4.2.1.12) is narrower. */
  readonly roles: readonly TlsRole[];
}

/**
 * Who is at the other end. Verified means: the peer proved that it holds the key of a certificate that is valid now, is meant
 * for its role and was issued by one of the authorities. Nothing is known of a peer that is not.
 */
export type TlsPeer =
  | ({ readonly verified: true } & TlsCertificate)
  | {
      readonly verified: false;
      /** In words, to be logged and to be sent to the peer: that its certificate has expired, that it has none. */
      readonly problem: string;
    };

/** What {@link Tls.secure} makes of a connection. */
export interface SecuredConnection {
  /**
   * Carries what the raw connection carried, encrypted; not yet started. It keeps all that {@link Connection} promises.
   *
   * Whoever sits between the two can cut the connection so that it looks as if the peer had ended it: a protocol over it has to
   * know by itself when a message is whole.
   */
  readonly connection: Connection;
  readonly peer: TlsPeer;
  /** As negotiated, such as `TLSv1.3`. */
  readonly protocol: string;
}

/** How to secure a connection. */
export interface TlsSecureOptions {
  readonly role: TlsRole;
  readonly credentials: TlsCredentials;
  /** For the whole handshake, however much of it arrives. */
  readonly timeoutMs: number;
}

/**
 * Mutual TLS over connections that are established already, as everything outside runtime sees it.
 *
 * The handshake succeeds with a peer that is not {@link TlsPeer.verified} too, so that its owner can tell it over the secured
 * connection why it is refused. Whoever ignores {@link SecuredConnection.peer} talks to anybody.
 *
 * Host names are not compared with the certificate's: the owner knows whom it meant to reach. Each connection has a full
 * handshake (no session is resumed), so that a certificate which expired or was replaced gets nobody in.
 */
export interface Tls {
  /**
   * Takes over a connection that was not started: from here on it may only be destroyed and asked for its addresses, at any
   * time, while the secured one is started, written and ended. Destroying either ends both.
   *
   * @param connection - of the Network that belongs to this adapter
   * @throws TlsError; the connection is destroyed then
   */
  secure(connection: Connection, options: TlsSecureOptions): Promise<SecuredConnection>;
  /**
   * Reads credentials without using them, so that a reload is refused before it replaces good ones. That the certificate is
   * valid now, and for both roles, is for the caller to judge.
   *
   * @returns what the own certificate says
   * @throws TlsError `TLS_CREDENTIALS` when a part cannot be read, or the key is not the certificate's
   */
  checkCredentials(credentials: TlsCredentials): TlsCertificate;
}
