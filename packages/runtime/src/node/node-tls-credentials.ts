import * as tls from 'node:tls';
import { toError } from '../errors.ts';
import { type TlsCertificate, type TlsCredentials, TlsError } from '../tls.ts';
import { describeCertificate, readCredentials } from '../tls-certificates.ts';
import { reasonOf } from './node-errors.ts';
import { TlsAcceptor } from './tls-acceptor.ts';

/** Credentials in the form in which OpenSSL uses them: made once, used for every connection. */
export interface PreparedCredentials {
  readonly certificate: TlsCertificate;
  /** For the client's role. */
  readonly context: tls.SecureContext;
  /** For the server's role. */
  readonly acceptor: TlsAcceptor;
}

/** @throws TlsError `TLS_CREDENTIALS` */
export function prepareCredentials(credentials: TlsCredentials): PreparedCredentials {
  const { chain, authorities } = readCredentials(credentials);
  const options: tls.SecureContextOptions = {
    cert: chain.map(String).join(''),
    key: credentials.privateKey,
    // With an empty list, Node would trust the system's authorities.
    ca: authorities.map(String),
    minVersion: 'TLSv1.3',
  };
  try {
    const context = tls.createSecureContext(options);
    return { certificate: describeCertificate(chain[0]), context, acceptor: new TlsAcceptor(options) };
  } catch (error) {
    const cause = toError(error);
    throw new TlsError('TLS_CREDENTIALS', `TLS credentials: ${reasonOf(cause)}`, { cause });
  }
}
