import { describe, expect, it } from 'vitest';
import { DiskError, parentDirectory, readWholeFile, replaceFile } from './disk.ts';
import { createMemoryDisk, createSeededRandom, type DiskLoss, type MemoryDisk } from './testing/index.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('parentDirectory', () => {
  it.each([
    ['/data/log/0.log', '/data/log'],
    ['/data', '/'],
    ['data/x', 'data'],
    ['x', '.'],
  ])('of %s is %s', (path, parent) => {
    expect(parentDirectory(path)).toBe(parent);
  });
});

describe('readWholeFile', () => {
  it('reads it and closes it, whether or not it could be read', async () => {
    const disk = createMemoryDisk();
    await replaceFile(disk, '/a', bytes('content'));
    expect(text(await readWholeFile(disk, '/a'))).toBe('content');
    disk.failNext({ operation: 'read', code: 'DISK_IO' });
    await expect(readWholeFile(disk, '/a')).rejects.toThrow(DiskError);
    await disk.remove('/a');
    // A file that somebody still held open would keep its bytes.
    expect(disk.usedBytes).toBe(0);
  });
});

describe('replaceFile', () => {
  const losses: readonly DiskLoss[] = ['none', 'unsynced', 'torn'];

  it.each(losses)('a crash (%s) at any of its steps leaves the old or the new content, whole', async (loss) => {
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(4);
    const outcomes = new Set<string>();
    for (let step = 0; step <= steps; step++) {
      for (let seed = 0; seed < 20; seed++) outcomes.add(await contentAfterCrash(step, loss, seed));
    }
    expect([...outcomes].sort()).toEqual(['new content', 'old']);
  });

  it('when it has resolved the new content survives', async () => {
    const disk = createMemoryDisk({ directories: ['/data'] });
    await replaceFile(disk, '/data/a', bytes('kept'));
    disk.crash();
    expect(text(await readWholeFile(disk, '/data/a'))).toBe('kept');
  });

  it.each(['write', 'sync', 'rename'] as const)(
    'when %s fails it rejects, and the old content is there',
    async (operation) => {
      const disk = createMemoryDisk();
      await replaceFile(disk, '/a', bytes('old'));
      disk.failNext({ operation, code: 'DISK_IO' });
      await expect(replaceFile(disk, '/a', bytes('new'))).rejects.toThrow(DiskError);
      expect(text(await readWholeFile(disk, '/a'))).toBe('old');
    },
  );
});

async function countSteps(): Promise<number> {
  const disk = createMemoryDisk();
  await replaceFile(disk, '/a', bytes('x'));
  return Object.values(disk.operationCounts).reduce((sum, count) => sum + count, 0);
}

async function contentAfterCrash(step: number, loss: DiskLoss, seed: number): Promise<string> {
  let left = Number.POSITIVE_INFINITY;
  const disk: MemoryDisk = createMemoryDisk({
    random: createSeededRandom(seed),
    directories: ['/data'],
    beforeOperation: () => {
      if (left-- === 0) disk.crash(loss);
    },
  });
  await replaceFile(disk, '/data/a', bytes('old'));
  left = step;
  await replaceFile(disk, '/data/a', bytes('new content')).catch(() => {});
  left = Number.POSITIVE_INFINITY;
  return text(await readWholeFile(disk, '/data/a'));
}
