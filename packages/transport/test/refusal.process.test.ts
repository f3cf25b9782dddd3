import type { ConnectFailure, Peer, RefusalReason } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { Cluster, freeAddress } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import { foreignHello, RawAcceptor, RawPeer, rawHello, rawPing, rawRefusal } from './processes/raw-peer.ts';
import type { ProcessTransportOptions } from './processes/transport-process.ts';

const timeout = 40_000;

/** The reason is in the log and in the counters of whoever refused. @returns the words of its log line */
async function expectRefuses(node: TransportProcess, reason: RefusalReason): Promise<string> {
  const line = await node.logged('refused a handshake', { reason });
  expect(line.level).toBe('warn');
  expect(line.fields).toMatchObject({ node: node.id, address: { host: expect.stringMatching(/^127\./) } });
  expect((await node.metrics()).refusedHandshakes[reason]).toBeGreaterThanOrEqual(1);
  return String(line.fields['detail']);
}

/** The reason is in the log and in the counters of whoever was refused. @returns the words of its log line */
async function expectIsRefused(node: TransportProcess, peer: number, failure: ConnectFailure): Promise<string> {
  const line = await node.logged('a peer cannot be reached', { peer, failure });
  expect(line.level).toBe('warn');
  const metrics = await node.peerMetrics(peer);
  expect(metrics.connectFailures[failure]).toBeGreaterThanOrEqual(1);
  expect(metrics.connects).toBe(0);
  return String(line.fields['detail']);
}

/** Who dials whom, and what is wrong with it. */
interface Misfit {
  readonly reason: RefusalReason;
  readonly name: string;
  /** What the log of both sides says, in part. */
  readonly says: string;
  readonly dialler?: Partial<ProcessTransportOptions>;
  readonly acceptorId?: number;
  /** Where it has node 1 nobody listens, so that only the handshakes of node 1 count. */
  readonly acceptor?: Partial<ProcessTransportOptions>;
}

const peerOne: Peer = { id: 1, address: freeAddress() };

const misfits: readonly Misfit[] = [
  {
    reason: 'wrong-cluster',
    name: 'a node of another cluster',
    says: "cluster 'elsewhere'; this is cluster 'processes'",
    dialler: { clusterId: 'elsewhere' },
  },
  {
    reason: 'unknown-node',
    name: 'a node that is not among the peers',
    says: 'node 1 is not among the peers of node 2',
    acceptor: { peers: [] },
  },
  {
    reason: 'wrong-node',
    name: 'a node that meant another one, which its list has at this address',
    says: 'meant for node 2; this is node 3',
    acceptorId: 3,
  },
  {
    reason: 'self',
    name: 'a node with the own id of the one that it dials',
    says: "node 1 is this node's own id",
    acceptorId: 1,
  },
];

