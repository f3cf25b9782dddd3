/**
 * Certificate authorities and certificates for tests of TLS: good ones, expired ones, of a foreign authority, for one role only.
 *
 * Each certificate gets a new key (ECDSA on P-256, made in less than a millisecond): no private key lies in the repository.
 *
 * @packageDocumentation
 */
export {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  type IssueOptions,
} from './certificate-authority.ts';
