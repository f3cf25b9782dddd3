import { createConfState, logIndex, nodeId, term } from '@streambus/raft';
import { readWholeFile, replaceFile } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type DiskLoss,
  type MemoryDisk,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { joined } from '../bytes/joined.ts';
import { FileSnapshotStore } from './file-snapshot-store.ts';
import { snapshotPayloads } from './snapshot-reading.ts';
import type { SnapshotIdentity, SnapshotStore } from './snapshot-store.ts';

const folder = '/raft';
const clock = createManualClock();
const path = `${folder}/snapshot`;
const metadata = {
  index: logIndex(500),
  term: term(3),
  confState: { ...createConfState([nodeId(1), nodeId(2)], [nodeId(9)]), votersOutgoing: [nodeId(4)], autoLeave: true },
};
const newer = { ...metadata, index: logIndex(600) };
const sessions = Uint8Array.of(1, 2, 3);
const wanted = { isWanted: () => true, onChecked: () => {} };

function pieces(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}

function newDisk(beforeOperation: () => void = () => {}): MemoryDisk {
  return createMemoryDisk({ beforeOperation, random: createSeededRandom(7), directories: [folder] });
}

/** What is in the newest snapshot. */
async function contentOf(store: SnapshotStore): Promise<{ sessions: number[]; pieces: string[] }> {
  const reader = await store.open();
  if (reader === undefined) throw new Error('there is no snapshot');
  const payloads: Uint8Array[] = [];
  for await (const payload of snapshotPayloads(reader)) payloads.push(payload);
  await reader.close();
  const [, second, ...state] = payloads;
  return { sessions: [...(second ?? [])], pieces: state.map((piece) => new TextDecoder().decode(piece)) };
}

/** The bytes of a snapshot of these pieces, and what identifies it. */
async function made(state: readonly Uint8Array[]): Promise<{ bytes: Uint8Array; identity: SnapshotIdentity }> {
  const disk = newDisk();
  const store = await FileSnapshotStore.open(disk, folder, clock);
  const identity = await store.save(newer, { sessions, state });
  if (identity === undefined) throw new Error('it was not saved');
  return { bytes: await readWholeFile(disk, path), identity };
}

async function names(disk: MemoryDisk): Promise<string[]> {
  return (await disk.list(folder)).map(({ name }) => name);
}

