import type { RaftNodeError } from '@streambus/raft-node';
import { startTestNode } from '@streambus/raft-node/testing';
import { createMemoryDisk, type MemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { type DiskImage, diskFrom, lastSegment, takeImage } from './disk-image.ts';
import { createJournal, encode } from './journal.ts';

const storage = { folder: '/raft' } as const;
const texts = ['one', 'two', 'three'];

/** What is on the disk of a node that answered these proposals, one by one, and was then killed; and where each one's record ends. */
async function killedNode(): Promise<{ image: DiskImage; segment: string; ends: readonly number[] }> {
  const disk = createMemoryDisk();
  const test = await startTestNode(createJournal(), { disk, storage });
  const ends: number[] = [];
  for (const text of texts) {
    await test.propose(encode(text));
    const image = await takeImage(disk, storage.folder);
    ends.push(image.get(lastSegment(image))?.length ?? 0);
  }
  disk.crash('none');
  const image = await takeImage(disk, storage.folder);
  return { image, segment: lastSegment(image), ends };
}

/** What the journal holds after a start on this disk. */
async function journalAfterStart(disk: MemoryDisk): Promise<readonly string[]> {
  const journal = createJournal();
  const test = await startTestNode(journal, { disk, storage });
  await test.propose(encode('after'));
  await test.clock.until(test.node.stop());
  return journal.entries;
}

async function refusal(disk: MemoryDisk): Promise<RaftNodeError> {
  return startTestNode(createJournal(), { disk, storage }).then(
    () => expect.unreachable('the node has started'),
    (error: RaftNodeError) => error,
  );
}

describe('the tail of the log', () => {
  it('cut at any byte of the last record is repaired: what was whole stays, and the node goes on', async () => {
    const { image, segment, ends } = await killedNode();
    const content = image.get(segment) as Uint8Array;
    for (let cut = ends[1] ?? 0; cut <= content.length; cut++) {
      const disk = await diskFrom(image, new Map([[segment, content.subarray(0, cut)]]));
      const kept = cut === content.length ? texts : texts.slice(0, 2);
      expect(await journalAfterStart(disk)).toEqual([...kept, 'after']);
      expect(await journalAfterStart(disk)).toEqual([...kept, 'after', 'after']);
    }
  });

  it('of zeros from any byte of the last record on is repaired', async () => {
    const { image, segment, ends } = await killedNode();
    const content = image.get(segment) as Uint8Array;
    for (let from = ends[1] ?? 0; from < content.length; from++) {
      const zeroed = new Uint8Array(content.length + 100);
      zeroed.set(content.subarray(0, from));
      const disk = await diskFrom(image, new Map([[segment, zeroed]]));
      expect(await journalAfterStart(disk)).toEqual([...texts.slice(0, 2), 'after']);
    }
  });

  it('followed by zeros or garbage is repaired', async () => {
    const { image, segment } = await killedNode();
    const content = image.get(segment) as Uint8Array;
    for (const fill of [0, 0xa5]) {
      const longer = new Uint8Array(content.length + 999).fill(fill);
      longer.set(content);
      const disk = await diskFrom(image, new Map([[segment, longer]]));
      expect(await journalAfterStart(disk)).toEqual([...texts, 'after']);
    }
  });
});

describe('damage in the middle of the log', () => {
  it('of any byte is refused, with file and position, and nothing is changed', async () => {
    const { image, segment, ends } = await killedNode();
    const content = image.get(segment) as Uint8Array;
    for (let at = 0; at < (ends[1] ?? 0); at++) {
      const flipped = content.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      const disk = await diskFrom(image, new Map([[segment, flipped]]));
      const error = await refusal(disk);
      expect(error).toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED', file: segment });
      expect(error.position).toBeLessThanOrEqual(at);
      expect((await takeImage(disk, storage.folder)).get(segment)).toEqual(flipped);
    }
  });

  it('is refused after a proper stop too', async () => {
    const disk = createMemoryDisk();
    const test = await startTestNode(createJournal(), { disk, storage });
    for (const text of texts) await test.propose(encode(text));
    await test.clock.until(test.node.stop());
    const image = await takeImage(disk, storage.folder);
    const segment = lastSegment(image);
    const flipped = (image.get(segment) as Uint8Array).slice();
    flipped[100] = (flipped[100] ?? 0) ^ 4;
    const error = await refusal(await diskFrom(image, new Map([[segment, flipped]])));
    expect(error).toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED', file: segment });
  });

  it('in the snapshot is refused, with file and position', async () => {
    const disk = createMemoryDisk();
    const test = await startTestNode(createJournal(), { disk, storage });
    for (const text of texts) await test.propose(encode(text));
    await test.clock.until(test.node.takeSnapshot());
    await test.clock.until(test.node.stop());
    const image = await takeImage(disk, storage.folder);
    const flipped = (image.get('/raft/snapshot') as Uint8Array).slice();
    flipped[60] = (flipped[60] ?? 0) ^ 4;
    const error = await refusal(await diskFrom(image, new Map([['/raft/snapshot', flipped]])));
    expect(error).toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED', file: '/raft/snapshot' });
    expect(error.position).toBeLessThanOrEqual(60);
  });
});

describe('a folder that is not as this node left it', () => {
  it('of another cluster or node is refused', async () => {
    const { image } = await killedNode();
    const mismatch = { code: 'RAFT_NODE_IDENTITY_MISMATCH' };
    const otherCluster = startTestNode(createJournal(), { disk: await diskFrom(image), storage, clusterId: 'other' });
    await expect(otherCluster).rejects.toMatchObject(mismatch);
    const otherNode = startTestNode(createJournal(), { disk: await diskFrom(image), storage, nodeId: 2 });
    await expect(otherNode).rejects.toMatchObject(mismatch);
  });

  it('wiped of its identity, its log or its snapshot is refused', async () => {
    const disk = createMemoryDisk();
    const test = await startTestNode(createJournal(), { disk, storage, snapshotAfterEntries: 3 });
    for (const text of texts) await test.propose(encode(text));
    await test.clock.until(test.node.takeSnapshot());
    for (let count = 0; count < 3; count++) await test.propose(encode('more'));
    disk.crash('none');
    const image = await takeImage(disk, storage.folder);
    const without = (part: string) =>
      diskFrom(
        image,
        new Map([...image.keys()].filter((path) => path.startsWith(part)).map((path) => [path, undefined])),
      );

    expect(await refusal(await without('/raft/identity'))).toMatchObject({ code: 'RAFT_NODE_IDENTITY_MISSING' });
    expect(await refusal(await without('/raft/log'))).toMatchObject({ code: 'RAFT_NODE_IDENTITY_MISSING' });
    expect(await refusal(await without('/raft/snapshot'))).toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED' });
  });

  it('that is empty begins a cluster, or is refused where it must not be', async () => {
    const refused = startTestNode(createJournal(), { storage: { ...storage, whenEmpty: 'refuse' } });
    await expect(refused).rejects.toMatchObject({ code: 'RAFT_NODE_IDENTITY_MISSING' });
    expect(await journalAfterStart(createMemoryDisk())).toEqual(['after']);
  });

  it('that another node has open is refused, and is free when that one stops', async () => {
    const disk = createMemoryDisk();
    const first = await startTestNode(createJournal(), { disk, storage });
    expect(await refusal(disk)).toMatchObject({ code: 'RAFT_NODE_STORAGE_LOCKED' });
    await first.clock.until(first.node.stop());
    expect(await journalAfterStart(disk)).toEqual(['after']);
  });
});
