import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiskFile, readWholeFile } from '../disk.ts';
import { delay } from '../waiting.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryDisk, type DiskLoss, type MemoryDisk } from './memory-disk.ts';
import { createSeededRandom } from './seeded-random.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function contentOf(disk: MemoryDisk, path: string): Promise<string> {
  return new TextDecoder().decode(await readWholeFile(disk, path));
}

/** A disk with the durable file /data/a. */
async function diskWithFile(content: string, seed = 0): Promise<{ disk: MemoryDisk; file: DiskFile }> {
  const disk = createMemoryDisk({ directories: ['/data'], random: createSeededRandom(seed) });
  const file = await disk.open('/data/a', 'create');
  await file.write([bytes(content)], 0);
  await file.sync();
  await disk.syncDirectory('/data');
  return { disk, file };
}

describe('a loss of power', () => {
  it('takes back writes, overwrites and truncations since the last sync', async () => {
    const { disk, file } = await diskWithFile('0123456789');
    await file.write([bytes('XX')], 4);
    await file.truncate(6);
    await file.write([bytes('appended')], 6);
    await file.truncate(100);
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe('0123456789');
    expect(disk.usedBytes).toBe(10);
  });

  it('leaves what was synced, also when the names around it were not', async () => {
    const { disk, file } = await diskWithFile('one');
    await file.write([bytes('two')], 3);
    await file.sync();
    await disk.open('/data/b', 'create');
    await disk.rename('/data/a', '/data/c');
    disk.crash();
    expect(await disk.list('/data')).toEqual([{ name: 'a', kind: 'file' }]);
    expect(await contentOf(disk, '/data/a')).toBe('onetwo');
  });

  it('takes back a synced file whose name was not, and a folder whose parent was not', async () => {
    const disk = createMemoryDisk();
    await disk.makeDirectory('/x/y');
    const file = await disk.open('/x/y/a', 'create');
    await file.sync();
    await disk.syncDirectory('/x/y');
    await disk.syncDirectory('/x');
    disk.crash();
    expect(await disk.stat('/x')).toBeUndefined();
  });

  it('brings back a removed file whose folder was not synced', async () => {
    const { disk } = await diskWithFile('kept');
    await disk.remove('/data/a');
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe('kept');
  });

  it('a sync covers what was written before it was called, not what came while it ran', async () => {
    const clock = createManualClock();
    const disk = createMemoryDisk({
      directories: ['/data'],
      beforeOperation: ({ kind }) => (kind === 'sync' ? delay(clock, 10) : undefined),
    });
    const file = await disk.open('/data/a', 'create');
    await disk.syncDirectory('/data');
    await file.write([bytes('before')], 0);
    const syncing = file.sync();
    await file.write([bytes('during')], 6);
    await clock.until(syncing);
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe('before');
  });

  it('leaves what was written to a durable file, and takes back what other handles did to it', async () => {
    const { disk, file } = await diskWithFile('0123456789');
    const durable = await disk.open('/data/a', 'durable');
    await file.truncate(4);
    await durable.write([bytes('ab'), bytes('cd')], 6);
    await file.write([bytes('XX')], 0);
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe('012345abcd');
  });

  it('between the two halves of a durable write takes back the first', async () => {
    const { disk } = await diskWithFile('kept', 0);
    const durable = await disk.open('/data/a', 'durable');
    disk.failNext({ operation: 'sync', code: 'DISK_IO' });
    await expect(durable.write([bytes('lost')], 4)).rejects.toMatchObject({ code: 'DISK_IO', outcome: 'unknown' });
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe('kept');
  });

  it('ends open files and running operations, and frees the locks', async () => {
    const clock = createManualClock();
    const disk = createMemoryDisk({
      beforeOperation: ({ kind }) => (kind === 'write' ? delay(clock, 10) : undefined),
    });
    const file = await disk.open('/a', 'create');
    await disk.lock('/lock');
    const writing = file.write([bytes('x')], 0);
    disk.crash('none');
    await expect(clock.until(writing)).rejects.toMatchObject({ code: 'DISK_IO', outcome: 'unknown' });
    await expect(file.size()).rejects.toMatchObject({ code: 'DISK_IO' });
    await file.close();
    await (await disk.lock('/lock')).release();
    expect(await contentOf(disk, '/a')).toBe('');
  });

  it('of the process alone keeps everything that was written', async () => {
    const { disk, file } = await diskWithFile('one');
    await file.write([bytes('two')], 3);
    await disk.open('/data/b', 'create');
    disk.crash('none');
    expect(await contentOf(disk, '/data/a')).toBe('onetwo');
    expect(await disk.stat('/data/b')).toBeDefined();
    disk.crash('unsynced');
    expect(await contentOf(disk, '/data/a')).toBe('onetwo');
  });
});

