import { type Tls, type TlsCertificate, type TlsCredentials, toError } from '@streambus/runtime';
import { TransportError } from '../errors.ts';
import type { NodeId } from '../options.ts';

/** Who is going to use credentials, and when. */
export interface CredentialsUse {
  readonly nodeId: NodeId;
  /** What the certificate has to carry. */
  readonly certificateName: string;
  readonly nowMs: number;
}

/**
 * Refuses credentials with which peers would not talk to this node, while those in use still serve.
 *
 * @returns the own certificate
 * @throws TransportError `TRANSPORT_CREDENTIALS`
 */
export function checkCredentials(tls: Tls, credentials: TlsCredentials, use: CredentialsUse): TlsCertificate {
  const certificate = readCertificate(tls, credentials);
  const problem = problemOf(certificate, use);
  if (problem === undefined) return certificate;
  throw new TransportError('TRANSPORT_CREDENTIALS', `the certificate of node ${use.nodeId} ${problem}`);
}

function problemOf(
  { names, roles, validFromMs, validUntilMs }: TlsCertificate,
  { certificateName, nowMs }: CredentialsUse,
): string | undefined {
  if (!names.includes(certificateName)) {
    return `needs the name '${certificateName}'; it has: ${names.join(', ') || 'none'}`;
  }
  if (nowMs > validUntilMs) return `expired at ${new Date(validUntilMs).toISOString()}`;
  if (nowMs < validFromMs) return `is not valid before ${new Date(validFromMs).toISOString()}`;
  // Every node dials and is dialled, whatever its id: see RemotePeer.
  if (roles.length < 2)
    return `has to serve as client and as server; its extended key usage allows: ${roles.join() || 'neither'}`;
  return undefined;
}

function readCertificate(tls: Tls, credentials: TlsCredentials): TlsCertificate {
  try {
    return tls.checkCredentials(credentials);
  } catch (thrown) {
    const cause = toError(thrown);
    throw new TransportError('TRANSPORT_CREDENTIALS', cause.message, { cause });
  }
}
