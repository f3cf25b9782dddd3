import type { TlsCredentials } from '@streambus/runtime';
import type { Transport } from '@streambus/transport';
import { createCertificateAuthority } from '@streambus-testing/certificates';
import { describe, expect, it } from 'vitest';
import { TcpProxy } from './tls/tcp-proxy.ts';
import {
  authority,
  connected,
  describe as describeCertificate,
  logged,
  notes,
  nowhere,
  startTlsNode,
  type TlsNode,
  type TlsNodeOptions,
  until,
  watchingTls,
} from './tls/tls-node.ts';

/** Beyond what any wait in here may take. */
const timeout = 20_000;

const old = authority;
const renewed = createCertificateAuthority({ name: 'Renewed authority' });

const issue = (id: number, by = old, trusted = by.certificate): TlsCredentials => ({
  ...by.issue({ names: [`node-${id}`] }),
  authorities: trusted,
});

/** Two connected nodes; what one meets at the other is kept, and the connection can be cut. */
async function startPair(stack: AsyncDisposableStack, options: Partial<Record<1 | 2, Partial<TlsNodeOptions>>> = {}) {
  const [oneMeets, twoMeets] = [watchingTls(), watchingTls()];
  const one = stack.use(await startTlsNode({ nodeId: 1, tlsPort: oneMeets, ...options[1] }));
  const two = stack.use(await startTlsNode({ nodeId: 2, tlsPort: twoMeets, ...options[2] }));
  const proxy = stack.use(await TcpProxy.start(two.port));
  two.transport.setPeers([{ id: 1, address: nowhere }]);
  one.transport.setPeers([{ id: 2, address: proxy.address }]);
  await connected(one, two);
  return { one, two, proxy, met: () => [twoMeets.met.at(-1), oneMeets.met.at(-1)] };
}

/** Cuts the connection of two nodes and waits for the next one. */
async function reconnect(proxy: TcpProxy, one: TlsNode, two: TlsNode): Promise<void> {
  const before = [one.metricsOf(2).connects, two.metricsOf(1).connects] as const;
  proxy.cut();
  await until(
    'they are connected anew',
    () => one.metricsOf(2).connects > before[0] && two.metricsOf(1).connects > before[1],
  );
  await connected(one, two);
}

/** Sends numbers until all are queued. */
async function pump(from: TlsNode, to: number, count: number, onTurn: (sent: number) => void): Promise<void> {
  for (let sent = 0; sent < count; ) {
    for (let burst = 0; burst < 20 && sent < count; burst++) {
      const result = from.transport.send(to, notes, { text: String(sent) });
      if (result !== 'queued') {
        expect(result).toBe('queue-full');
        break;
      }
      sent++;
    }
    onTurn(sent);
    await new Promise(setImmediate);
  }
}

const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, sent) => `${from}: ${sent}`);

