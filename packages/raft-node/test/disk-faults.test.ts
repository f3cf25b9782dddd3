import type { RaftNodeEvent } from '@streambus/raft-node';
import { startTestNode } from '@streambus/raft-node/testing';
import { createManualClock, createMemoryDisk, type DiskOperation } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createJournal, decode, encode } from './journal.ts';

const storage = { folder: '/raft' } as const;

describe('batches', () => {
  it('of all proposals of one turn are one write and one sync', async () => {
    const disk = createMemoryDisk();
    await using test = await startTestNode(createJournal(), { disk, storage });
    const before = { ...disk.operationCounts };
    const proposals = Array.from({ length: 500 }, (_, at) => test.node.propose(encode(`${at}`)));
    await test.clock.until(Promise.all(proposals));
    expect(disk.operationCounts.write - before.write).toBe(1);
    expect(disk.operationCounts.sync - before.sync).toBe(1);
  });

  it('form while a sync is under way, and go when it ends', async () => {
    const clock = createManualClock();
    let slow = false;
    const disk = createMemoryDisk({
      beforeOperation: ({ kind }: DiskOperation) => {
        const isSlow = slow && kind === 'sync';
        return isSlow ? new Promise<void>((resolve) => clock.setTimer(10, resolve)) : undefined;
      },
    });
    await using test = await startTestNode(createJournal(), { clock, disk, storage });
    slow = true;
    const { sync } = disk.operationCounts;
    const first = test.node.propose(encode('first'));
    await clock.advance(1);
    const others = [];
    for (let count = 0; count < 5; count++) {
      others.push(test.node.propose(encode(`${count}`)));
      await clock.advance(1);
    }
    expect(test.node.status()).toMatchObject({ lastIndex: 8, commit: 2, queuedProposals: 6 });
    expect(decode(await clock.until(first))).toBe('1');
    expect((await clock.until(Promise.all(others))).map(decode)).toEqual(['2', '3', '4', '5', '6']);
    expect(disk.operationCounts.sync - sync).toBe(2);
    slow = false;
  });

  it('that only move the commit index are not written', async () => {
    const disk = createMemoryDisk();
    await using test = await startTestNode(createJournal(), { disk, storage });
    await test.propose(encode('a'));
    const { write } = disk.operationCounts;
    await test.clock.advance(10_000);
    expect(disk.operationCounts.write).toBe(write);
  });
});

describe('a full disk', () => {
  it('stops the node from taking anything, acknowledges nothing, and lets it go on when there is space', async () => {
    const disk = createMemoryDisk();
    const journal = createJournal();
    const test = await startTestNode(journal, { disk, storage });
    const { node, clock } = test;
    const events: RaftNodeEvent[] = [];
    node.subscribe((event) => events.push(event));
    await test.propose(encode('before'));

    disk.setCapacity(disk.usedBytes + 10);
    const waiting = ['one', 'two'].map((text) => node.propose(encode(text)));
    await clock.advance(2_000);
    expect(node.status()).toMatchObject({ phase: 'full', queuedProposals: 2 });
    expect(journal.entries).toEqual(['before']);
    const full = { code: 'RAFT_NODE_STORAGE_FULL', outcome: 'rejected', retriable: true };
    await expect(node.propose(encode('refused'))).rejects.toMatchObject(full);
    expect(await clock.until(node.readBarrier())).toBe(node.status().applied);

    disk.setCapacity(2 ** 30);
    expect((await clock.until(Promise.all(waiting))).map(decode)).toEqual(['2', '3']);
    expect(decode(await test.propose(encode('after')))).toBe('4');
    expect(events).toEqual([
      { type: 'storageFull', full: true },
      { type: 'storageFull', full: false },
    ]);
    await clock.until(node.stop());

    const replayed = createJournal();
    const second = await startTestNode(replayed, { disk, storage });
    expect(replayed.entries).toEqual(['before', 'one', 'two', 'after']);
    await second.clock.until(second.node.stop());
  });

  it('does not keep a node from stopping; what was not acknowledged is not there', async () => {
    const disk = createMemoryDisk();
    const { node, clock } = await startTestNode(createJournal(), { disk, storage });
    disk.setCapacity(disk.usedBytes + 10);
    const waiting = node.propose(encode('one'));
    await clock.advance(100);
    const ended = expect(waiting).rejects.toMatchObject({ code: 'RAFT_NODE_STOPPED', outcome: 'unknown' });
    await clock.until(node.stop());
    await ended;
    expect(clock.pendingTimers).toBe(0);
    disk.setCapacity(2 ** 30);
    const replayed = createJournal();
    const second = await startTestNode(replayed, { disk, storage });
    expect(replayed.entries).toEqual([]);
    await second.clock.until(second.node.stop());
  });

  it('leaves the old snapshot, and the next is taken when there is space', async () => {
    const disk = createMemoryDisk();
    const test = await startTestNode(createJournal(), { disk, storage, snapshotAfterEntries: 3 });
    disk.failNext({ operation: 'write', code: 'DISK_FULL', pathIncludes: 'snapshot' });
    for (let count = 0; count < 5; count++) await test.propose(encode(`${count}`));
    expect(test.node.status()).toMatchObject({ phase: 'running', snapshotIndex: 1 });
    await test.clock.advance(6_000);
    expect(test.node.status().snapshotIndex).toBe(7);
    await test.clock.until(test.node.stop());
  });
});