describe('a torn loss of power', () => {
  it('leaves a write whole, in part, as zeros or not at all, and never touches what was synced', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { disk, file } = await diskWithFile('synced|', seed);
      await file.write([bytes('abc')], 7);
      disk.crash('torn');
      outcomes.add(await contentOf(disk, '/data/a'));
    }
    const zeros = `synced|${'\0'.repeat(3)}`;
    expect(outcomes).toEqual(new Set(['synced|', 'synced|a', 'synced|ab', 'synced|abc', zeros]));
  });

  it('may keep a later write without an earlier one', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const { disk, file } = await diskWithFile('', seed);
      await file.write([bytes('A')], 0);
      await file.write([bytes('B')], 1);
      disk.crash('torn');
      outcomes.add(await contentOf(disk, '/data/a'));
    }
    expect(outcomes).toContain('\0B');
    expect(outcomes).toContain('A');
    expect(outcomes).toContain('AB');
  });

  it('keeps the first few changes of a folder; a rename within it wholly or not at all', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { disk } = await diskWithFile('x', seed);
      await disk.rename('/data/a', '/data/b');
      await disk.open('/data/c', 'create');
      disk.crash('torn');
      outcomes.add((await disk.list('/data')).map(({ name }) => name).join());
    }
    expect([...outcomes].sort()).toEqual(['a', 'b', 'b,c']);
  });

  it('is the same for the same seed', async () => {
    const run = async (): Promise<string> => {
      const { disk, file } = await diskWithFile('', 42);
      for (let index = 0; index < 20; index++) await file.write([bytes(`record ${index};`)], index * 11);
      disk.crash('torn');
      return contentOf(disk, '/data/a');
    };
    expect(await run()).toBe(await run());
  });
});

describe('a failing device', () => {
  it('fails the operation that was named, as often as was said, from when it was said', async () => {
    const { disk, file } = await diskWithFile('x');
    disk.failNext({ operation: 'read', code: 'DISK_IO', pathIncludes: 'elsewhere' });
    disk.failNext({ operation: 'read', code: 'DISK_IO', after: 1, times: 2 });
    const results = [];
    for (let round = 0; round < 4; round++) {
      results.push(await file.read(new Uint8Array(1), 0).catch((error: { code: string }) => error.code));
    }
    expect(results).toEqual([1, 'DISK_IO', 'DISK_IO', 1]);
  });

  it('a failed write leaves a part of its bytes, from none to all', async () => {
    const sizes = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const { disk, file } = await diskWithFile('', seed);
      disk.failNext({ operation: 'write', code: 'DISK_IO' });
      await expect(file.write([bytes('ab'), bytes('c')], 0)).rejects.toMatchObject({ outcome: 'unknown' });
      sizes.add(await file.size());
    }
    expect([...sizes].sort()).toEqual([0, 1, 2, 3]);
  });

  it('after a failed sync the bytes can be read and no later sync brings them to the device', async () => {
    const { disk, file } = await diskWithFile('durable|');
    await file.write([bytes('lost')], 8);
    disk.failNext({ operation: 'sync', code: 'DISK_IO' });
    await expect(file.sync()).rejects.toMatchObject({ code: 'DISK_IO' });
    await file.write([bytes('later')], 12);
    await file.sync();
    expect(await contentOf(disk, '/data/a')).toBe('durable|lostlater');
    disk.crash();
    expect(await contentOf(disk, '/data/a')).toBe(`durable|${'\0'.repeat(4)}later`);
  });
});