describe.concurrent('a handshake that is refused: the reason is in the logs and the counters of both sides', {
  timeout,
}, () => {
  for (const { reason, name, says, dialler, acceptorId, acceptor } of misfits) {
    it(`${reason}: ${name}`, async () => {
      await using cluster = new Cluster(2);
      const [one, two] = await Promise.all([
        cluster.start(1, dialler),
        cluster.start(acceptorId ?? 2, { peers: [peerOne], listen: cluster.address(2), ...acceptor }),
      ]);
      expect(await expectRefuses(two, reason)).toBe(says);
      expect(await expectIsRefused(one, 2, reason)).toBe(says);
      expect([...one.told('up'), ...two.told('up')]).toEqual([]);
    });
  }

  it('wrong-cluster, seen from both sides: the higher id knocks, and is refused as well', async () => {
    await using cluster = new Cluster(2);
    const nodes = await Promise.all([cluster.start(1), cluster.start(2, { clusterId: 'elsewhere' })]);
    for (const node of nodes) {
      await expectRefuses(node, 'wrong-cluster');
      await expectIsRefused(node, 3 - node.id, 'wrong-cluster');
    }
  });

  it('self: a node whose list has a peer at its own address', async () => {
    await using cluster = new Cluster(1);
    const node = await cluster.start(1, { peers: [{ id: 2, address: cluster.address(1) }] });
    await expectRefuses(node, 'self');
    await expectIsRefused(node, 2, 'self');
  });

  it('version: a hello of no version that is spoken here, whatever else is in it', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    for (const hello of [foreignHello(2, 9), rawHello({ versions: [3, 3], nodeId: 1, meantNodeId: 2 })]) {
      using raw = await RawPeer.connect(node.listening);
      raw.send(hello);
      expect(await raw.message('refusal')).toMatchObject({ reason: 'version' });
      await raw.closed();
    }
    expect(await expectRefuses(node, 'version')).toBe('versions 2 to 9; version 1 is spoken');
    expect((await node.metrics()).refusedHandshakes.version).toBe(2);
  });

  it('a hello of several versions with this one among them is welcome', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    using raw = await RawPeer.connect(node.listening);
    raw.send(rawHello({ versions: [1, 9], nodeId: 1, meantNodeId: 2 }));
    await raw.message('hello');
    raw.send(rawPing());
    await node.up(1);
  });

  it('version, from the other side: the refusal of one that speaks other versions is taken down', async () => {
    await using cluster = new Cluster(2);
    await using _acceptor = await RawAcceptor.listen(cluster.address(2), (raw) => {
      raw.send(rawRefusal('version', 'versions 1 to 1; version 7 is spoken'));
      raw.socket.end();
    });
    const node = await cluster.start(1);
    expect(await expectIsRefused(node, 2, 'version')).toBe('versions 1 to 1; version 7 is spoken');
  });

  for (const [reason, answer] of [
    ['wrong-node', { nodeId: 9, meantNodeId: 1 }],
    ['wrong-cluster', { nodeId: 2, meantNodeId: 1, clusterId: 'elsewhere' }],
    ['version', { nodeId: 2, meantNodeId: 1, versions: [4, 5] }],
  ] as const) {
    it(`${reason}: the dialler judges who answers as well, and says so`, async () => {
      await using cluster = new Cluster(2);
      await using acceptor = await RawAcceptor.listen(cluster.address(2), (raw) => raw.send(rawHello(answer)));
      const node = await cluster.start(1);
      await expectRefuses(node, reason);
      await expectIsRefused(node, 2, reason);
      expect(await acceptor.peers[0]?.message('refusal')).toMatchObject({ reason });
      expect(node.told('up')).toEqual([]);
    });
  }

  it('the acceptor takes down what a dialler says that refuses its answer', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    using raw = await RawPeer.connect(node.listening);
    raw.send(rawHello({ nodeId: 1, meantNodeId: 2 }));
    await raw.message('hello');
    raw.send(rawRefusal('wrong-node', 'somebody else was meant'));
    await node.logged('a peer that dialled refused this node', { peer: 1, reason: 'wrong-node' });
    await raw.closed();
    expect((await node.peerMetrics(1)).connectFailures['wrong-node']).toBe(1);
    expect(node.told('up')).toEqual([]);
  });

  it('malformed: whoever speaks another protocol is told, and cut off at the first wrong byte', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01', 'SBTQ', 'SBTP\x07\x00\x00', 'SBTP\x01\xff\xff']) {
      using raw = await RawPeer.connect(node.listening);
      raw.send(Buffer.from(bytes, 'latin1'));
      expect(await raw.message('refusal')).toMatchObject({ reason: 'malformed' });
      await raw.closed();
    }
    await expectRefuses(node, 'malformed');
    expect((await node.metrics()).refusedHandshakes.malformed).toBe(5);
  });
});

describe.concurrent('a log that anybody could fill', { timeout }, () => {
  it('has one line for each reason in a second, which says how many are not in it; the counter has them all', async () => {
    await using cluster = new Cluster(2);
    const node = await cluster.start(2);
    let attempts = 0;
    const knock = async (): Promise<void> => {
      using raw = await RawPeer.connect(node.listening);
      raw.send(foreignHello(2, 2));
      await raw.message('refusal');
      attempts++;
    };
    const lines = () => node.told('log').filter(({ fields }) => fields['reason'] === 'version');
    // Not more at a time than there may be handshakes of one address.
    for (let batch = 0; batch < 4; batch++) await Promise.all(Array.from({ length: 50 }, knock));
    // The next line tells of all that was not in one before it, however many lines a busy machine has had time for.
    const before = lines().length;
    await eventually(knock, () => lines().length > Math.max(1, before));
    const [first, second] = lines();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThan(900);
    const said = lines().reduce((sum, { fields }) => sum + 1 + Number(fields['unsaid'] ?? 0), 0);
    expect(said).toBeGreaterThan(200);
    expect((await node.metrics()).refusedHandshakes.version).toBe(attempts);
  });

  it('a peer that fails again and again is warned of once, until something else is wrong with it', async () => {
    await using cluster = new Cluster(2, { minBackoffMs: 10, maxBackoffMs: 20 });
    const node = await cluster.start(1);
    for (let mark = 0, time = 0; time < 5; time++) {
      const line = await node.logged('a peer still cannot be reached', { peer: 2, failure: 'refused' }, mark);
      expect(line.level).toBe('debug');
      mark = node.events.indexOf(line) + 1;
    }
    const warnings = () => node.told('log').filter(({ level }) => level === 'warn');
    expect(warnings().map(({ fields }) => fields['failure'])).toEqual(['refused']);
    await cluster.start(2, { clusterId: 'elsewhere', peers: [peerOne] });
    await node.logged('a peer still cannot be reached', { peer: 2, failure: 'wrong-cluster' });
    expect(warnings().map(({ fields }) => fields['failure'])).toEqual(['refused', 'wrong-cluster']);
  });
});
