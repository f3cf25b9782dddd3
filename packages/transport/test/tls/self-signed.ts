import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { createCertificateAuthority, type IssuedCertificate } from '@streambus-testing/certificates';

/**
 * A node's certificate that was signed by nobody but its holder: one that an authority of the same name has issued, with the holder's own
 * key named as the issuer's, and signed with it.
 *
 * @param name - its only name
 */
export function selfSigned(name: string): IssuedCertificate {
  const authority = createCertificateAuthority({ name });
  const { certificate, privateKey, ...rest } = authority.issue({ names: [name] });
  const key = createPrivateKey(privateKey);
  const content = contentOf(new X509Certificate(certificate).raw);
  const issuersKey = keyIdentifier(new X509Certificate(authority.certificate).publicKey);
  keyIdentifier(createPublicKey(key)).copy(content, content.indexOf(issuersKey));
  const signature = element(0x03, Buffer.concat([Buffer.of(0), sign('sha256', content, key)]));
  const der = element(0x30, Buffer.concat([content, ecdsaWithSha256, signature]));
  return { certificate: toPem(der), privateKey, ...rest };
}

/** The algorithm's identifier: SEQUENCE { OBJECT IDENTIFIER 1.2.840.10045.4.3.2 }. */
const ecdsaWithSha256 = Buffer.from('300a06082a8648ce3d040302', 'hex');

/** The first element of a certificate (RFC 5280 section 4.1): what is signed. Lengths of two bytes, as certificates of this size have. */
function contentOf(der: Buffer): Buffer {
  const begin = 4;
  return Buffer.from(der.subarray(begin, begin + 4 + der.readUInt16BE(begin + 2)));
}

/** As the authorities of these tests make it. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest().subarray(0, 20);
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? Buffer.of(tag, length) : Buffer.of(tag, 0x82, length >>> 8, length & 0xff);
  return Buffer.concat([head, content]);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