describe('a full disk', () => {
  it('takes what fits, then DISK_FULL, retriable; room comes back by removing', async () => {
    const disk = createMemoryDisk({ capacityBytes: 10 });
    const file = await disk.open('/a', 'create');
    await file.write([bytes('12345678')], 0);
    expect(await disk.freeBytes('/')).toBe(2);
    await expect(file.write([bytes('abc'), bytes('d')], 8)).rejects.toMatchObject({
      code: 'DISK_FULL',
      retriable: true,
    });
    expect(await contentOf(disk, '/a')).toBe('12345678ab');
    await expect(file.truncate(11)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await file.write(
      [bytes('overwriting needs no room')].map((chunk) => chunk.subarray(0, 10)),
      0,
    );
    await disk.remove('/a');
    expect(disk.usedBytes).toBe(10);
    await file.close();
    expect(disk.usedBytes).toBe(0);
  });

  it('can become larger, or smaller than what it holds', async () => {
    const disk = createMemoryDisk({ capacityBytes: 2 });
    const file = await disk.open('/a', 'create');
    disk.setCapacity(3);
    await file.write([bytes('abc')], 0);
    disk.setCapacity(1);
    expect(await disk.freeBytes('/')).toBe(0);
    await file.write([bytes('x')], 0);
    expect(await contentOf(disk, '/a')).toBe('xbc');
  });
});

describe('what it counts and calls', () => {
  it('each operation, before it takes effect', async () => {
    const seen: string[] = [];
    const disk = createMemoryDisk({
      beforeOperation: ({ kind, path, lengthBytes }) => void seen.push(`${kind} ${path} ${lengthBytes}`),
    });
    const file = await disk.open('/a', 'create');
    await file.write([bytes('abc')], 0);
    await file.sync();
    expect(seen).toEqual(['open /a 0', 'write /a 3', 'sync /a 0']);
    expect(disk.operationCounts).toMatchObject({ open: 1, write: 1, sync: 1, read: 0 });
  });
});

describe('against a dumb twin', () => {
  type Step = { readonly kind: 'write' | 'truncate' | 'sync' | 'crash'; readonly at: number; readonly length: number };
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('write', 'write', 'write', 'truncate', 'sync', 'crash'),
    at: fc.nat(40),
    length: fc.nat(20),
  });
  const losses: readonly DiskLoss[] = ['none', 'unsynced'];

  it.each(losses)('any writes, truncations and syncs with crashes (%s) between them', async (loss) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { disk, file: first } = await diskWithFile('start');
        let file = first;
        let live = [...bytes('start')];
        let durable = [...live];
        for (const [index, { kind, at, length }] of steps.entries()) {
          if (kind === 'write') {
            const chunk = new Uint8Array(length).fill(index + 1);
            await file.write([chunk], at);
            if (length > 0) while (live.length < at) live.push(0);
            live.splice(at, length, ...chunk);
          } else if (kind === 'truncate') {
            await file.truncate(at);
            live = Array.from({ length: at }, (_, position) => live[position] ?? 0);
          } else if (kind === 'sync') {
            await file.sync();
            durable = [...live];
          } else {
            disk.crash(loss);
            if (loss === 'unsynced') live = [...durable];
            durable = [...live];
            file = await disk.open('/data/a', 'write');
          }
          expect([...(await readWholeFile(disk, '/data/a'))]).toEqual(live);
        }
        expect(disk.usedBytes).toBe(live.length);
      }),
      { numRuns: 150 },
    );
  });
});
