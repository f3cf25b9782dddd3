import type { RaftNode, RaftNodeEvent, SnapshotTransfer } from '@streambus/raft-node';
import { startTestCluster, type TestCluster, type TestClusterOptions } from '@streambus/raft-node/testing';
import { readWholeFile, replaceFile } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { type BulkyJournal, createBulkyJournal } from './bulky-journal.ts';
import { encode } from './journal.ts';

const mebibyte = 1024 * 1024;
const bulkBytes = 12 * mebibyte;
const silenceMs = 2500;

type Cluster = TestCluster<BulkyJournal>;
type TransferEvent = Extract<RaftNodeEvent, { readonly type: 'snapshotTransfer' }>;

function startCluster(bytes: number, options: TestClusterOptions = {}): Promise<Cluster> {
  return startTestCluster(() => createBulkyJournal(bytes), { snapshotAfterEntries: 1000, ...options });
}

/** Proposes so many entries on a node, and waits for their answers. */
async function propose(cluster: Cluster, id: number, name: string, count: number): Promise<void> {
  const { node } = cluster.member(id);
  await cluster.clock.until(
    Promise.all(Array.from({ length: count }, (_, at) => node.propose(encode(`${name} ${at}`)))),
  );
}

/** Two that live, the leader first, and one that is killed, and lacks what the others have compacted. */
async function withLaggard(cluster: Cluster): Promise<{ leader: number; other: number; laggard: number }> {
  const leader = await cluster.leader();
  const [other, laggard] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
  await cluster.kill(laggard);
  // For one that was heard a moment ago the leader would keep its log.
  await cluster.clock.advance(silenceMs);
  for (let round = 0; round < 4; round++) await propose(cluster, leader, `missed ${round}`, 100);
  // Whatever is taken by itself is taken by now, and nobody lacks anything who lives; then there is one that has it all.
  await cluster.clock.advance(100);
  await cluster.clock.until(cluster.member(leader).node.takeSnapshot());
  return { leader, other, laggard };
}

/** Lets time pass until it is so. */
async function until(cluster: Cluster, isSo: () => boolean): Promise<void> {
  for (let left = 20_000; !isSo(); left--) {
    if (left === 0) throw new Error(`after 20 s it is not so: ${isSo}`);
    await cluster.clock.advance(1);
  }
}

function transfer(node: RaftNode, direction: SnapshotTransfer['direction']): SnapshotTransfer | undefined {
  return node.status().transfers.find((one) => one.direction === direction);
}

/** Lets time pass until so many bytes are there. */
async function untilReceived(cluster: Cluster, id: number, bytes: number): Promise<SnapshotTransfer> {
  let found: SnapshotTransfer | undefined;
  await until(cluster, () => {
    found = transfer(cluster.member(id).node, 'receiving');
    return (found?.doneBytes ?? 0) >= bytes;
  });
  return found as SnapshotTransfer;
}

function transferEvents(node: RaftNode): TransferEvent[] {
  const events: TransferEvent[] = [];
  node.subscribe((event) => {
    if (event.type === 'snapshotTransfer') events.push(event);
  });
  return events;
}

/** Lets time pass until every node has what the leader has, and compares. */
async function untilEqual(cluster: Cluster): Promise<void> {
  const leader = cluster.member(await cluster.leader());
  for (const { node } of cluster.living) await cluster.clock.until(node.readBarrier());
  for (const { node, machine } of cluster.living) {
    await until(cluster, () => node.status().applied === leader.node.status().applied);
    expect(machine.entries).toEqual(leader.machine.entries);
    expect(node.status().members).toEqual(leader.node.status().members);
  }
}

