import { describe, expect, it } from 'vitest';
import { Cluster, startPair } from './processes/cluster.ts';
import { eventually } from './processes/deadline.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import {
  acceptedSockets,
  connectionsAmong,
  establishedSockets,
  type SystemSocket,
} from './processes/system-sockets.ts';

const timeout = 40_000;
const channels = [
  { name: 'heartbeat', priority: 'urgent' },
  { name: 'work', priority: 'normal' },
  { name: 'snapshot', priority: 'bulk' },
] as const;

/** Which sockets they have. */
function socketsOf(nodes: readonly TransportProcess[]): readonly Partial<SystemSocket>[] {
  return nodes
    .flatMap(({ pid }) => establishedSockets(pid))
    .map(({ inode, local, remote }) => ({ inode, local, remote }));
}

/** The sockets when what was dialled on the way has ended: as many as there are connections. */
function settledSockets(
  nodes: readonly TransportProcess[],
  connections: number,
): Promise<readonly Partial<SystemSocket>[]> {
  return eventually(
    () => socketsOf(nodes),
    (sockets) => sockets.length === 2 * connections,
  );
}

describe.concurrent('transports in processes of their own', { timeout }, () => {
  it('SendReceive: a message arrives as it was sent, also one that was sent before anybody was connected', async () => {
    await using cluster = new Cluster(2);
    const sender = await cluster.start(1);
    expect(await sender.send({ to: 2, channel: 'work', messages: 1, messageBytes: [1000] })).toEqual({ queued: 1 });
    const receiver = await cluster.start(2);
    await receiver.ask('whenReceived', 1, 'work', 1);
    await sender.send({ to: 2, channel: 'work', first: 1, messages: 1, messageBytes: [2000] });
    const receipt = await receiver.ask('whenReceived', 1, 'work', 2);
    expect(receipt).toEqual({ messages: 2, bytes: 3000, last: 1, misplaced: 0, missing: 0, corrupt: 0 });
    const answer = await receiver.send({ to: 1, channel: 'work', messages: 1, messageBytes: [500] });
    expect(answer).toEqual({ queued: 1 });
    expect(await sender.ask('whenReceived', 2, 'work', 1)).toMatchObject({ bytes: 500, corrupt: 0 });
  });

  it('Bidirectional: both send at once over the one connection, and each gets all in order', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    const messages = 10_000;
    await Promise.all([
      one.send({ to: 2, channel: 'work', messages, messageBytes: [300] }),
      two.send({ to: 1, channel: 'work', messages, messageBytes: [300] }),
    ]);
    const receipts = await Promise.all([
      one.ask('whenReceived', 2, 'work', messages),
      two.ask('whenReceived', 1, 'work', messages),
    ]);
    for (const receipt of receipts) {
      expect(receipt).toMatchObject({ messages, last: messages - 1, misplaced: 0, missing: 0, corrupt: 0 });
    }
    expect(connectionsAmong([one.pid, two.pid])).toBe(1);
  });

  it('ThreeNodes: exactly three established connections, as the system counts them, before, under and after load', async () => {
    await using cluster = new Cluster(3);
    const nodes = await cluster.startAll();
    const pids = nodes.map(({ pid }) => pid);
    const before = await settledSockets(nodes, 3);
    expect(connectionsAmong(pids)).toBe(3);
    for (const { id, pid, listening } of nodes) {
      expect(establishedSockets(pid)).toHaveLength(2);
      // The lower id dials, so a node has accepted as many as there are below it.
      expect(acceptedSockets(pid, listening)).toHaveLength(id - 1);
    }

    const messages = 5000;
    const seen: number[] = [];
    const load = nodes.flatMap((node) =>
      nodes
        .filter(({ id }) => id !== node.id)
        .map(async ({ id }) => {
          await node.send({ to: id, channel: 'work', messages, messageBytes: [500, 5000] });
          seen.push(connectionsAmong(pids));
        }),
    );
    await Promise.all(load);
    for (const node of nodes) {
      for (const { id } of nodes.filter(({ id }) => id !== node.id)) {
        const receipt = await node.ask('whenReceived', id, 'work', messages);
        expect(receipt).toMatchObject({ messages, misplaced: 0, missing: 0, corrupt: 0 });
      }
    }
    expect(seen).toEqual([3, 3, 3, 3, 3, 3]);
    expect(socketsOf(nodes)).toEqual(before);
  });

  it('MultipleMessages: 20,000 on each of three channels arrive once each, in order of their channel', async () => {
    await using cluster = new Cluster(2, { channels });
    const [one, two] = await startPair(cluster);
    const messages = 20_000;
    const sizes: Readonly<Record<string, readonly number[]>> = {
      heartbeat: [40],
      work: [100, 100, 2500, 100],
      // Some of them in chunks, between which the others overtake.
      snapshot: [64, 64, 64, 64, ...Array.from({ length: 195 }, () => 200), 200_000],
    };
    await Promise.all(
      channels.map(({ name }) => one.send({ to: 2, channel: name, messages, messageBytes: sizes[name] ?? [] })),
    );
    for (const { name } of channels) {
      const receipt = await two.ask('whenReceived', 1, name, messages);
      expect(receipt).toMatchObject({ messages, last: messages - 1, misplaced: 0, missing: 0, corrupt: 0 });
      const { channels: counted } = await one.peerMetrics(2);
      expect(counted[name]).toMatchObject({ sentMessages: messages, sentBytes: receipt.bytes, queuedMessages: 0 });
    }
  });

  it('ConnectionReuse: the same socket on both sides after 10,000 messages each way', async () => {
    await using cluster = new Cluster(2);
    const [one, two] = await startPair(cluster);
    const before = await settledSockets([one, two], 1);
    const messages = 10_000;
    for (const [from, to] of [[one, two] as const, [two, one] as const]) {
      await from.send({ to: to.id, channel: 'work', messages, messageBytes: [64] });
      await to.ask('whenReceived', from.id, 'work', messages);
    }
    expect(socketsOf([one, two])).toEqual(before);
    for (const metrics of [await one.peerMetrics(2), await two.peerMetrics(1)]) {
      expect(metrics.connects).toBe(1);
      expect(Object.values(metrics.disconnects).every((count) => count === 0)).toBe(true);
    }
  });
});
