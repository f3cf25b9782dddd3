import {
  type Connection,
  InvariantError,
  type Listener,
  type Network,
  type SecuredConnection,
  type Tls,
  type TlsCredentials,
  TlsError,
  type TlsRole,
} from '@streambus/runtime';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, Ear } from './ear.ts';
import { describeNetworkCompliance } from './network-compliance.ts';
import { SecuredNetwork } from './secured-network.ts';

/** A TLS, and the network whose connections it secures. */
export interface TlsUnderTest {
  readonly tls: Tls;
  readonly network: Network;
  readonly host: string;
}

const authority = createCertificateAuthority({ name: 'Test authority' });
const good = authority.issue({ names: ['node-1'] });
const roles = ['client', 'server'] as const;

/** The suite of the Tls port. */
export function describeTlsCompliance(name: string, makeTls: () => TlsUnderTest): void {
  describeNetworkCompliance(`${name}, its secured connections`, () => {
    const { tls, network, host } = makeTls();
    return { network: new SecuredNetwork(network, tls, good), host };
  });

  describe(`${name} as Tls`, () => {
    let tls: Tls;
    let network: Network;
    let host: string;
    const listeners: Listener[] = [];
    const connections: Connection[] = [];

    beforeEach(() => {
      ({ tls, network, host } = makeTls());
    });

    afterEach(async () => {
      for (const connection of connections.splice(0)) connection.destroy();
      for (const listener of listeners.splice(0)) await listener.close();
    });

    /** Two ends of an established connection. */
    async function pair(): Promise<Record<TlsRole, Connection>> {
      const accepted = Promise.withResolvers<Connection>();
      const listener = await network.listen({ host, port: 0 }, (connection) => accepted.resolve(connection));
      listeners.push(listener);
      const client = await network.connect(listener.address, { timeoutMs: 5000 });
      const server = await accepted.promise;
      connections.push(client, server);
      return { client, server };
    }

    function secure(raw: Connection, role: TlsRole, credentials: TlsCredentials): Promise<SecuredConnection> {
      return tls.secure(raw, { role, credentials, timeoutMs: 5000 });
    }

    async function securePair(
      credentials: Record<TlsRole, TlsCredentials>,
    ): Promise<Record<TlsRole, SecuredConnection>> {
      const raw = await pair();
      const [client, server] = await Promise.all([
        secure(raw.client, 'client', credentials.client),
        secure(raw.server, 'server', credentials.server),
      ]);
      return { client, server };
    }

    /** The two ends of a connection one of whose sides has these credentials: itself, and the other, which has good ones. */
    async function secureWith(
      role: TlsRole,
      credentials: TlsCredentials,
    ): Promise<{ self: SecuredConnection; other: SecuredConnection }> {
      const secured = await securePair({ client: good, server: good, [role]: credentials });
      return { self: secured[role], other: secured[otherRole(role)] };
    }

    async function refusalOf(promise: Promise<unknown>): Promise<TlsError> {
      const thrown = await promise.then(
        () => 'it succeeded',
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(TlsError);
      return thrown as TlsError;
    }

    describe('a handshake', () => {
      it('tells each side who the other is', async () => {
        const server = authority.issue({ names: ['node-2'] });
        const secured = await securePair({ client: good, server });
        expect(secured.client.peer).toEqual({ verified: true, ...tls.checkCredentials(server) });
        expect(secured.server.peer).toEqual({ verified: true, ...tls.checkCredentials(good) });
        expect(secured.client.peer).toMatchObject({ names: ['node-2'] });
        expect([secured.client.protocol, secured.server.protocol]).toEqual(['TLSv1.3', 'TLSv1.3']);
      });

      it('leaves the addresses as they were', async () => {
        const raw = await pair();
        const { client, server } = raw;
        const addresses = [client.localAddress, client.remoteAddress];
        const [secured] = await Promise.all([secure(client, 'client', good), secure(server, 'server', good)]);
        expect([secured.connection.localAddress, secured.connection.remoteAddress]).toEqual(addresses);
      });

      it('follows certificates from a node to an authority', async () => {
        const below = authority.createIntermediate({ name: 'Below' }).createIntermediate({ name: 'Lowest' });
        const { other } = await secureWith('client', below.issue({ names: ['node-3'] }));
        expect(other.peer).toMatchObject({ verified: true, names: ['node-3'] });
      });

      it('is new with each connection: credentials that were replaced since count no more', async () => {
        const first = await secureWith('client', good);
        const expired = authority.issue({ names: ['node-1'], notAfter: new Date('2020-01-01T00:00:00Z') });
        const second = await secureWith('client', expired);
        expect([first.other.peer.verified, second.other.peer.verified]).toEqual([true, false]);
      });

      it('of many at once on one listener: each gets its own peer', async () => {
        const nodes = Array.from({ length: 20 }, (_, index) => authority.issue({ names: [`node-${index}`] }));
        const secured = await Promise.all(nodes.map((client) => securePair({ client, server: good })));
        const names = secured.map(({ server }) => (server.peer.verified ? server.peer.names : []));
        expect(names).toEqual(nodes.map((_, index) => [`node-${index}`]));
      });
    });

    describe.each(roles)('a %s that is not verified', (role) => {
      const foreign = createCertificateAuthority({ name: 'Another authority' });
      const impostor = createCertificateAuthority({ name: 'Test authority' });
      const notSent = authority.createIntermediate({ name: 'Below' }).issue();
      const narrow = authority.issue({ roles: [otherRole(role)] });
      const past = new Date('2020-01-01T00:00:00Z');
      const future = new Date('2090-01-01T00:00:00Z');

      it.each([
        ['expired', authority.issue({ notAfter: past }), 'the certificate expired at 2020-01-01T00:00:00.000Z'],
        [
          'early',
          authority.issue({ notBefore: future }),
          'the certificate is not valid before 2090-01-01T00:00:00.000Z',
        ],
        ['of a foreign authority', trusting(foreign.issue()), 'the certificate was issued by no trusted authority'],
        [
          'of one that took the name of ours',
          trusting(impostor.issue()),
          'the certificate was issued by no trusted authority',
        ],
        ['without the one between', withoutChain(notSent), 'the certificate was issued by no trusted authority'],
        ['for the other role', narrow, `the certificate may not be used by a ${role}`],
      ])('%s: is told why over the secured connection', async (_what, credentials, problem) => {
        const { self, other } = await secureWith(role, credentials);
        expect(other.peer).toEqual({ verified: false, problem });
        expect(self.peer).toMatchObject({ verified: true, names: ['node-1'] });
        const ear = new Ear(self.connection);
        new Ear(other.connection);
        other.connection.write([bytesOf(`refused: ${problem}`)]);
        other.connection.end();
        await ear.untilHeard('end');
        expect(ear.text).toBe(`refused: ${problem}`);
      });

      it('expired and of a foreign authority: is not verified', async () => {
        const { other } = await secureWith(role, trusting(foreign.issue({ notAfter: past })));
        expect(other.peer.verified).toBe(false);
      });

      it('trusts nobody that is here: both say so', async () => {
        const { self, other } = await secureWith(role, foreign.issue());
        expect([self.peer.verified, other.peer.verified]).toEqual([false, false]);
      });
    });

    describe.each(roles)('the handshake of a %s fails', (role) => {
      it.each([
        ['garbage', new Uint8Array(1000).fill(0xab)],
        ['another protocol', bytesOf('GET / HTTP/1.1\r\n\r\n')],
        [
          'half a greeting of TLS, then garbage',
          Uint8Array.from([0x16, 3, 1, 0, 50, ...new Uint8Array(200).fill(0xcd)]),
        ],
      ])('on %s: TLS_HANDSHAKE, naming the peer; the connection is closed', async (_what, bytes) => {
        const raw = await pair();
        const stranger = new Ear(raw[otherRole(role)], { hearsEnd: false });
        const { host: peerHost, port } = raw[role].remoteAddress;
        const refused = refusalOf(secure(raw[role], role, good));
        stranger.connection.write([bytes]);
        expect(await refused).toMatchObject({ code: 'TLS_HANDSHAKE', outcome: 'rejected', retriable: false });
        expect((await refused).message).toContain(`${peerHost}:${port}`);
        await stranger.untilHeard('close');
      });

      it('when the peer never answers: TLS_TIMEOUT, retriable; the connection is closed', async () => {
        const raw = await pair();
        const silent = new Ear(raw[otherRole(role)], { hearsEnd: false });
        const refused = await refusalOf(tls.secure(raw[role], { role, credentials: good, timeoutMs: 20 }));
        expect(refused).toMatchObject({ code: 'TLS_TIMEOUT', retriable: true });
        expect(refused.message).toContain('20 ms');
        await silent.untilHeard('close');
      });

      it('when the peer ends, when it vanishes: TLS_CLOSED, retriable', async () => {
        for (const leave of ['end', 'destroy'] as const) {
          const raw = await pair();
          const refused = refusalOf(secure(raw[role], role, good));
          const peer = raw[otherRole(role)];
          new Ear(peer);
          peer[leave]();
          expect(await refused).toMatchObject({ code: 'TLS_CLOSED', retriable: true });
        }
      });

      it('when its owner destroys the raw connection, at once or under way: TLS_CLOSED', async () => {
        const before = await pair();
        before[role].destroy();
        expect((await refusalOf(secure(before[role], role, good))).code).toBe('TLS_CLOSED');
        const atOnce = await pair();
        const refused = refusalOf(secure(atOnce[role], role, good));
        atOnce[role].destroy();
        expect((await refused).code).toBe('TLS_CLOSED');
        const underWay = await pair();
        const stranger = new Ear(underWay[otherRole(role)], { hearsEnd: false });
        const refusedLater = refusalOf(secure(underWay[role], role, good));
        stranger.connection.write([Uint8Array.from([0x16])]);
        underWay[role].destroy();
        expect((await refusedLater).code).toBe('TLS_CLOSED');
        await stranger.untilHeard('close');
      });

      it('with credentials that cannot be used: TLS_CREDENTIALS; the connection is closed', async () => {
        const raw = await pair();
        const peer = new Ear(raw[otherRole(role)], { hearsEnd: false });
        const refused = await refusalOf(secure(raw[role], role, { ...good, privateKey: '' }));
        expect(refused.code).toBe('TLS_CREDENTIALS');
        await peer.untilHeard('close');
      });
    });

    it('two clients that face each other: TLS_HANDSHAKE on at least one side', async () => {
      const raw = await pair();
      const refusals = await Promise.all([
        refusalOf(secure(raw.client, 'client', good)),
        refusalOf(secure(raw.server, 'client', good)),
      ]);
      expect(refusals.map(({ code }) => code)).toContain('TLS_HANDSHAKE');
    });

    describe('the raw connection', () => {
      it.each(roles)('of a %s: destroying it ends the secured one, and the other way around', async (role) => {
        for (const which of ['raw', 'secured'] as const) {
          const raw = await pair();
          const [client, server] = await Promise.all([
            secure(raw.client, 'client', good),
            secure(raw.server, 'server', good),
          ]);
          const own = new Ear((role === 'client' ? client : server).connection);
          const peer = new Ear((role === 'client' ? server : client).connection, { hearsEnd: false });
          (which === 'raw' ? raw[role] : own.connection).destroy();
          await own.untilHeard('close');
          await peer.untilHeard('close');
          expect(own.closedWith).toBeUndefined();
          raw[role].destroy();
        }
      });

      it('belongs to the secured one: whoever uses it, or secures it again, has a bug', async () => {
        const { client, server } = await pair();
        const secured = Promise.all([secure(client, 'client', good), secure(server, 'server', good)]);
        expect(() => client.write([bytesOf('in the clear')])).toThrow(InvariantError);
        expect(() => client.start({ onData() {}, onClose() {} })).toThrow(InvariantError);
        expect(() => client.pause()).toThrow(InvariantError);
        expect(() => client.resume()).toThrow(InvariantError);
        expect(() => client.end()).toThrow(InvariantError);
        await expect(secure(client, 'client', good)).rejects.toThrow(InvariantError);
        await secured;
      });

      it('that was started, or is of another network, cannot be secured', async () => {
        const { client, server } = await pair();
        new Ear(client);
        await expect(secure(client, 'client', good)).rejects.toThrow(/before it is started/);
        await expect(secure({ ...server }, 'server', good)).rejects.toThrow(
          /secures connections of create\w+Network alone/,
        );
      });
    });

    describe('a secured connection', () => {
      it('whose peer sent and ended before it was started hears both then', async () => {
        const { self, other } = await secureWith('client', good);
        const peer = new Ear(self.connection);
        self.connection.write([bytesOf('early')]);
        self.connection.end();
        const ear = new Ear(other.connection);
        await ear.untilHeard('end');
        expect(ear.text).toBe('early');
        other.connection.end();
        await peer.untilHeard('close');
      });

      it('that was not started holds its peer back, and loses nothing', async () => {
        const { self, other } = await secureWith('client', good);
        const writer = new Ear(self.connection);
        const chunk = new Uint8Array(256 * 1024);
        let written = chunk.length;
        while (self.connection.write([chunk])) {
          written += chunk.length;
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        const reader = new Ear(other.connection);
        await reader.until(() => reader.received.length === written);
        await writer.untilHeard('drain');
      });

      it('whose peer ended without a word before it was started hears that', async () => {
        const { self, other } = await secureWith('client', good);
        const peer = new Ear(self.connection);
        self.connection.end();
        // The answer to another connection shows that time enough has passed.
        const witness = await secureWith('client', good);
        const witnessEar = new Ear(witness.other.connection);
        new Ear(witness.self.connection);
        witness.self.connection.write([bytesOf('x')]);
        await witnessEar.until(() => witnessEar.received.length === 1);
        const ear = new Ear(other.connection);
        await ear.untilHeard('end');
        other.connection.end();
        await peer.untilHeard('close');
        await ear.untilHeard('close');
      });
    });

    describe('credentials', () => {
      it('say what the own certificate says', () => {
        const notBefore = new Date('2024-02-29T12:00:00Z');
        const notAfter = new Date('2034-02-28T12:00:00Z');
        const names = ['node-1', 'spiffe://test/node-1', '*.test'];
        const certificate = tls.checkCredentials(authority.issue({ names, notBefore, notAfter, roles: ['server'] }));
        expect(certificate).toMatchObject({
          names,
          validFromMs: notBefore.getTime(),
          validUntilMs: notAfter.getTime(),
          roles: ['server'],
        });
        expect(certificate.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
        expect(tls.checkCredentials(authority.issue())).toMatchObject({ names: [], roles: ['client', 'server'] });
      });

      it('may have words between the certificates, and more than one authority', () => {
        const other = createCertificateAuthority({ name: 'Another authority' });
        const authorities = `ours:\n${authority.certificate}\nanother:\n${other.certificate}`;
        expect(tls.checkCredentials({ ...good, authorities }).names).toEqual(['node-1']);
      });

      const broken = `${good.authorities}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`;
      it.each([
        ['no certificate', { ...good, certificate: '' }, /certificate has no certificate in PEM form/],
        ['a key in its place', { ...good, certificate: good.privateKey }, /certificate has no certificate in PEM form/],
        ['no key', { ...good, privateKey: 'secret' }, /privateKey is no key in PEM form/],
        ['the key of another', { ...good, privateKey: authority.issue().privateKey }, /not the key of the certificate/],
        ['no authorities', { ...good, authorities: '' }, /authorities has no certificate in PEM form/],
        ['a broken authority', { ...good, authorities: broken }, /authorities: certificate 2 cannot be read/],
      ])('with %s are refused before they replace good ones', (_what, credentials, message) => {
        const refused = thrownBy(() => tls.checkCredentials(credentials));
        expect(refused).toBeInstanceOf(TlsError);
        expect(refused).toMatchObject({ code: 'TLS_CREDENTIALS', message: expect.stringMatching(message) });
        expect((refused as TlsError).message).not.toContain('secret');
      });
    });
  });
}

function otherRole(role: TlsRole): TlsRole {
  return role === 'client' ? 'server' : 'client';
}

/** Issued elsewhere, trusting ours. */
function trusting(credentials: TlsCredentials): TlsCredentials {
  return { ...credentials, authorities: authority.certificate };
}

function withoutChain(credentials: TlsCredentials): TlsCredentials {
  const end = '-----END CERTIFICATE-----\n';
  return { ...credentials, certificate: credentials.certificate.slice(0, credentials.certificate.indexOf(end)) + end };
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
