import type { PeerMetrics } from '@streambus/transport';
import { describe, expect, it } from 'vitest';
import { Cluster, startPair } from './processes/cluster.ts';
import type { TransportProcess } from './processes/process-handle.ts';
import { RawAcceptor } from './processes/raw-peer.ts';

const timeout = 60_000;
const mebibyte = 1024 * 1024;
const messages = 1_000_000;
/** So few that they lie in the heap, where whatever is kept of them shows. */
const messageBytes = 64;
const maxQueuedMessages = 5000;
const maxQueuedBytes = 256 * 1024;
const bounded = { channels: [{ name: 'work', maxQueuedMessages, maxQueuedBytes }] };

/** A million sends come back at once, each with what became of it, and take no more memory than the channel may. */
async function expectFloodEndures(node: TransportProcess): Promise<PeerMetrics> {
  const { results, durationMs, rssGrowth } = await node.ask('flood', 2, 'work', messages, messageBytes);
  const outcomes = Object.entries(results);
  expect(outcomes.reduce((sum, [, count]) => sum + count, 0)).toBe(messages);
  for (const [outcome] of outcomes) expect(['queued', 'queue-full', 'peer-down']).toContain(outcome);
  // On average 20 µs; whoever waited for anything would take far longer, and the machine may be busy.
  expect(durationMs).toBeLessThan(messages / 50);
  // All of them would be 200 MiB; what was dropped is garbage, which Node does not collect at once.
  expect(rssGrowth).toBeLessThan(64 * mebibyte);

  const metrics = await node.peerMetrics(2);
  const work = metrics.channels['work'];
  expect(work?.queuedMessages).toBeLessThanOrEqual(maxQueuedMessages);
  expect(work?.queuedBytes).toBeLessThanOrEqual(maxQueuedBytes);
  const { sendDrops, sentMessages = 0, queuedMessages = 0 } = work ?? {};
  const dropped = (sendDrops?.['queue-full'] ?? 0) + (sendDrops?.['peer-down'] ?? 0);
  expect(sentMessages + queuedMessages + dropped).toBe(messages);
  expect(node.told('unreachable').map(({ id }) => id)).toEqual([2]);
  return metrics;
}

describe.concurrent('a million sends to a peer', { timeout }, () => {
  it('that is dead, while its breaker is closed: all is kept that the bounds allow, the rest is dropped', async () => {
    await using cluster = new Cluster(2, { ...bounded, breakerOpensAfterMs: 600_000 });
    const node = await cluster.start(1);
    const { channels } = await expectFloodEndures(node);
    const kept = Math.min(maxQueuedMessages, Math.floor(maxQueuedBytes / messageBytes));
    expect(channels['work']).toMatchObject({ sentMessages: 0, queuedMessages: kept });
  });

  it('that is dead, and its breaker open: nothing is kept', async () => {
    await using cluster = new Cluster(2, { ...bounded, breakerOpensAfterMs: 0 });
    const node = await cluster.start(1);
    await node.logged('a peer is away for too long: nothing is kept for it until it is back', { peer: 2 });
    const { channels } = await expectFloodEndures(node);
    expect(channels['work']).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
    expect(channels['work']?.sendDrops['peer-down']).toBe(messages);
  });

  it('that is frozen, connected and reads nothing', async () => {
    await using cluster = new Cluster(2, { ...bounded, idleTimeoutMs: 300_000, pingIntervalMs: 100_000 });
    const [one, two] = await startPair(cluster);
    two.freeze();
    const { connected, inflightBytes, windowBytes } = await expectFloodEndures(one);
    expect(connected).toBe(true);
    // One more write may be under way than the window says: it is looked at before each.
    expect(inflightBytes).toBeLessThan(windowBytes + mebibyte);
  });

  it('that refuses it', async () => {
    await using cluster = new Cluster(2, bounded);
    const [node] = await Promise.all([cluster.start(1), cluster.start(2, { clusterId: 'elsewhere' })]);
    await node.logged('a peer cannot be reached', { failure: 'wrong-cluster' });
    await expectFloodEndures(node);
  });

  it('that takes every connection, and says nothing', async () => {
    await using cluster = new Cluster(2, { ...bounded, handshakeTimeoutMs: 100 });
    await using _silent = await RawAcceptor.listen(cluster.address(2));
    const node = await cluster.start(1);
    await node.logged('a peer cannot be reached', { failure: 'timeout' });
    await expectFloodEndures(node);
  });
});