describe('the newest snapshot', () => {
  it('is read as it was written, each piece as it was given, but for empty ones', async () => {
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    expect([store.current, await store.open()]).toEqual([undefined, undefined]);
    const saved = await store.save(metadata, { sessions, state: pieces('wh', '', 'ole') });
    expect(await contentOf(store)).toEqual({ sessions: [1, 2, 3], pieces: ['wh', 'ole'] });
    const again = await FileSnapshotStore.open(disk, folder, clock);
    expect(again.current).toEqual(saved);
    expect(again.current?.metadata).toEqual(metadata);
  });

  it('may hold many megabytes, in pieces of one, or none', async () => {
    const store = await FileSnapshotStore.open(newDisk(), folder, clock);
    for (const [index, length] of [0, 3_000_001].entries()) {
      const bytes = new Uint8Array(length).fill(65);
      await store.save({ ...metadata, index: logIndex(500 + index) }, { sessions, state: bytes });
      const content = await contentOf(store);
      expect(content.pieces.map((piece) => piece.length)).toEqual(length === 0 ? [] : [2 ** 20, 2 ** 20, 902_849]);
      expect(content.pieces.join('') === new TextDecoder().decode(bytes)).toBe(true);
    }
  });

  it('stays open as it was when another takes its place', async () => {
    const store = await FileSnapshotStore.open(newDisk(), folder, clock);
    await store.save(metadata, { sessions, state: pieces('old') });
    const reader = await store.open();
    await store.save(newer, { sessions, state: pieces('new') });
    const bytes = new Uint8Array(reader?.identity.sizeBytes ?? 0);
    await reader?.read(bytes, 0);
    expect(new TextDecoder().decode(bytes)).toContain('old');
    expect(reader?.identity.metadata.index).toBe(500);
    await reader?.close();
  });

  it('is never replaced by an older one', async () => {
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    await store.save(newer, { sessions, state: pieces('new') });
    expect(await store.save(metadata, { sessions, state: pieces('old') })).toBeUndefined();
    expect(store.current?.metadata.index).toBe(600);
    expect(await names(disk)).toEqual(['snapshot']);
  });

  it.each<DiskLoss>(['none', 'unsynced', 'torn'])(
    'is the old one or the new one after a crash between any two operations (%s)',
    async (loss) => {
      for (let crashAt = 0; ; crashAt++) {
        let left = Number.POSITIVE_INFINITY;
        const disk = newDisk(() => {
          if (left-- === 0) disk.crash(loss);
        });
        const store = await FileSnapshotStore.open(disk, folder, clock);
        await store.save(metadata, { sessions, state: pieces('old') });
        left = crashAt;
        const saved = await store.save(newer, { sessions, state: pieces('new') }).catch(() => undefined);
        left = Number.POSITIVE_INFINITY;
        const again = await FileSnapshotStore.open(disk, folder, clock);
        const { pieces: found } = await contentOf(again);
        expect(found).toEqual(again.current?.metadata.index === 500 ? ['old'] : ['new']);
        expect(await names(disk)).toEqual(['snapshot']);
        if (saved === undefined) continue;
        expect(found).toEqual(['new']);
        break;
      }
    },
  );

  it('with any bit flipped, or cut anywhere, is refused with file and byte', async () => {
    const disk = newDisk();
    await (await FileSnapshotStore.open(disk, folder, clock)).save(metadata, {
      sessions,
      state: pieces('some', 'state'),
    });
    const content = await readWholeFile(disk, path);
    for (let at = 0; at < content.length; at++) {
      const flipped = content.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      for (const bytes of [flipped, content.subarray(0, at)]) {
        await replaceFile(disk, path, bytes);
        await expect(FileSnapshotStore.open(disk, folder, clock)).rejects.toMatchObject({
          code: 'RAFT_NODE_STORAGE_DAMAGED',
          file: path,
          position: expect.toSatisfy((position: number) => position <= at),
        });
      }
    }
  });

  it('followed by anything is refused', async () => {
    const disk = newDisk();
    await (await FileSnapshotStore.open(disk, folder, clock)).save(metadata, { sessions, state: pieces('some') });
    await replaceFile(disk, path, joined([await readWholeFile(disk, path), Uint8Array.of(0)]));
    await expect(FileSnapshotStore.open(disk, folder, clock)).rejects.toMatchObject({
      code: 'RAFT_NODE_STORAGE_DAMAGED',
    });
  });
});

