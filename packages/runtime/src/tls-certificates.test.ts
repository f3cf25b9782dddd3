import { X509Certificate } from 'node:crypto';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { describe, expect, it } from 'vitest';
import { describeCertificate, readCertificates } from './tls-certificates.ts';

const authority = createCertificateAuthority({ name: 'Test authority' });

describe('the names of a certificate', () => {
  const namesOf = (names: readonly string[]): readonly string[] =>
    describeCertificate(new X509Certificate(authority.issue({ names }).certificate)).names;

  it.each([
    ['in their order', ['b.test', 'a.test', 'uri://c', '*.test']],
    ['that spell out another one', ['node-1, DNS:node-2', 'node-1,DNS:node-2', 'x", DNS:"node-2']],
    ['with quotes, backslashes, a zero', ['"', "'", '\\', '\\u002c', 'node-1\0.test', ' ']],
    ['of another type inside', ['URI:uri', 'uri://DNS:node-2', 'IP Address:127.0.0.1']],
  ])('are as they are written there: %s', (_what, names) => {
    expect(namesOf(names)).toEqual(names);
  });
});

describe('the certificates of a PEM text', () => {
  it('are all read, with other line ends and words between them', () => {
    const other = createCertificateAuthority({ name: 'Another authority' });
    const pem = `# ours\n${authority.certificate}# theirs\n${other.certificate}`.replaceAll('\n', '\r\n');
    expect(readCertificates(pem, 'authorities').map(({ subject }) => subject)).toEqual([
      'CN=Test authority',
      'CN=Another authority',
    ]);
  });
});
