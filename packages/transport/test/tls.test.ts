import { randomBytes } from 'node:crypto';
import type { TransportTlsOptions } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { TcpProxy } from './tls/tcp-proxy.ts';
import {
  authority,
  beats,
  blobs,
  carelessTls,
  connected,
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

/** Starts the nodes 1 to `count`, each of which finds each other through a proxy of the two. */
async function startBehindProxies(stack: AsyncDisposableStack, count: number, options: Partial<TlsNodeOptions> = {}) {
  const nodes: TlsNode[] = [];
  for (let nodeId = 1; nodeId <= count; nodeId++) {
    nodes.push(stack.use(await startTlsNode({ ...options, nodeId })));
  }
  const proxies: TcpProxy[] = [];
  for (const { transport, id } of nodes) {
    const peers = nodes
      .filter((other) => other.id !== id)
      .map(async (other) => {
        const proxy = stack.use(await TcpProxy.start(other.port));
        proxies.push(proxy);
        return { id: other.id, address: proxy.address };
      });
    transport.setPeers(await Promise.all(peers));
  }
  await connected(...nodes);
  return { nodes, proxies };
}

/** Two nodes of which the first dials the second through a proxy, and the second never dials. */
async function startPairBehindProxy(stack: AsyncDisposableStack, one: Partial<TlsNodeOptions> = {}, two = one) {
  const dialler = stack.use(await startTlsNode({ nodeId: 1, ...one }));
  const acceptor = stack.use(await startTlsNode({ nodeId: 2, ...two }));
  const proxy = stack.use(await TcpProxy.start(acceptor.port));
  acceptor.transport.setPeers([{ id: 1, address: nowhere }]);
  dialler.transport.setPeers([{ id: 2, address: proxy.address }]);
  return { dialler, acceptor, proxy };
}

/** Sends from each node to each other, and waits for all of it. */
async function talk(nodes: readonly TlsNode[], text: string): Promise<void> {
  const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
  for (const { from, to } of pairs) expect(from.transport.send(to.id, notes, { text })).toBe('queued');
  await until(`all hear '${text}'`, () => pairs.every(({ from, to }) => to.received.includes(`${from.id}: ${text}`)));
}

describe.concurrent('mutual TLS', { timeout }, () => {
  it('three nodes talk, each with each in both directions, over one connection per pair', async () => {
    await using stack = new AsyncDisposableStack();
    const tlsPort = watchingTls();
    const { nodes } = await startBehindProxies(stack, 3, { tlsPort });
    await talk(nodes, 'hello');
    expect(nodes.flatMap((node) => node.transport.metrics().peers.map(({ connects }) => connects))).toEqual(
      Array.from({ length: 6 }, () => 1),
    );
    expect(tlsPort.met.every((fingerprint) => /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(fingerprint))).toBe(true);
  });

  it('nothing of it is readable on the way: no message, no name of a channel, a cluster or a peer', async () => {
    await using stack = new AsyncDisposableStack();
    const { nodes, proxies } = await startBehindProxies(stack, 3, { clusterId: 'a-secret-cluster' });
    await talk(nodes, 'a secret note');
    const [node] = nodes as [TlsNode];
    expect(proxies.reduce((sum, { seen }) => sum + Buffer.concat(seen).length, 0)).toBeGreaterThan(1000);
    for (const secret of ['SBTP', 'a secret note', 'notes', 'a-secret-cluster', 'node-1', 'node-2', 'Test authority']) {
      expect(proxies.some((proxy) => proxy.saw(secret))).toBe(false);
    }
    // The same eyes see all of it where there is no TLS.
    const without = await startBehindProxies(stack, 2, { clusterId: 'a-secret-cluster', tls: 'none' });
    await talk(without.nodes, 'a secret note');
    for (const secret of ['SBTP', 'a secret note', 'notes', 'a-secret-cluster']) {
      expect(without.proxies.some((proxy) => proxy.saw(secret))).toBe(true);
    }
    expect(node.transport.metrics().refusedHandshakes.malformed).toBe(0);
  });

  it('a byte that was changed on the way reaches nobody, and ends the connection; the next one works', async () => {
    await using stack = new AsyncDisposableStack();
    const { dialler, acceptor, proxy } = await startPairBehindProxy(stack, { pingIntervalMs: 50, idleTimeoutMs: 300 });
    await connected(dialler, acceptor);
    proxy.tamper = (bytes) => {
      proxy.tamper = (same) => same;
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
      return changed;
    };
    dialler.transport.send(2, notes, { text: 'changed' });
    await until('both have lost the connection', () =>
      [acceptor, dialler].every(({ events }) => events.some((event) => event.startsWith('down'))),
    );
    await connected(dialler, acceptor);
    await talk([dialler, acceptor], 'after');
    expect(acceptor.received).toEqual(['1: after']);
  });

  it('10 MiB messages both ways arrive as they were; urgent ones overtake them', async () => {
    await using stack = new AsyncDisposableStack();
    const one = stack.use(await startTlsNode({ nodeId: 1 }));
    const two = stack.use(await startTlsNode({ nodeId: 2 }));
    const arrived = new Map<TlsNode, string[]>([one, two].map((node) => [node, []]));
    const [sent, ofTwo] = [randomBytes(10 * 1024 * 1024), randomBytes(10 * 1024 * 1024)];
    for (const [node, expected] of [
      [one, ofTwo],
      [two, sent],
    ] as const) {
      const log = arrived.get(node) as string[];
      node.transport.receive(blobs, (_, bytes) => log.push(expected.equals(bytes) ? 'blob' : 'another blob'));
      node.transport.receive(beats, (_, { beat }) => log.push(`beat ${beat}`));
      node.transport.setPeers([one.asPeer, two.asPeer]);
    }
    await connected(one, two);
    for (let blob = 0; blob < 3; blob++) {
      expect(one.transport.send(2, blobs, sent)).toBe('queued');
      expect(two.transport.send(1, blobs, ofTwo)).toBe('queued');
    }
    // Bulk has begun to flow when the beats are sent behind it.
    await new Promise(setImmediate);
    one.transport.send(2, beats, { beat: 1 });
    two.transport.send(1, beats, { beat: 1 });
    await until('all has arrived', () => [...arrived.values()].every(({ length }) => length === 4));
    for (const log of arrived.values()) expect(log).toEqual(['beat 1', 'blob', 'blob', 'blob']);
  });

  it('a connection on which nobody says anything stays, for many idle time-outs', async () => {
    await using stack = new AsyncDisposableStack();
    const { dialler, acceptor } = await startPairBehindProxy(stack, { pingIntervalMs: 20, idleTimeoutMs: 200 });
    await connected(dialler, acceptor);
    const pings = (node: TlsNode, peer: number): number => node.metricsOf(peer).roundTripMs.count;
    await until('pings went both ways for a second', () => Math.min(pings(dialler, 2), pings(acceptor, 1)) >= 30);
    expect([dialler.events, acceptor.events]).toEqual([['up 2'], ['up 1']]);
  });
});

/** A process that says that it is this node, and has the certificate of that one. */
const liar = (nodeId: number, certificateOf: number): TlsNodeOptions => ({
  nodeId,
  tls: { credentials: authority.issue({ names: [`node-${certificateOf}`] }) },
  tlsPort: carelessTls([`node-${nodeId}`]),
});

/** What both sides say and count when one of them, whichever dialled, refuses the other's certificate for its name. */
async function expectRefusedName(refuser: TlsNode, refused: TlsNode, detail: string): Promise<void> {
  const reason = 'certificate-name';
  await logged(refuser, 'refused a handshake', { reason, detail });
  await until('both have counted it', () => {
    const byRefused = refused.metricsOf(refuser.id).connectFailures[reason];
    return refuser.transport.metrics().refusedHandshakes[reason] > 0 && byRefused > 0;
  });
  expect(refused.events).toEqual([]);
  expect(refuser.events).not.toContain(`up ${refused.id}`);
}

describe.concurrent('who a peer is', { timeout }, () => {
  const detail = "node 2 needs a certificate with the name 'node-2'; this one has: node-3";

  it('the acceptor lies: a process with the certificate of node 3 that says it is node 2', async () => {
    await using stack = new AsyncDisposableStack();
    const honest = stack.use(await startTlsNode({ nodeId: 1 }));
    const other = stack.use(await startTlsNode(liar(2, 3)));
    other.transport.setPeers([{ id: 1, address: nowhere }]);
    honest.transport.setPeers([other.asPeer]);
    await expectRefusedName(honest, other, detail);
    await logged(honest, 'a peer cannot be reached', { peer: 2, failure: 'certificate-name', detail });
    await logged(other, 'a peer that dialled refused this node', { peer: 1, reason: 'certificate-name', detail });
  });

  it('the dialler lies, and has the lower id', async () => {
    await using stack = new AsyncDisposableStack();
    const honest = stack.use(await startTlsNode({ nodeId: 5 }));
    const other = stack.use(await startTlsNode(liar(2, 3)));
    honest.transport.setPeers([{ id: 2, address: nowhere }]);
    other.transport.setPeers([honest.asPeer]);
    await expectRefusedName(honest, other, detail);
    await logged(other, 'a peer cannot be reached', { peer: 5, failure: 'certificate-name', detail });
  });

  it('the dialler lies, and has the higher id: its wish to be dialled is not heard', async () => {
    await using stack = new AsyncDisposableStack();
    // After its first attempt it waits; only a wish that is heard makes it dial again.
    const honest = stack.use(await startTlsNode({ nodeId: 1, minBackoffMs: 60_000, maxBackoffMs: 60_000 }));
    const other = stack.use(await startTlsNode(liar(2, 3)));
    const decoy = stack.use(await TcpProxy.start(nowhere.port));
    honest.transport.setPeers([{ id: 2, address: decoy.address }]);
    await until('the first attempt has failed', () => honest.metricsOf(2).connectFailures.lost > 0);
    other.transport.setPeers([honest.asPeer]);
    await expectRefusedName(honest, other, detail);
    await logged(other, 'a peer cannot be reached', { peer: 1, failure: 'certificate-name', detail });
    await until('it is refused again and again', () => other.metricsOf(1).connectFailures['certificate-name'] >= 5);
    expect(decoy.connections).toBe(1);
  });

  it('a liar does not end, replace or delay the connection of the node whose name it takes', async () => {
    await using stack = new AsyncDisposableStack();
    const { dialler, acceptor } = await startPairBehindProxy(stack);
    await connected(dialler, acceptor);
    const other = stack.use(await startTlsNode({ ...liar(1, 3), incarnation: Number.MAX_SAFE_INTEGER }));
    other.transport.setPeers([acceptor.asPeer]);
    await until('the liar is refused, again and again', () => {
      return acceptor.transport.metrics().refusedHandshakes['certificate-name'] >= 3;
    });
    await talk([dialler, acceptor], 'undisturbed');
    expect([dialler.events, acceptor.events]).toEqual([['up 2'], ['up 1']]);
  });

  it('somebody on the way leads the dialler to another node: found out by the certificate', async () => {
    await using stack = new AsyncDisposableStack();
    const [one, three] = [stack.use(await startTlsNode({ nodeId: 1 })), stack.use(await startTlsNode({ nodeId: 3 }))];
    const proxy = stack.use(await TcpProxy.start(three.port));
    three.transport.setPeers([{ id: 1, address: nowhere }]);
    one.transport.setPeers([{ id: 2, address: proxy.address }]);
    await logged(one, 'refused a handshake', { reason: 'certificate-name', detail });
    await logged(one, 'a peer cannot be reached', { peer: 2, failure: 'certificate-name', detail });
    await logged(three, 'a peer that dialled refused this node', { peer: 1, reason: 'certificate-name', detail });
    await until('node 3 has counted it', () => three.metricsOf(1).connectFailures['certificate-name'] > 0);
    expect(three.transport.metrics().refusedHandshakes['unknown-node']).toBe(0);
  });

  it('somebody on the way leads the dialler back to itself: found out by the certificate', async () => {
    await using stack = new AsyncDisposableStack();
    const one = stack.use(await startTlsNode({ nodeId: 1 }));
    const mirror = stack.use(await TcpProxy.start(one.port));
    one.transport.setPeers([{ id: 2, address: mirror.address }]);
    const own = "node 2 needs a certificate with the name 'node-2'; this one has: node-1";
    await logged(one, 'refused a handshake', { reason: 'certificate-name', detail: own });
    expect(one.events).toEqual([]);
  });

  it('certificateName: names of the user, URIs too; one among many is enough', async () => {
    await using stack = new AsyncDisposableStack();
    const certificateName = (id: number): string => `spiffe://streambus.example/broker/${id}`;
    const issue = (...names: readonly string[]): TransportTlsOptions => ({
      credentials: authority.issue({ names }),
      certificateName,
    });
    const one = stack.use(
      await startTlsNode({ nodeId: 1, tls: issue('one.example', certificateName(1), 'spiffe://elsewhere/1') }),
    );
    const two = stack.use(await startTlsNode({ nodeId: 2, tls: issue(certificateName(2)) }));
    for (const { transport } of [one, two]) transport.setPeers([one.asPeer, two.asPeer]);
    await connected(one, two);
    await talk([one, two], 'hello');
    const other = stack.use(
      await startTlsNode({
        nodeId: 3,
        tls: { credentials: authority.issue({ names: ['node-3', `${certificateName(3)}0`] }), certificateName },
        tlsPort: carelessTls([certificateName(3)]),
      }),
    );
    one.transport.setPeers([two.asPeer, { id: 3, address: nowhere }]);
    other.transport.setPeers([one.asPeer]);
    const name = certificateName(3);
    await expectRefusedName(
      one,
      other,
      `node 3 needs a certificate with the name '${name}'; this one has: node-3, ${name}0`,
    );
  });

  it('names are compared as they are written: no wildcard, no other case', async () => {
    await using stack = new AsyncDisposableStack();
    const honest = stack.use(await startTlsNode({ nodeId: 1 }));
    const other = stack.use(
      await startTlsNode({
        nodeId: 2,
        tls: { credentials: authority.issue({ names: ['node-*', 'NODE-2', '*'] }) },
        tlsPort: carelessTls(['node-2']),
      }),
    );
    honest.transport.setPeers([other.asPeer]);
    other.transport.setPeers([honest.asPeer]);
    await expectRefusedName(
      honest,
      other,
      "node 2 needs a certificate with the name 'node-2'; this one has: node-*, NODE-2, *",
    );
  });
});