describe('a follower that lacks what the leader has compacted', () => {
  it('catches up by a snapshot and the log behind it, and takes part again', async () => {
    await using cluster = await startCluster(0);
    const { leader, laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const events: RaftNodeEvent['type'][] = [];
    const { node, machine } = cluster.member(laggard);
    node.subscribe(({ type }) => events.push(type));
    await propose(cluster, leader, 'after', 10);
    await untilEqual(cluster);
    expect(machine.restores).toBeGreaterThan(0);
    expect(events.filter((type) => ['snapshotTransfer', 'snapshot', 'restored', 'membership'].includes(type))).toEqual([
      'snapshotTransfer',
      'snapshotTransfer',
      'snapshot',
      'restored',
      'membership',
    ]);
    await propose(cluster, laggard, 'own', 10);
    await untilEqual(cluster);
    await cluster.kill(laggard);
    await cluster.restart(laggard);
    await untilEqual(cluster);
  });

  it('does so in memory too', async () => {
    await using cluster = await startCluster(mebibyte, { storage: 'memory', snapshotAfterEntries: 100 });
    const leader = await cluster.leader();
    const [other, laggard] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    for (const id of [leader, other]) cluster.hub.cut(id, laggard);
    await cluster.clock.advance(4 * silenceMs);
    for (let round = 0; round < 4; round++) await propose(cluster, leader, `missed ${round}`, 100);
    cluster.hub.healAll();
    await untilEqual(cluster);
    expect(cluster.member(laggard).machine.restores).toBe(1);
    await propose(cluster, laggard, 'own', 10);
    await untilEqual(cluster);
  });

  it('gets what is written meanwhile from the log behind the snapshot, however much that is', async () => {
    await using cluster = await startCluster(4 * mebibyte, { messageDelayMs: 2, snapshotAfterEntries: 100 });
    const { leader, laggard } = await withLaggard(cluster);
    const events = transferEvents(cluster.member(leader).node);
    await cluster.restart(laggard);
    await untilReceived(cluster, laggard, 1);
    let proposed = 0;
    while (transfer(cluster.member(laggard).node, 'receiving') !== undefined)
      await propose(cluster, leader, `during ${proposed++}`, 60);
    expect(proposed).toBeGreaterThan(3);
    await until(cluster, () => events.at(-1)?.phase === 'finished');
    await untilEqual(cluster);
    expect(events.map(({ phase }) => phase)).toEqual(['started', 'finished']);
    expect(cluster.member(laggard).machine.restores).toBe(1);
  });

  it('that was added just now gets a snapshot that names it', async () => {
    await using cluster = await startCluster(0);
    const leader = await cluster.leader();
    const [, third] = cluster.living.map(({ id }) => id).filter((id) => id !== leader) as [number, number];
    const { node } = cluster.member(leader);
    await propose(cluster, leader, 'before', 10);
    await cluster.clock.until(node.changeMembership([{ type: 'remove', id: third }]));
    await cluster.kill(third);
    await cluster.restart(third, { onNewDisk: true, joins: true });
    await cluster.clock.until(node.changeMembership([{ type: 'addLearner', id: third }]));
    await until(cluster, () => cluster.member(third).node.status().applied === node.status().applied);
    const members = await cluster.clock.until(node.changeMembership([{ type: 'promote', id: third }]));
    expect(members.voters).toEqual([1, 2, 3]);
    await propose(cluster, third, 'own', 10);
    await untilEqual(cluster);
  });

  it('has sessions and their answers: what was applied before is not applied again', async () => {
    await using cluster = await startCluster(0);
    const leader = await cluster.leader();
    const { node } = cluster.member(leader);
    const session = await cluster.clock.until(node.openSession());
    const stamp = { id: session.id, sequence: 1, firstOutstanding: 1 };
    const answer = await cluster.clock.until(node.propose(encode('once'), { session: stamp }));
    const { laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    await until(cluster, () => cluster.member(laggard).machine.restores > 0);
    expect(await cluster.clock.until(cluster.member(laggard).node.propose(encode('once'), { session: stamp }))).toEqual(
      answer,
    );
    await untilEqual(cluster);
    expect(cluster.member(laggard).machine.entries.filter((entry) => entry === 'once')).toEqual(['once']);
  });
});

describe('a snapshot that is interrupted', () => {
  it.each(['none', 'unsynced', 'torn'] as const)(
    'by the end of its receiver (%s) goes on where it was',
    async (loss) => {
      await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
      const { leader, laggard } = await withLaggard(cluster);
      await cluster.restart(laggard);
      const before = await untilReceived(cluster, laggard, 9 * mebibyte);
      await cluster.kill(laggard, loss);
      await propose(cluster, leader, 'meanwhile', 60);
      await cluster.restart(laggard);
      const events = transferEvents(cluster.member(laggard).node);
      await untilEqual(cluster);
      expect(events.map(({ phase, transfer: { index } }) => [phase, index])).toEqual([
        ['started', before.index],
        ['finished', before.index],
      ]);
      const [started] = events;
      const resumedFromBytes = started?.transfer.resumedFromBytes ?? 0;
      // What was not synced may be lost with the power, and a frame that has only begun is.
      expect(resumedFromBytes).toBeGreaterThanOrEqual(
        loss === 'none' ? before.doneBytes - mebibyte : 8 * mebibyte - mebibyte,
      );
      expect(resumedFromBytes).toBeLessThanOrEqual(before.doneBytes);
    },
  );

  it('by the end of the connection goes on where it was', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { leader, laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const events = transferEvents(cluster.member(leader).node);
    const before = await untilReceived(cluster, laggard, 9 * mebibyte);
    cluster.hub.disconnect(leader, laggard);
    await until(cluster, () => events.at(-1)?.phase === 'finished');
    await untilEqual(cluster);
    expect(events.map(({ phase }) => phase)).toEqual(['started', 'failed', 'started', 'finished']);
    expect(events[3]?.transfer.resumedFromBytes).toBeGreaterThanOrEqual(before.doneBytes);
  });

  it('by silence goes on where it was', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { leader, other, laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const before = await untilReceived(cluster, laggard, 9 * mebibyte);
    for (const id of [leader, other]) cluster.hub.cut(id, laggard);
    await cluster.clock.advance(8000);
    expect(transfer(cluster.member(leader).node, 'sending')).toBeUndefined();
    const events = transferEvents(cluster.member(laggard).node);
    cluster.hub.healAll();
    await untilEqual(cluster);
    expect(events.at(-1)).toMatchObject({ phase: 'finished' });
    expect(events.at(-1)?.transfer.resumedFromBytes).toBeGreaterThanOrEqual(before.doneBytes);
  });

  it('by the end of its sender goes on with the next leader, whose snapshot of the same entry is the same', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2, size: 5 });
    const { leader, laggard } = await withLaggard(cluster);
    for (const { node } of cluster.living) await cluster.clock.until(node.takeSnapshot());
    await cluster.restart(laggard);
    const before = await untilReceived(cluster, laggard, 9 * mebibyte);
    const events = transferEvents(cluster.member(laggard).node);
    await cluster.kill(leader);
    const next = await cluster.leader();
    await untilEqual(cluster);
    expect(events.map(({ phase, transfer: { peer } }) => [phase, peer])).toEqual([
      ['failed', leader],
      ['started', next],
      ['finished', next],
    ]);
    expect(events.at(-1)?.transfer.resumedFromBytes).toBeGreaterThanOrEqual(before.doneBytes);
    expect(cluster.member(laggard).machine.restores).toBe(1);
  });

  it('by a transfer of leadership comes anew from a leader whose snapshot is another one', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { leader, other, laggard } = await withLaggard(cluster);
    await propose(cluster, leader, 'between', 300);
    await cluster.clock.until(cluster.member(other).node.readBarrier());
    await cluster.clock.until(cluster.member(other).node.takeSnapshot());
    await cluster.restart(laggard);
    const before = await untilReceived(cluster, laggard, 9 * mebibyte);
    const events = transferEvents(cluster.member(laggard).node);
    await cluster.clock.until(cluster.member(leader).node.transferLeadership(other));
    await untilEqual(cluster);
    expect(events.map(({ phase }) => phase)).toEqual(['failed', 'started', 'finished']);
    expect(events.at(-1)?.transfer).toMatchObject({ peer: other, resumedFromBytes: 0 });
    expect(events.at(-1)?.transfer.index).toBeGreaterThan(before.index);
    expect(cluster.member(leader).node.status().transfers).toEqual([]);
    const names = (await cluster.member(laggard).disk.list('/raft')).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('snapshot'))).toEqual(['snapshot']);
  });

  it('by a disk that does not answer is given up, and goes on when the disk does', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { leader, laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const events = transferEvents(cluster.member(leader).node);
    const before = await untilReceived(cluster, laggard, 3 * mebibyte);
    const release = cluster.member(laggard).stallDisk();
    await until(cluster, () => events.some(({ phase }) => phase === 'failed'));
    expect(events.at(-1)).toMatchObject({ phase: 'failed', reason: 'timeout' });
    release();
    await until(cluster, () => events.at(-1)?.phase === 'finished');
    await untilEqual(cluster);
    expect(events.at(-1)?.transfer.resumedFromBytes).toBeGreaterThanOrEqual(before.doneBytes);
  });

  it('by the removal of its receiver is not sent any further', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { leader, laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    await untilReceived(cluster, laggard, 2 * mebibyte);
    const { node } = cluster.member(leader);
    await cluster.clock.until(node.changeMembership([{ type: 'remove', id: laggard }]));
    expect(node.status().transfers).toEqual([]);
    await cluster.clock.advance(100);
    expect(cluster.member(laggard).node.status().transfers).toEqual([]);
  });

  it('goes on before the place at which its file was damaged meanwhile', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    await untilReceived(cluster, laggard, 9 * mebibyte);
    await cluster.kill(laggard, 'none');
    const { disk } = cluster.member(laggard);
    const name = (await disk.list('/raft')).find((entry) => entry.name.startsWith('snapshot.incoming'))?.name;
    const content = await readWholeFile(disk, `/raft/${name}`);
    content[5 * mebibyte] = (content[5 * mebibyte] ?? 0) ^ 1;
    await replaceFile(disk, `/raft/${name}`, content);
    await cluster.restart(laggard);
    const events = transferEvents(cluster.member(laggard).node);
    await untilEqual(cluster);
    expect(events.at(-1)?.phase).toBe('finished');
    expect(events.at(-1)?.transfer.resumedFromBytes).toBeLessThanOrEqual(5 * mebibyte);
    expect(events.at(-1)?.transfer.resumedFromBytes).toBeGreaterThan(4 * mebibyte);
  });

  it('and damaged on the disk before it was installed comes anew', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { laggard } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const events = transferEvents(cluster.member(laggard).node);
    await untilReceived(cluster, laggard, 9 * mebibyte);
    const { disk } = cluster.member(laggard);
    const name = (await disk.list('/raft')).find((entry) => entry.name.startsWith('snapshot.incoming'))?.name;
    const file = await disk.open(`/raft/${name}`, 'write');
    await file.write([Uint8Array.of(77)], 5 * mebibyte);
    await file.close();
    await untilEqual(cluster);
    expect(events.map(({ phase, reason }) => [phase, reason])).toEqual([
      ['started', undefined],
      ['failed', 'damaged'],
      ['started', undefined],
      ['finished', undefined],
    ]);
    expect(events.at(-1)?.transfer.resumedFromBytes).toBe(0);
  });

  it('by a full disk comes when there is space, and the node goes on meanwhile', async () => {
    await using cluster = await startCluster(bulkBytes, { messageDelayMs: 2 });
    const { laggard, leader } = await withLaggard(cluster);
    await cluster.restart(laggard);
    const { disk, node } = cluster.member(laggard);
    const events = transferEvents(node);
    await untilReceived(cluster, laggard, 9 * mebibyte);
    disk.setCapacity(disk.usedBytes + mebibyte);
    await until(cluster, () => events.at(-1)?.phase === 'failed');
    expect(events.at(-1)?.reason).toBe('full');
    await cluster.clock.advance(5000);
    expect(events.filter(({ phase }) => phase === 'started').length).toBe(1);
    expect(node.status()).toMatchObject({ phase: 'running', leader });
    disk.setCapacity(2 ** 40);
    await untilEqual(cluster);
  });
});
