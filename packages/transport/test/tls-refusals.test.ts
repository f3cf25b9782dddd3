import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createCertificateAuthority, type IssuedCertificate } from '@streambus-testing/certificates';
import { describe, expect, it } from 'vitest';
import { dialRaw, helloBytes, refusalBytes } from './support/raw-peer.ts';
import { selfSigned } from './tls/self-signed.ts';
import {
  authority,
  carelessTls,
  connected,
  host,
  logged,
  nowhere,
  startTlsNode,
  type TlsNode,
  type TlsNodeOptions,
  until,
} from './tls/tls-node.ts';
import { dialTls, optionsOf } from './tls/tls-stranger.ts';

/** Beyond what any wait in here may take. */
const timeout = 20_000;

const foreign = createCertificateAuthority({ name: 'Foreign authority' });
const impostor = createCertificateAuthority({ name: 'Test authority' });
const noTrust = 'the certificate was issued by no trusted authority';

/** Those that no peer accepts, whoever dials. */
const badCertificates: readonly { what: string; issue(name: string): IssuedCertificate; detail: string }[] = [
  {
    what: 'expired',
    issue: (name) => authority.issue({ names: [name], notAfter: new Date('2020-02-01T00:00:00Z') }),
    detail: 'the certificate expired at 2020-02-01T00:00:00.000Z',
  },
  {
    what: 'not valid yet',
    issue: (name) => authority.issue({ names: [name], notBefore: new Date('2090-02-01T00:00:00Z') }),
    detail: 'the certificate is not valid before 2090-02-01T00:00:00.000Z',
  },
  { what: 'of a foreign authority', issue: (name) => foreign.issue({ names: [name] }), detail: noTrust },
  {
    what: 'of another authority of the same name',
    issue: (name) => impostor.issue({ names: [name] }),
    detail: noTrust,
  },
  { what: 'self-signed', issue: selfSigned, detail: noTrust },
  {
    what: 'expired, and of an intermediate authority',
    issue: (name) =>
      authority
        .createIntermediate({ name: 'Below' })
        .issue({ names: [name], notAfter: new Date('2020-02-01T00:00:00Z') }),
    detail: 'the certificate expired at 2020-02-01T00:00:00.000Z',
  },
];

/** A node that shows this certificate, and trusts the others. */
function badNode(nodeId: number, issue: (name: string) => IssuedCertificate): Promise<TlsNode> {
  const credentials = { ...issue(`node-${nodeId}`), authorities: authority.certificate };
  return startTlsNode({ nodeId, tls: { credentials }, tlsPort: carelessTls([`node-${nodeId}`]) });
}

/** The node with the good certificate is dialled by the other: the reason is in both logs and counters. */
async function expectRefusedDialler(good: TlsNode, bad: TlsNode, detail: string): Promise<void> {
  good.transport.setPeers([{ id: bad.id, address: nowhere }]);
  bad.transport.setPeers([good.asPeer]);
  await logged(good, 'refused a handshake', { reason: 'certificate', detail });
  await logged(bad, 'a peer cannot be reached', { peer: good.id, failure: 'certificate', detail });
  expect(good.transport.metrics().refusedHandshakes.certificate).toBeGreaterThan(0);
  expect(bad.metricsOf(good.id).connectFailures.certificate).toBeGreaterThan(0);
  expect([...good.events, ...bad.events]).toEqual([]);
}

/** It dials the other. */
async function expectRefusedAcceptor(good: TlsNode, bad: TlsNode, detail: string): Promise<void> {
  bad.transport.setPeers([{ id: good.id, address: nowhere }]);
  good.transport.setPeers([bad.asPeer]);
  await logged(good, 'refused a handshake', { reason: 'certificate', detail });
  await logged(good, 'a peer cannot be reached', { peer: bad.id, failure: 'certificate', detail });
  await logged(bad, 'a peer that dialled refused this node', { peer: good.id, reason: 'certificate', detail });
  expect(good.transport.metrics().refusedHandshakes.certificate).toBeGreaterThan(0);
  expect(good.metricsOf(bad.id).connectFailures.certificate).toBeGreaterThan(0);
  expect(bad.metricsOf(good.id).connectFailures.certificate).toBeGreaterThan(0);
  expect([...good.events, ...bad.events]).toEqual([]);
}