describe('a snapshot that comes', () => {
  it('in pieces of any size is installed as it was sent, in place of the old one', async () => {
    const { bytes, identity } = await made(pieces('one', 'two'));
    for (const size of [1, 7, 31, 32, 33, 1000]) {
      const disk = newDisk();
      const store = await FileSnapshotStore.open(disk, folder, clock);
      await store.save(metadata, { sessions, state: pieces('old') });
      const incoming = await store.receive(identity, wanted);
      for (let from = 0; from < bytes.length; from += size) await incoming?.write([bytes.subarray(from, from + size)]);
      await incoming?.complete(() => {});
      expect(store.incomingIndex).toBe(600);
      await store.stage(newer).install();
      expect([store.current, store.incomingIndex]).toEqual([identity, 0]);
      expect(await contentOf(store)).toEqual({ sessions: [1, 2, 3], pieces: ['one', 'two'] });
      expect(await names(disk)).toEqual(['snapshot']);
    }
  });

  it('is found again by the next life, up to the last whole frame; after a loss of power up to what was kept', async () => {
    const { bytes, identity } = await made(pieces('one', 'two', 'three'));
    const cut = bytes.length - 50;
    for (const loss of ['none', 'unsynced', 'torn'] as const) {
      const disk = newDisk();
      const store = await FileSnapshotStore.open(disk, folder, clock);
      await (await store.receive(identity, wanted))?.write([bytes.subarray(0, cut)]);
      disk.crash(loss);
      const again = await FileSnapshotStore.open(disk, folder, clock);
      expect(again.incomingIndex).toBe(600);
      let checkedBytes = 0;
      const incoming = await again.receive(identity, { ...wanted, onChecked: (count) => (checkedBytes = count) });
      const from = incoming?.receivedBytes ?? -1;
      expect(from).toBeLessThanOrEqual(cut);
      if (loss === 'none') expect(from).toBeGreaterThan(cut - 40);
      expect(checkedBytes).toBe(from);
      await incoming?.write([bytes.subarray(from)]);
      await incoming?.complete(() => {});
      await again.stage(newer).install();
      expect((await contentOf(again)).pieces).toEqual(['one', 'two', 'three']);
    }
  });

  it('goes on at the frame before a bit that was flipped in what was there', async () => {
    const { bytes, identity } = await made(pieces('one', 'two'));
    for (let at = 0; at < bytes.length; at++) {
      const disk = newDisk();
      const store = await FileSnapshotStore.open(disk, folder, clock);
      const incoming = await store.receive(identity, wanted);
      await incoming?.write([bytes]);
      disk.crash('none');
      const name = (await names(disk))[0] ?? '';
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x04;
      await replaceFile(disk, `${folder}/${name}`, flipped);
      const again = await FileSnapshotStore.open(disk, folder, clock);
      const resumed = await again.receive(identity, wanted);
      expect(resumed?.receivedBytes).toBeLessThanOrEqual(at);
      await resumed?.write([bytes.subarray(resumed.receivedBytes)]);
      await resumed?.complete(() => {});
    }
  });

  it('is refused when it is flipped on its way, or on the disk before it is installed, or is not what was announced', async () => {
    const { bytes, identity } = await made(pieces('one', 'two'));
    const damaged = { code: 'RAFT_NODE_STORAGE_DAMAGED' };
    const flipped = bytes.slice();
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    await expect((await store.receive(identity, wanted))?.write([flipped])).rejects.toMatchObject(damaged);

    await store.forgetIncoming();
    const onDisk = await store.receive(identity, wanted);
    await onDisk?.write([bytes]);
    const file = await disk.open(`${folder}/${(await names(disk))[0]}`, 'write');
    await file.write([flipped.subarray(60, 61)], 60);
    await file.close();
    await expect(onDisk?.complete(() => {})).rejects.toMatchObject(damaged);

    await store.forgetIncoming();
    const other = await store.receive({ ...identity, checksum: identity.checksum ^ 1 }, wanted);
    await other?.write([bytes]);
    await expect(other?.complete(() => {})).rejects.toMatchObject(damaged);
    await expect(other?.write([Uint8Array.of(1)])).rejects.toMatchObject(damaged);
  });

  it('makes room for another one that comes, and for nothing when it is forgotten', async () => {
    const { bytes, identity } = await made(pieces('one', 'two'));
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    await (await store.receive(identity, wanted))?.write([bytes]);
    const other = { ...identity, metadata: { ...newer, index: logIndex(700) } };
    await store.receive(other, wanted);
    expect(await names(disk)).toEqual([`snapshot.incoming-700-3-${identity.checksum.toString(16).padStart(8, '0')}`]);
    await store.forgetIncoming();
    expect([await names(disk), store.incomingIndex]).toEqual([[], 0]);
  });

  it('of a former life stays while it is newer than what is there, the newest of them', async () => {
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    await store.save(metadata, { sessions, state: [] });
    for (const name of ['incoming-400-3-00000000', 'incoming-550-3-0000000a', 'incoming-560-3-0000000b', 'tmp']) {
      await replaceFile(disk, `${folder}/snapshot.${name}`, Uint8Array.of(1));
    }
    const again = await FileSnapshotStore.open(disk, folder, clock);
    expect(await names(disk)).toEqual(['snapshot', 'snapshot.incoming-560-3-0000000b']);
    expect(again.incomingIndex).toBe(560);
    await again.forgetIncoming();
    expect(await names(disk)).toEqual(['snapshot']);
  });

  it('that would not leave the log its reserve is refused before a byte is written', async () => {
    const { identity } = await made(pieces('one', 'two'));
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    disk.setCapacity(16 * 1024 * 1024);
    await expect(store.receive(identity, wanted)).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_FULL' });
    disk.setCapacity(17 * 1024 * 1024);
    expect((await store.receive(identity, wanted))?.receivedBytes).toBe(0);
  });

  it('is not looked at further when nobody waits for it any more, and stays', async () => {
    const { bytes, identity } = await made(pieces('one', 'two'));
    const disk = newDisk();
    const store = await FileSnapshotStore.open(disk, folder, clock);
    await (await store.receive(identity, wanted))?.write([bytes]);
    disk.crash('none');
    const again = await FileSnapshotStore.open(disk, folder, clock);
    expect(await again.receive(identity, { ...wanted, isWanted: () => false })).toBeUndefined();
    expect((await again.receive(identity, wanted))?.receivedBytes).toBe(bytes.length);
  });
});
