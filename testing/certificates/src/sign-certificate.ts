import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
} from '@peculiar/asn1-x509';

/** What a certificate is for. */
export type CertificatePurpose =
  | { readonly kind: 'authority' }
  | { readonly kind: 'node'; readonly names: readonly string[]; readonly roles: readonly ('client' | 'server')[] };

/** What {@link signCertificate} puts into a certificate. */
export interface CertificateContent {
  /** The common name. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly name: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly purpose: CertificatePurpose;
  readonly validity: { readonly notBefore: Date; readonly notAfter: Date };
}

const ecdsaWithSha256 = '1.2.840.10045.4.3.2';
const commonName = '2.5.4.3';
const version3 = 2;

/** Writes an X.509 certificate (RFC 5280) and signs it; in PEM form. */
export function signCertificate(content: CertificateContent): string {
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const tbsCertificate = new TBSCertificate({
    version: version3,
    serialNumber: serialNumber(),
    signature: signatureAlgorithm,
    issuer: nameOf(content.issuer.name),
    validity: new Validity(content.validity),
    subject: nameOf(content.subject),
    subjectPublicKeyInfo: AsnConvert.parse(keyInfo(content.publicKey), SubjectPublicKeyInfo),
    extensions: extensionsOf(content),
  });
  const signed = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = bytesOf(sign('sha256', signed, content.issuer.privateKey));
  return toPem(AsnConvert.serialize(new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue })));
}

/** Positive, and written in the fewest bytes, as DER wants it. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytesOf(bytes);
}

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

function extensionsOf({ publicKey, issuer, purpose }: CertificateContent): Extensions {
  const authorityKeyIdentifier = new AuthorityKeyIdentifier({
    keyIdentifier: new KeyIdentifier(keyIdentifier(issuer.publicKey)),
  });
  return new Extensions([
    ...(purpose.kind === 'authority' ? authorityExtensions() : nodeExtensions(purpose)),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyIdentifier(publicKey))),
    extension(id_ce_authorityKeyIdentifier, authorityKeyIdentifier),
  ]);
}

function authorityExtensions(): Extension[] {
  return [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), { critical: true }),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), { critical: true }),
  ];
}

function nodeExtensions({ names, roles }: CertificatePurpose & { readonly kind: 'node' }): Extension[] {
  const usages = roles.map((role) => (role === 'client' ? id_kp_clientAuth : id_kp_serverAuth));
  const generalNames = names.map(
    (name) => new GeneralName(name.includes('://') ? { uniformResourceIdentifier: name } : { dNSName: name }),
  );
  return [
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), { critical: true }),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage(usages)),
    ...(names.length === 0 ? [] : [extension(id_ce_subjectAltName, new SubjectAlternativeName(generalNames))]),
  ];
}

function extension(extnID: string, value: object, { critical = false } = {}): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** RFC 5280 section 4.2.1.2 leaves the way open; any digest of the key will do. */
function keyIdentifier(publicKey: KeyObject): ArrayBuffer {
  return bytesOf(createHash('sha256').update(keyInfo(publicKey)).digest().subarray(0, 20));
}

function keyInfo(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function toPem(der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g);
  return ['-----BEGIN CERTIFICATE-----', ...(lines ?? []), '-----END CERTIFICATE-----', ''].join('\n');
}