describe.concurrent('reloadCredentials', { timeout }, () => {
  it('drops no connection: what flows both ways meanwhile arrives whole and in order', async () => {
    await using stack = new AsyncDisposableStack();
    const { one, two, proxy } = await startPair(stack);
    const count = 5000;
    let reloads = 0;
    const reloading = (node: TlsNode) => (sent: number) => {
      if (sent % 500 < 480) return;
      node.transport.reloadCredentials(issue(node.id));
      reloads++;
    };
    await Promise.all([pump(one, 2, count, reloading(one)), pump(two, 1, count, reloading(two))]);
    await until('all has arrived', () => one.received.length === count && two.received.length === count);
    expect(one.received).toEqual(numbers(2, count));
    expect(two.received).toEqual(numbers(1, count));
    expect(reloads).toBeGreaterThanOrEqual(10);
    expect(proxy.connections).toBe(1);
    expect([one.events, two.events]).toEqual([['up 2'], ['up 1']]);
  });

  it('rotates an authority, step by step, with a connection at every step; the next handshake shows what is new', async () => {
    await using stack = new AsyncDisposableStack();
    const both = [old.certificate, renewed.certificate].join('');
    const before = [issue(1), issue(2)] as const;
    const after = [issue(1, renewed, both), issue(2, renewed, both)] as const;
    const { one, two, proxy, met } = await startPair(stack, {
      1: { tls: { credentials: before[0] } },
      2: { tls: { credentials: before[1] } },
    });
    const fingerprints = (...credentials: readonly TlsCredentials[]): string[] =>
      credentials.map((each) => describeCertificate(each).fingerprint);
    expect(met()).toEqual(fingerprints(...before));

    one.transport.reloadCredentials({ ...before[0], authorities: both });
    two.transport.reloadCredentials({ ...before[1], authorities: both });
    await reconnect(proxy, one, two);
    expect(met()).toEqual(fingerprints(...before));

    one.transport.reloadCredentials(after[0]);
    // It is the next handshake that shows it, not the reload.
    expect(met()).toEqual(fingerprints(...before));
    await reconnect(proxy, one, two);
    expect(met()).toEqual(fingerprints(after[0], before[1]));
    two.transport.reloadCredentials(after[1]);
    await reconnect(proxy, one, two);
    expect(met()).toEqual(fingerprints(...after));

    one.transport.reloadCredentials({ ...after[0], authorities: renewed.certificate });
    two.transport.reloadCredentials({ ...after[1], authorities: renewed.certificate });
    await reconnect(proxy, one, two);
    expect(met()).toEqual(fingerprints(...after));
    const late = stack.use(await startTlsNode({ nodeId: 3, tls: { credentials: issue(3, old, both) } }));
    late.transport.setPeers([one.asPeer]);
    await logged(late, 'a peer cannot be reached', { peer: 1, failure: 'certificate' });
    expect(one.events.filter((event) => event === 'up 2')).toHaveLength(5);
  });

  it('to authorities that do not know the peer: the connection stays, and the next one is refused, until they do', async () => {
    await using stack = new AsyncDisposableStack();
    const { one, two, proxy } = await startPair(stack);
    const credentials = issue(2);
    two.transport.reloadCredentials({ ...credentials, authorities: renewed.certificate });
    one.transport.send(2, notes, { text: 'still here' });
    await until('it has arrived', () => two.received.includes('1: still here'));
    expect(two.transport.metrics().refusedHandshakes.certificate).toBe(0);
    proxy.cut();
    const detail = 'the certificate was issued by no trusted authority';
    await logged(two, 'refused a handshake', { reason: 'certificate', detail });
    await logged(one, 'a peer cannot be reached', { peer: 2, failure: 'certificate', detail });
    expect([one, two].map(({ transport }) => transport.connectedPeers())).toEqual([[], []]);
    two.transport.reloadCredentials(credentials);
    await connected(one, two);
  });

  it('before the start, it is the first handshake that uses them', async () => {
    await using stack = new AsyncDisposableStack();
    const reloaded = issue(1);
    const beforeStart = (transport: Transport) => transport.reloadCredentials(reloaded);
    const { one, two, met } = await startPair(stack, { 1: { tls: { credentials: issue(1, renewed) }, beforeStart } });
    expect(met()[0]).toBe(describeCertificate(reloaded).fingerprint);
    expect(two.transport.metrics().refusedHandshakes.certificate).toBe(0);
    expect(one.transport.metrics().refusedHandshakes.certificate).toBe(0);
  });

  it('of a transport without TLS: TRANSPORT_CREDENTIALS', async () => {
    await using node = await startTlsNode({ nodeId: 1, tls: 'none' });
    expect(() => node.transport.reloadCredentials(issue(1))).toThrow(
      expect.objectContaining({ code: 'TRANSPORT_CREDENTIALS', message: 'this transport was made without tls' }),
    );
  });
});

describe.concurrent('a certificate that expires while it is in use', { timeout }, () => {
  it('keeps the connection that it made; the next handshake is refused, and one after a reload is not', async () => {
    await using stack = new AsyncDisposableStack();
    // To the second, as certificates have it; far enough away for two nodes to start and connect.
    const notAfter = new Date((Math.floor(Date.now() / 1000) + 3) * 1000);
    const shortLived = authority.issue({ names: ['node-2'], notAfter });
    const { one, two, proxy } = await startPair(stack, { 2: { tls: { credentials: shortLived } } });
    expect(two.transport.metrics().certificateValidUntilMs).toBe(notAfter.getTime());
    await until('it has expired', () => Date.now() > notAfter.getTime());
    one.transport.send(2, notes, { text: 'still here' });
    await until('it has arrived', () => two.received.includes('1: still here'));
    expect([one.events, two.events]).toEqual([['up 2'], ['up 1']]);

    proxy.cut();
    const detail = `the certificate expired at ${notAfter.toISOString()}`;
    await logged(one, 'refused a handshake', { reason: 'certificate', detail });
    await logged(two, 'a peer that dialled refused this node', { peer: 1, reason: 'certificate', detail });
    two.transport.reloadCredentials(issue(2));
    await connected(one, two);
  });

  it('is told by the metrics: of the certificate in use, and nothing without TLS', async () => {
    const notAfter = new Date('2077-01-01T00:00:00Z');
    const credentials = authority.issue({ names: ['node-1'], notAfter });
    await using node = await startTlsNode({ nodeId: 1, tls: { credentials } });
    const validUntilMs = () => node.transport.metrics().certificateValidUntilMs;
    expect(validUntilMs()).toBe(notAfter.getTime());
    expect(() => node.transport.reloadCredentials({ ...issue(1), privateKey: credentials.privateKey })).toThrow();
    expect(validUntilMs()).toBe(notAfter.getTime());
    node.transport.reloadCredentials(issue(1));
    expect(validUntilMs()).toBe(Date.parse('2100-01-01T00:00:00Z'));
    await using plain = await startTlsNode({ nodeId: 2, tls: 'none' });
    expect(plain.transport.metrics().certificateValidUntilMs).toBeUndefined();
  });
});
