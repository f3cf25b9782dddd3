import { createConfState, logIndex, nodeId, term } from '@streambus/raft';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { MemorySnapshotStore } from './memory-snapshot-store.ts';
import { snapshotPayloads } from './snapshot-reading.ts';
import type { SnapshotReader } from './snapshot-store.ts';

const metadata = { index: logIndex(5), term: term(2), confState: createConfState([nodeId(1)]) };

/** A snapshot of sessions and pieces of these sizes, and how it is read. */
async function readerOf(sessionBytes: number, pieceBytes: readonly number[]) {
  const clock = createManualClock();
  const store = new MemorySnapshotStore(clock);
  const state = pieceBytes.map((length, at) => new Uint8Array(length).fill(at + 1));
  await clock.until(store.save(metadata, { sessions: new Uint8Array(sessionBytes).fill(9), state }));
  const stored = (await store.open()) as SnapshotReader;
  const reads: number[] = [];
  const reader: SnapshotReader = {
    identity: stored.identity,
    path: '/snapshot',
    read(target, position) {
      reads.push(target.length);
      return stored.read(target, position);
    },
    close: () => stored.close(),
  };
  return { reader, reads };
}

async function payloadsOf(reader: SnapshotReader): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = [];
  for await (const payload of snapshotPayloads(reader)) payloads.push(payload);
  return payloads;
}

describe('reading a snapshot', () => {
  it.each([
    ['of small pieces', 10, Array.from({ length: 3000 }, (_, at) => 1 + at), 1024],
    ['of pieces of the size of a read', 10, [1024 * 1024, 1024 * 1024, 1024 * 1024 - 32, 5], 1024],
    ['of a frame larger than a read', 5 * 1024 * 1024, [100, 200], 5 * 1024],
    ['of nothing', 0, [], 1],
  ])('%s gives each piece as it was', async (_, sessionBytes, pieceBytes, mostKibibytes) => {
    const { reader, reads } = await readerOf(sessionBytes, pieceBytes);
    const [, sessions, ...pieces] = await payloadsOf(reader);
    expect(sessions?.length).toBe(sessionBytes);
    expect(pieces.map(({ length }) => length)).toEqual(pieceBytes);
    expect(pieces.every((piece, at) => piece.every((byte) => byte === ((at + 1) & 255)))).toBe(true);
    expect(Math.max(...reads)).toBeLessThanOrEqual(mostKibibytes * 1024 + 32);
    expect(reads.length).toBeLessThan(12);
  });

  it('that is shorter than it says is refused with the byte at which it ends', async () => {
    const { reader } = await readerOf(10, [100, 200]);
    for (const sizeBytes of [reader.identity.sizeBytes + 1, reader.identity.sizeBytes + 40]) {
      const longer = { ...reader, identity: { ...reader.identity, sizeBytes } };
      await expect(payloadsOf(longer)).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED', file: '/snapshot' });
    }
    const { sizeBytes } = reader.identity;
    for (const cut of [1, 32, 33, 100]) {
      const shorter = { ...reader, identity: { ...reader.identity, sizeBytes: sizeBytes - cut } };
      await expect(payloadsOf(shorter)).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_DAMAGED' });
    }
  });
});
