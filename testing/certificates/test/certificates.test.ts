import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../src/index.ts';

/** In extended key usages (RFC 5280 section 4.2.1.12). */
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

describe('a certificate authority', () => {
  const authority = createCertificateAuthority({ name: 'Test authority' });
  const own = new X509Certificate(authority.certificate);

  it('has signed itself and may sign others', () => {
    expect(own.subject).toBe('CN=Test authority');
    expect(own.ca).toBe(true);
    expect(own.verify(own.publicKey)).toBe(true);
  });

  it('issues a certificate with its names, valid at any time, for both roles; each with another key and number', () => {
    const issued = authority.issue({ names: ['node-1', 'spiffe://test/node-1'] });
    const certificate = new X509Certificate(issued.certificate);
    expect(certificate.checkIssued(own)).toBe(true);
    expect(certificate.verify(own.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBe('DNS:node-1, URI:spiffe://test/node-1');
    expect(certificate.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true);
    expect(certificate.validFromDate).toEqual(new Date('2000-01-01T00:00:00Z'));
    expect(certificate.validToDate).toEqual(new Date('2100-01-01T00:00:00Z'));
    expect([...(certificate.keyUsage ?? [])].sort()).toEqual([serverAuth, clientAuth]);
    expect(issued.authorities).toBe(authority.certificate);
    const another = authority.issue({ names: ['node-1'] });
    expect(another.privateKey).not.toBe(issued.privateKey);
    expect(new X509Certificate(another.certificate).serialNumber).not.toBe(certificate.serialNumber);
  });

  it('issues what a test asks for: another validity, one role, no name', () => {
    const notBefore = new Date('2020-01-01T00:00:00Z');
    const notAfter = new Date('2020-02-01T12:30:00Z');
    const certificate = new X509Certificate(authority.issue({ notBefore, notAfter, roles: ['client'] }).certificate);
    expect(certificate.validFromDate).toEqual(notBefore);
    expect(certificate.validToDate).toEqual(notAfter);
    expect(certificate.keyUsage).toEqual([clientAuth]);
    expect(certificate.subjectAltName).toBeUndefined();
  });

  it('has intermediates, whose certificates bring the way to the root along', () => {
    const below = authority.createIntermediate({ name: 'Below' }).createIntermediate({ name: 'Lowest' });
    const issued = below.issue({ names: ['node-1'] });
    const chain = issued.certificate.match(/-----BEGIN[^-]*-----[^-]*-----END[^-]*-----/g) ?? [];
    const [leaf, lowest, middle] = chain.map((pem) => new X509Certificate(pem)) as [
      X509Certificate,
      X509Certificate,
      X509Certificate,
    ];
    expect(chain).toHaveLength(3);
    expect(leaf.checkIssued(lowest)).toBe(true);
    expect(lowest.checkIssued(middle)).toBe(true);
    expect(middle.checkIssued(own)).toBe(true);
    expect(issued.authorities).toBe(authority.certificate);
  });

  it('has nothing to do with another one of the same name', () => {
    const impostor = createCertificateAuthority({ name: 'Test authority' });
    const certificate = new X509Certificate(impostor.issue().certificate);
    expect(certificate.issuer).toBe(own.subject);
    expect(certificate.verify(own.publicKey)).toBe(false);
  });
});