describe.concurrent('a certificate that is refused, with the reason in both logs and both counters', {
  timeout,
}, () => {
  for (const { what, issue, detail } of badCertificates) {
    it(`${what}: the dialler's`, async () => {
      await using bad = await badNode(1, issue);
      await using good = await startTlsNode({ nodeId: 2 });
      await expectRefusedDialler(good, bad, detail);
    });

    it(`${what}: of a higher id that asks to be dialled`, async () => {
      await using bad = await badNode(3, issue);
      await using good = await startTlsNode({ nodeId: 2 });
      await expectRefusedDialler(good, bad, detail);
    });

    it(`${what}: the acceptor's`, async () => {
      await using good = await startTlsNode({ nodeId: 1 });
      await using bad = await badNode(2, issue);
      await expectRefusedAcceptor(good, bad, detail);
    });
  }

  it("for servers alone: the dialler's", async () => {
    await using bad = await badNode(1, (name) => authority.issue({ names: [name], roles: ['server'] }));
    await using good = await startTlsNode({ nodeId: 2 });
    await expectRefusedDialler(good, bad, 'the certificate may not be used by a client');
  });

  it("for clients alone: the acceptor's", async () => {
    await using good = await startTlsNode({ nodeId: 1 });
    await using bad = await badNode(2, (name) => authority.issue({ names: [name], roles: ['client'] }));
    await expectRefusedAcceptor(good, bad, 'the certificate may not be used by a server');
  });

  it("each other's: two nodes of different authorities", async () => {
    await using one = await startTlsNode({ nodeId: 1 });
    await using two = await startTlsNode({ nodeId: 2, tls: { credentials: foreign.issue({ names: ['node-2'] }) } });
    for (const { transport } of [one, two]) transport.setPeers([one.asPeer, two.asPeer]);
    for (const node of [one, two]) {
      await logged(node, 'refused a handshake', { reason: 'certificate', detail: noTrust });
      await logged(node, 'a peer cannot be reached', { failure: 'certificate', detail: noTrust });
    }
    expect([...one.events, ...two.events]).toEqual([]);
  });

  it('none at all: a client of TLS is told so over TLS, whatever it says', async () => {
    await using node = await startTlsNode({ nodeId: 2 });
    node.transport.setPeers([{ id: 1, address: nowhere }]);
    using stranger = await dialTls(node.port);
    stranger.socket.write(helloBytes({ nodeId: 1, meantNodeId: 2 }));
    expect(await stranger.ended).toBeUndefined();
    const detail = 'no certificate was presented';
    expect(stranger.received()).toEqual(refusalBytes(8, detail));
    await logged(node, 'refused a handshake', { reason: 'certificate', detail });
    expect(node.transport.metrics()).toMatchObject({ acceptedConnections: 1, refusedHandshakes: { certificate: 1 } });
    expect(node.events).toEqual([]);
  });

  it('a good one and no hello of this protocol: malformed, in either direction', async () => {
    await using node = await startTlsNode({ nodeId: 2 });
    const credentials = authority.issue({ names: ['node-3'] });
    using stranger = await dialTls(node.port, optionsOf(credentials));
    stranger.socket.write('GET / HTTP/1.1\r\n\r\n');
    await stranger.ended;
    const detail = 'the connection does not begin with the magic number';
    await logged(node, 'refused a handshake', { reason: 'malformed', detail });
    await using web = await listening(
      createTlsServer(optionsOf(credentials), (socket) => {
        socket.on('error', () => {});
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      }),
    );
    node.transport.setPeers([{ id: 3, address: web.address }]);
    await logged(node, 'a peer cannot be reached', { peer: 3, failure: 'malformed', detail });
  });

  it('TLS 1.2 is not spoken', async () => {
    await using node = await startTlsNode({ nodeId: 2 });
    const credentials = optionsOf(authority.issue({ names: ['node-1'] }));
    using stranger = await dialTls(node.port, { ...credentials, maxVersion: 'TLSv1.2' });
    expect(String(await stranger.ended)).toContain('alert protocol version');
    await logged(node, 'refused a handshake', {
      reason: 'malformed',
      detail: /unsupported protocol; this node uses TLS/,
    });
  });
});

