import type { X509Certificate } from 'node:crypto';
import type * as tls from 'node:tls';
import type { TlsPeer, TlsRole } from '../tls.ts';
import { describeCertificate } from '../tls-certificates.ts';
import { tlsProblems } from '../tls-problems.ts';
import { nodeClock } from './node-clock.ts';

/** What OpenSSL says of a certificate whose issuer is not among the authorities. */
const foreignCodes: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

/** Who is at the other end of a socket whose handshake is complete. */
export function peerOf(socket: tls.TLSSocket, ownRole: TlsRole): TlsPeer {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { verified: false, problem: tlsProblems.none };
  if (socket.authorized) return { verified: true, ...describeCertificate(certificate) };
  const peerRole = ownRole === 'client' ? 'server' : 'client';
  // Its type says Error; Node gives the name of the code.
  return { verified: false, problem: problemOf(String(socket.authorizationError), certificate, peerRole) };
}

function problemOf(code: string, certificate: X509Certificate, role: TlsRole): string {
  if (foreignCodes.has(code)) return tlsProblems.foreign;
  if (code === 'INVALID_PURPOSE') return tlsProblems.otherRole(role);
  if (code === 'CERT_HAS_EXPIRED') {
    const validUntilMs = certificate.validToDate.getTime();
    return validUntilMs < nodeClock.wallTimeMs() ? tlsProblems.expired(validUntilMs) : tlsProblems.expiredIssuer;
  }
  if (code === 'CERT_NOT_YET_VALID') return tlsProblems.early(certificate.validFromDate.getTime());
  return tlsProblems.other(code);
}
