import type { Connection, Tls, TlsCredentials, TlsError, TlsPeer, TlsRole } from '@streambus/runtime';
import type { Link } from '../connection/link.ts';
import type { OpenLinks } from '../connection/open-links.ts';

/** How connections are secured. */
export interface LinkSecurity {
  readonly tls: Tls;
  /** As they are now: a reload changes what the next handshake uses. */
  credentials(): TlsCredentials;
}

/** A link and who is at its other end, where TLS tells. */
export interface SecureLink {
  readonly link: Link;
  readonly peer: TlsPeer | undefined;
}

/** How to start a connection. */
export interface SecureLinkOptions {
  readonly role: TlsRole;
  readonly security: LinkSecurity | undefined;
  readonly timeoutMs: number;
}

/** Starts a connection, after TLS where that is used. @throws TlsError */
export async function secureLink(
  connection: Connection,
  links: OpenLinks,
  { role, security, timeoutMs }: SecureLinkOptions,
): Promise<SecureLink> {
  if (security === undefined) return { link: links.open(connection), peer: undefined };
  const credentials = security.credentials();
  const secured = await security.tls.secure(connection, { role, credentials, timeoutMs });
  return { link: links.open(secured.connection), peer: secured.peer };
}

/** For the log. What OpenSSL says of a peer without TLS is not clear to everybody. */
export function describeTlsError({ code, message }: TlsError): string {
  return code === 'TLS_HANDSHAKE' ? `${message}; this node uses TLS with every peer` : message;
}