/** A server that is no transport. */
async function listening(
  server: Server,
): Promise<AsyncDisposable & { readonly address: { host: string; port: number } }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, host);
  await once(server, 'listening');
  return {
    address: { host, port: (server.address() as AddressInfo).port },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

describe.concurrent('a node with TLS and one without', { timeout }, () => {
  // So long that nothing below is seen because time was up.
  const patient = { handshakeTimeoutMs: 60_000, connectTimeoutMs: 60_000 };
  const plain: Partial<TlsNodeOptions> = { ...patient, tls: 'none' };

  for (const [role, secureId, plainId] of [
    ['lower', 1, 2],
    ['higher', 2, 1],
  ] as const) {
    it(`the one with the ${role} id has it and dials: both logs say what is wrong, at once`, async () => {
      await using secure = await startTlsNode({ ...patient, nodeId: secureId });
      await using bare = await startTlsNode({ ...plain, nodeId: plainId });
      bare.transport.setPeers([{ id: secureId, address: nowhere }]);
      secure.transport.setPeers([bare.asPeer]);
      const detail = /wrong version number; this node uses TLS with every peer/;
      await logged(secure, 'a peer cannot be reached', { peer: plainId, failure: 'tls', detail });
      const seen = 'the connection begins as TLS does, which is not used here';
      await logged(bare, 'refused a handshake', { reason: 'malformed', detail: seen });
      expect(secure.metricsOf(plainId).connectFailures.tls).toBeGreaterThan(0);
      expect(bare.transport.metrics().refusedHandshakes.malformed).toBeGreaterThan(0);
    });

    it(`the one with the ${role} id has it and is dialled: both logs say what is wrong, at once`, async () => {
      await using secure = await startTlsNode({ ...patient, nodeId: secureId });
      await using bare = await startTlsNode({ ...plain, nodeId: plainId });
      secure.transport.setPeers([{ id: plainId, address: nowhere }]);
      bare.transport.setPeers([secure.asPeer]);
      const detail = /wrong version number; this node uses TLS with every peer/;
      await logged(secure, 'refused a handshake', { reason: 'malformed', detail });
      const seen = /this node does not use TLS, perhaps the peer does/;
      await logged(bare, 'a peer cannot be reached', { peer: secureId, failure: 'lost', detail: seen });
      expect(bare.metricsOf(secureId).connectFailures.lost).toBeGreaterThan(0);
      expect(secure.transport.metrics().refusedHandshakes.malformed).toBeGreaterThan(0);
    });
  }
});

describe.concurrent('slow handshakes of TLS', { timeout }, () => {
  it('cost maxHandshakes connections for handshakeTimeoutMs at most; the oldest makes room; a good peer gets in', async () => {
    await using node = await startTlsNode({ nodeId: 2, maxHandshakes: 8, handshakeTimeoutMs: 3000 });
    // Long enough for a busy machine to accept them all before the first is over.
    const silent = [];
    for (let number = 0; number < 20; number++) silent.push(await dialRaw(node.port));
    await until('all were accepted', () => node.transport.metrics().acceptedConnections === 20);
    expect(node.transport.metrics().handshakesInProgress).toBe(8);
    await using good = await startTlsNode({ nodeId: 1, handshakeTimeoutMs: 60_000 });
    node.transport.setPeers([{ id: 1, address: nowhere }]);
    good.transport.setPeers([node.asPeer]);
    await connected(node, good);
    await Promise.all(silent.map(({ ended }) => ended));
    await until('their ends are counted', () => node.transport.metrics().refusedHandshakes.timeout > 0);
    const { refusedHandshakes, handshakesInProgress } = node.transport.metrics();
    // The good one has had to take another's place only while all were there.
    expect(refusedHandshakes['too-many']).toBeGreaterThanOrEqual(12);
    expect(refusedHandshakes['too-many'] + refusedHandshakes.timeout).toBe(20);
    expect([refusedHandshakes.malformed, handshakesInProgress]).toEqual([0, 0]);
    await logged(node, 'refused a handshake', { reason: 'timeout', detail: 'the handshake was not complete in time' });
    for (const socket of silent) socket[Symbol.dispose]();
  });

  it('a hello of TLS in single bytes does not live longer than one in none', async () => {
    await using node = await startTlsNode({ nodeId: 2, handshakeTimeoutMs: 200 });
    using slow = await dialRaw(node.port);
    // A record of 500 bytes, so slowly that all of them would take fifty times as long as is allowed.
    const beganMs = performance.now();
    let sent = 0;
    const timer = setInterval(() => slow.send(Buffer.of([0x16, 3, 1, 1, 0xf4, 1, 0, 1, 0xf0, 3, 3][sent++] ?? 0)), 20);
    await slow.ended;
    clearInterval(timer);
    expect(sent).toBeGreaterThan(1);
    expect(performance.now() - beganMs).toBeLessThan(2000);
    await logged(node, 'refused a handshake', { reason: 'timeout' });
  });

  it('who has completed TLS and says no hello: timeout', async () => {
    await using node = await startTlsNode({ nodeId: 2, handshakeTimeoutMs: 200 });
    using silent = await dialTls(node.port, optionsOf(authority.issue({ names: ['node-1'] })));
    await silent.ended;
    await logged(node, 'refused a handshake', { reason: 'timeout' });
    expect(node.transport.metrics().handshakesInProgress).toBe(0);
  });

  it('of who was dialled, before and after TLS: timeout', async () => {
    const servers = [createServer(), createTlsServer(optionsOf(authority.issue({ names: ['node-2'] })))];
    for (const server of servers) {
      await using silent = await listening(server);
      await using node = await startTlsNode({ nodeId: 1, handshakeTimeoutMs: 200 });
      node.transport.setPeers([{ id: 2, address: silent.address }]);
      const detail = 'no handshake within 200 ms';
      await logged(node, 'a peer cannot be reached', { peer: 2, failure: 'timeout', detail });
    }
  });

  it('who only looks whether somebody listens is not refused anything', async () => {
    await using node = await startTlsNode({ nodeId: 2 });
    for (let look = 0; look < 3; look++) {
      using socket = await dialRaw(node.port);
      await until('it was seen', () => node.transport.metrics().acceptedConnections === look + 1);
      socket[Symbol.dispose]();
      await until('it is over', () => node.transport.metrics().handshakesInProgress === 0);
    }
    expect(Object.values(node.transport.metrics().refusedHandshakes).every((count) => count === 0)).toBe(true);
    expect(node.logger.lines).toEqual([]);
  });
});
