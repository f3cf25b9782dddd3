import type { X509Certificate } from 'node:crypto';
import type { TlsRole } from '../tls.ts';
import { type CertificateChain, mayServeAs } from '../tls-certificates.ts';
import { tlsProblems } from '../tls-problems.ts';

/** Certificates between a node and an authority; OpenSSL takes 100. */
const pathLengthMax = 10;

/** What is wrong with a peer's certificate, if anything (RFC 5280 section 6, as far as OpenSSL's default goes). */
export function problemOf(
  chain: CertificateChain,
  against: { readonly authorities: readonly X509Certificate[]; readonly role: TlsRole; readonly wallTimeMs: number },
): string | undefined {
  const [certificate] = chain;
  const issuers = issuersOf(chain, against.authorities);
  const validUntilMs = certificate.validToDate.getTime();
  const validFromMs = certificate.validFromDate.getTime();
  if (issuers === undefined) return tlsProblems.foreign;
  if (validUntilMs < against.wallTimeMs) return tlsProblems.expired(validUntilMs);
  if (validFromMs > against.wallTimeMs) return tlsProblems.early(validFromMs);
  if (issuers.some(({ validToDate }) => validToDate.getTime() < against.wallTimeMs)) return tlsProblems.expiredIssuer;
  if (!mayServeAs(certificate, against.role)) return tlsProblems.otherRole(against.role);
  return undefined;
}

/** Those that lead from a certificate to an authority, the authority last. */
function issuersOf(
  [certificate, ...intermediates]: CertificateChain,
  authorities: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  const issuers: X509Certificate[] = [];
  let last = certificate;
  while (issuers.length < pathLengthMax) {
    const issued = last;
    const authority = authorities.find((one) => hasIssued(one, issued));
    if (authority !== undefined) return [...issuers, authority];
    const issuer = intermediates.find((one) => one.ca && hasIssued(one, issued));
    if (issuer === undefined) return undefined;
    issuers.push(issuer);
    last = issuer;
  }
  return undefined;
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}
