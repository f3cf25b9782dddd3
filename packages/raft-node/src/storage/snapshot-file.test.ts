import { createConfState, logIndex, nodeId, term } from '@streambus/raft';
import { readWholeFile, replaceFile } from '@streambus/runtime';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.ts';

const metadata = {
  index: logIndex(500),
  term: term(3),
  confState: { ...createConfState([nodeId(1), nodeId(2)], [nodeId(9)]), votersOutgoing: [nodeId(4)], autoLeave: true },
};
const sessions = Uint8Array.of(1, 2, 3);

function state(pieces: readonly string[]): Uint8Array[] {
  return pieces.map((text) => new TextEncoder().encode(text));
}

describe('a snapshot file', () => {
  it('is read as it was written, in one piece or in many', async () => {
    for (const pieces of [state(['whole']), state(['wh', '', 'ole'])]) {
      const disk = createMemoryDisk();
      await writeSnapshotFile(disk, '/snapshot', metadata, { sessions, state: pieces });
      const content = await readSnapshotFile(disk, '/snapshot');
      expect(content?.metadata).toEqual(metadata);
      expect([...(content?.sessions ?? [])]).toEqual([1, 2, 3]);
      expect(new TextDecoder().decode(content?.state)).toBe('whole');
    }
  });

  it('may hold a state of many megabytes, or none', async () => {
    const disk = createMemoryDisk();
    for (const length of [0, 3_000_001]) {
      const bytes = new Uint8Array(length).fill(5);
      await writeSnapshotFile(disk, '/snapshot', metadata, { sessions, state: bytes });
      expect(Buffer.compare((await readSnapshotFile(disk, '/snapshot'))?.state ?? sessions, bytes)).toBe(0);
    }
  });

  it('is the old one or the new one after a crash between any two operations', async () => {
    for (let crashAt = 0; ; crashAt++) {
      let operations = 0;
      let armed = false;
      const disk = createMemoryDisk({
        beforeOperation: () => {
          if (armed && operations++ === crashAt) disk.crash('torn');
        },
      });
      await writeSnapshotFile(disk, '/snapshot', metadata, { sessions, state: state(['old']) });
      armed = true;
      const newer = { ...metadata, index: logIndex(600) };
      const done = await writeSnapshotFile(disk, '/snapshot', newer, { sessions, state: state(['new']) }).then(
        () => true,
        () => false,
      );
      armed = false;
      const content = await readSnapshotFile(disk, '/snapshot');
      const text = new TextDecoder().decode(content?.state);
      expect([500, 600]).toContain(content?.metadata.index);
      expect(text).toBe(content?.metadata.index === 500 ? 'old' : 'new');
      if (done) {
        expect(text).toBe('new');
        break;
      }
    }
  });

  it('with any bit flipped, or cut anywhere, is refused with file and byte', async () => {
    const disk = createMemoryDisk();
    await writeSnapshotFile(disk, '/snapshot', metadata, { sessions, state: state(['some', 'state']) });
    const content = await readWholeFile(disk, '/snapshot');
    for (let at = 0; at < content.length; at++) {
      const flipped = content.slice();
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      for (const bytes of [flipped, content.subarray(0, at)]) {
        await replaceFile(disk, '/snapshot', bytes);
        await expect(readSnapshotFile(disk, '/snapshot')).rejects.toMatchObject({
          code: 'RAFT_NODE_STORAGE_DAMAGED',
          file: '/snapshot',
          position: expect.toSatisfy((position: number) => position <= at),
        });
      }
    }
  });
});