describe('a log that no snapshot shortens', () => {
  it('is bounded: beyond maxLogBytes proposals are refused until a snapshot is durable', async () => {
    const disk = createMemoryDisk();
    const bounds = { snapshotAfterBytes: 1000, maxLogBytes: 2000 };
    const test = await startTestNode(createJournal(), { disk, storage, ...bounds });
    disk.failNext({ operation: 'write', code: 'DISK_FULL', pathIncludes: 'snapshot' });
    const bytes = new Uint8Array(500).fill(65);
    for (let count = 0; count < 4; count++) await test.propose(bytes);
    const refused = { code: 'RAFT_NODE_QUEUE_FULL', outcome: 'rejected', retriable: true };
    await expect(test.node.propose(bytes)).rejects.toMatchObject(refused);
    await test.clock.advance(6_000);
    expect(test.node.status().logBytes).toBeLessThan(1000);
    await test.propose(bytes);
    await test.clock.until(test.node.stop());
  });
});

describe('a disk that fails', () => {
  it.each(['write', 'sync'] as const)(
    'in a %s ends the node: nothing is acknowledged, the outcome is unknown',
    async (operation) => {
      const disk = createMemoryDisk();
      const { node, clock } = await startTestNode(createJournal(), { disk, storage });
      const events: RaftNodeEvent[] = [];
      node.subscribe((event) => events.push(event));
      disk.failNext({ operation, code: 'DISK_IO' });
      const failed = { code: 'RAFT_NODE_STORAGE_FAILED', outcome: 'unknown' };
      await expect(clock.until(node.propose(encode('one')))).rejects.toMatchObject(failed);
      expect(node.status()).toMatchObject({ phase: 'failed', failure: failed });
      expect(events.map(({ type }) => type)).toEqual(['failed']);
      await expect(node.propose(encode('two'))).rejects.toMatchObject({ ...failed, outcome: 'rejected' });
      await expect(node.readBarrier()).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_FAILED' });
      await clock.until(node.stop());
      expect(clock.pendingTimers).toBe(0);

      disk.crash('unsynced');
      const replayed = createJournal();
      const second = await startTestNode(replayed, { disk, storage });
      expect(replayed.entries).not.toContain('two');
      expect(decode(await second.propose(encode('three')))).toBe(`${replayed.entries.length}`);
      await second.clock.until(second.node.stop());
    },
  );

  it.each([
    ['DISK_IO', 'RAFT_NODE_STORAGE_FAILED'],
    ['DISK_FULL', 'RAFT_NODE_STORAGE_FULL'],
    ['DISK_DENIED', 'RAFT_NODE_STORAGE_FAILED'],
  ] as const)('with %s at start is refused as %s, and leaves the folder free', async (diskCode, code) => {
    const disk = createMemoryDisk();
    for (const operation of ['write', 'rename'] as const) {
      disk.failNext({ operation, code: diskCode });
      await expect(startTestNode(createJournal(), { disk, storage })).rejects.toMatchObject({ code });
    }
    const test = await startTestNode(createJournal(), { disk, storage });
    await test.clock.until(test.node.stop());
  });
});
