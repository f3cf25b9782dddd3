import { createPrivateKey } from 'node:crypto';
import type { TlsCredentials } from '@streambus/runtime';
import { createNodeNetwork, createNodeTls, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Transport, type TransportOptions } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { authority, connected, notes, startTlsNode } from './tls/tls-node.ts';

const good = authority.issue({ names: ['node-1'] });
const ports = { clock: nodeClock, random: nodeRandom, network: createNodeNetwork() };

/** Makes a transport of node 1 that is never started. */
const create = (options: Partial<TransportOptions>, dependencies = { ...ports, tls: createNodeTls() }): Transport =>
  createTransport({ clusterId: 'test', nodeId: 1, channels: [notes], ...options }, dependencies);

const unusable: readonly { what: string; credentials: TlsCredentials; message: string | RegExp }[] = [
  {
    what: 'the key of another certificate',
    credentials: { ...good, privateKey: authority.issue().privateKey },
    message: 'TLS credentials: privateKey is not the key of the certificate of CN=node-1',
  },
  {
    what: 'a key with a passphrase',
    credentials: {
      ...good,
      privateKey: createPrivateKey(good.privateKey)
        .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
        .toString(),
    },
    message: /privateKey is no key in PEM form .* without a passphrase/,
  },
  {
    what: 'no certificate',
    credentials: { ...good, certificate: 'certificate' },
    message: /certificate has no certificate in PEM form/,
  },
  { what: 'no authority', credentials: { ...good, authorities: '' }, message: /authorities has no certificate/ },
  {
    what: 'an expired certificate',
    credentials: authority.issue({ names: ['node-1'], notAfter: new Date('2020-02-01T00:00:00Z') }),
    message: 'the certificate of node 1 expired at 2020-02-01T00:00:00.000Z',
  },
  {
    what: 'a certificate that is not valid yet',
    credentials: authority.issue({ names: ['node-1'], notBefore: new Date('2090-02-01T00:00:00Z') }),
    message: 'the certificate of node 1 is not valid before 2090-02-01T00:00:00.000Z',
  },
  {
    what: "another node's certificate",
    credentials: authority.issue({ names: ['node-2', 'node-10'] }),
    message: "the certificate of node 1 needs the name 'node-1'; it has: node-2, node-10",
  },
  {
    what: 'a certificate without names',
    credentials: authority.issue(),
    message: "the certificate of node 1 needs the name 'node-1'; it has: none",
  },
  {
    what: 'a certificate for servers alone',
    credentials: authority.issue({ names: ['node-1'], roles: ['server'] }),
    message: 'the certificate of node 1 has to serve as client and as server; its extended key usage allows: server',
  },
  {
    what: 'a certificate for clients alone',
    credentials: authority.issue({ names: ['node-1'], roles: ['client'] }),
    message: 'the certificate of node 1 has to serve as client and as server; its extended key usage allows: client',
  },
];

function refusal(action: () => unknown): { readonly code: unknown; readonly message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('credentials that cannot be used', () => {
  for (const { what, credentials, message } of unusable) {
    it(`${what}: TRANSPORT_CREDENTIALS at construction, and at a reload, which changes nothing`, async () => {
      const expected = {
        code: 'TRANSPORT_CREDENTIALS',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      };
      const atConstruction = refusal(() => create({ tls: { credentials } }));
      expect(atConstruction).toEqual(expected);
      expect(atConstruction.message).not.toContain(credentials.privateKey.split('\n')[1]);
      await using one = await startTlsNode({ nodeId: 1, tls: { credentials: good } });
      expect(refusal(() => one.transport.reloadCredentials(credentials))).toEqual(expected);
      await using two = await startTlsNode({ nodeId: 2 });
      for (const { transport } of [one, two]) transport.setPeers([one.asPeer, two.asPeer]);
      await connected(one, two);
    });
  }

  it('TLS that nothing provides: TRANSPORT_INVALID_OPTION', () => {
    expect(
      refusal(() =>
        createTransport({ clusterId: 'test', nodeId: 1, channels: [notes], tls: { credentials: good } }, ports),
      ),
    ).toEqual({ code: 'TRANSPORT_INVALID_OPTION', message: "'tls' needs the dependency 'tls'" });
  });
});

describe('plain TCP', () => {
  const loopback = ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST'];
  const elsewhere = [
    '0.0.0.0',
    '::',
    '192.0.2.7',
    '10.0.0.1',
    '2001:db8::1',
    '::ffff:192.0.2.7',
    'broker-2',
    '127.0.0.1.example',
    '1.127.0.0.1',
    'localhost.example',
  ];
  const asPeer = (host: string) => [{ id: 2, address: { host, port: 7000 } }];

  for (const host of elsewhere) {
    it(`${host} is refused: as own address, as a peer's, and when peers are set`, async () => {
      const refused = { code: 'TRANSPORT_PLAINTEXT_REFUSED', message: expect.stringContaining(host) };
      expect(refusal(() => create({ listen: { host, port: 0 } }))).toEqual(refused);
      expect(refusal(() => create({ peers: asPeer(host) }))).toEqual(refused);
      await using node = await startTlsNode({ nodeId: 1, tls: 'none' });
      expect(refusal(() => node.transport.setPeers(asPeer(host)))).toEqual(refused);
      expect(node.transport.metrics().peers).toEqual([]);
    });

    it(`${host} is taken with TLS, or where the options say 'anywhere-without-encryption'`, () => {
      const addresses = { listen: { host, port: 0 }, peers: asPeer(host) };
      expect(create({ ...addresses, tls: { credentials: good } }).nodeId).toBe(1);
      expect(create({ ...addresses, plaintext: 'anywhere-without-encryption' }).nodeId).toBe(1);
    });
  }

  for (const host of loopback) {
    it(`${host} is taken`, () => {
      expect(create({ listen: { host, port: 0 }, peers: asPeer(host) }).nodeId).toBe(1);
    });
  }
});
