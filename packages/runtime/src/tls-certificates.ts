import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { toError } from './errors.ts';
import { type TlsCertificate, type TlsCredentials, TlsError, type TlsRole } from './tls.ts';

/** A certificate, then those that lead from it to an authority. */
export type CertificateChain = readonly [X509Certificate, ...X509Certificate[]];

/** {@link TlsCredentials}, read. */
export interface ReadCredentials {
  readonly chain: CertificateChain;
  readonly authorities: readonly X509Certificate[];
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** In extended key usages, by role (RFC 5280 section 4.2.1.12). */
const keyPurposes: Readonly<Record<TlsRole, string>> = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' };

/** @throws TlsError `TLS_CREDENTIALS` when a part cannot be read, or the key is not the certificate's */
export function readCredentials(credentials: TlsCredentials): ReadCredentials {
  const chain = readCertificates(credentials.certificate, 'certificate');
  const authorities = readCertificates(credentials.authorities, 'authorities');
  const privateKey = readPrivateKey(credentials.privateKey);
  if (!chain[0].checkPrivateKey(privateKey)) {
    throw credentialsError(`privateKey is not the key of the certificate of ${nameOf(chain[0])}`);
  }
  return { chain, authorities };
}

/** What a certificate says about its holder. */
export function describeCertificate(certificate: X509Certificate): TlsCertificate {
  return {
    names: alternativeNames(certificate.subjectAltName ?? ''),
    fingerprint: certificate.fingerprint256,
    validFromMs: certificate.validFromDate.getTime(),
    validUntilMs: certificate.validToDate.getTime(),
    roles: (['client', 'server'] as const).filter((role) => mayServeAs(certificate, role)),
  };
}

/** Whether the extended key usage of a certificate, if it has one, names the role. */
export function mayServeAs(certificate: X509Certificate, role: TlsRole): boolean {
  const purposes: readonly string[] | undefined = certificate.keyUsage;
  return purposes === undefined || purposes.includes(keyPurposes[role]);
}

/** The certificates of a PEM text, at least one; what stands between them is for people. */
export function readCertificates(pem: string, what: string): CertificateChain {
  const [first, ...others] = (pem.match(pemCertificate) ?? []).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw credentialsError(`${what}: certificate ${index + 1} cannot be read: ${toError(error).message}`, error);
    }
  });
  if (first === undefined)
    throw credentialsError(`${what} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)`);
  return [first, ...others];
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw credentialsError(
      'privateKey is no key in PEM form (-----BEGIN PRIVATE KEY-----) without a passphrase',
      error,
    );
  }
}

/**
 * Takes apart what Node writes as `DNS:a, URI:b`: a name that could be mistaken for more than one is quoted there, with its
 * commas escaped.
 */
function alternativeNames(text: string): string[] {
  return text.split(', ').flatMap((entry) => {
    const name = /^(?:DNS|URI):(.*)$/s.exec(entry)?.[1];
    if (name === undefined) return [];
    return [name.startsWith('"') ? String(JSON.parse(name)) : name];
  });
}

function nameOf(certificate: X509Certificate): string {
  return certificate.subject.replaceAll('\n', ', ') || certificate.fingerprint256;
}

/** The text of a key is in no message, whatever is wrong with it. */
function credentialsError(message: string, cause?: unknown): TlsError {
  return new TlsError('TLS_CREDENTIALS', `TLS credentials: ${message}`, { cause });
}
