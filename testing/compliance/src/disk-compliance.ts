import {
  type Disk,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  type DiskOpenMode,
  readWholeFile,
  replaceFile,
} from '@streambus/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** A disk with an empty folder for the test alone. */
export interface DiskUnderTest {
  readonly disk: Disk;
  /** Absolute path of the empty folder. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** The suite of the Disk port. */
export function describeDiskCompliance(name: string, makeDisk: () => Promise<DiskUnderTest>): void {
  describe(`${name} as Disk`, () => {
    let under: DiskUnderTest;
    let disk: Disk;
    let folder: string;
    const openFiles: DiskFile[] = [];

    beforeEach(async () => {
      under = await makeDisk();
      ({ disk, folder } = under);
    });

    afterEach(async () => {
      for (const file of openFiles.splice(0)) await file.close();
      await under.dispose();
    });

    async function open(file: string, mode: DiskOpenMode): Promise<DiskFile> {
      const opened = await disk.open(`${folder}/${file}`, mode);
      openFiles.push(opened);
      return opened;
    }

    async function put(file: string, text: string): Promise<void> {
      const opened = await open(file, 'write');
      await opened.truncate(0);
      await opened.write([bytesOf(text)], 0);
    }

    async function textOf(file: string): Promise<string> {
      return Buffer.from(await readWholeFile(disk, `${folder}/${file}`)).toString();
    }

    async function refusalOf(promise: Promise<unknown>): Promise<DiskErrorCode> {
      const thrown = await promise.then(
        () => 'it succeeded',
        (error: unknown) => error,
      );
      expect(thrown).toBeInstanceOf(DiskError);
      return (thrown as DiskError).code;
    }

    describe('open', () => {
      it('read: a missing file is DISK_NOT_FOUND', async () => {
        expect(await refusalOf(open('absent', 'read'))).toBe('DISK_NOT_FOUND');
      });

      it('write: makes an empty file, keeps one that is there', async () => {
        const file = await open('a', 'write');
        expect(await file.size()).toBe(0);
        await file.write([bytesOf('kept')], 0);
        expect(await (await open('a', 'write')).size()).toBe(4);
      });

      it('durable: makes an empty file, keeps one that is there', async () => {
        const file = await open('a', 'durable');
        expect(await file.size()).toBe(0);
        await file.write([bytesOf('kept')], 0);
        expect(await (await open('a', 'durable')).size()).toBe(4);
      });

      it('create: a file that is there is DISK_EXISTS', async () => {
        await open('a', 'create');
        expect(await refusalOf(open('a', 'create'))).toBe('DISK_EXISTS');
      });

      it('a missing folder is DISK_NOT_FOUND in every mode, a file in place of a folder too', async () => {
        await put('file', 'x');
        for (const mode of ['read', 'write', 'create', 'durable'] as const) {
          expect(await refusalOf(open('absent/a', mode))).toBe('DISK_NOT_FOUND');
          expect(await refusalOf(open('file/a', mode))).toBe('DISK_NOT_FOUND');
        }
      });

      it('write: a folder cannot be opened', async () => {
        await disk.makeDirectory(`${folder}/sub`);
        expect(await refusalOf(open('sub', 'write'))).toBe('DISK_IO');
      });

      it('the file tells the path it was opened by', async () => {
        expect((await open('a', 'create')).path).toBe(`${folder}/a`);
      });
    });

    describe('read and write', () => {
      it('chunks land one after the other from the position on', async () => {
        const file = await open('a', 'create');
        await file.write([bytesOf('he'), new Uint8Array(0), bytesOf('llo'), bytesOf(' world')], 0);
        await file.write([bytesOf('J')], 0);
        expect(await textOf('a')).toBe('Jello world');
        const middle = new Uint8Array(3);
        expect(await file.read(middle, 2)).toBe(3);
        expect(Buffer.from(middle).toString()).toBe('llo');
      });

      it('more chunks than one system call takes', async () => {
        const file = await open('a', 'create');
        const chunks = Array.from({ length: 2500 }, (_, index) => Uint8Array.of(index & 0xff, index >> 8));
        await file.write(chunks, 0);
        expect(await readWholeFile(disk, `${folder}/a`)).toEqual(new Uint8Array(Buffer.concat(chunks)));
      });

      it('no chunks, and an empty one, change nothing', async () => {
        const file = await open('a', 'create');
        await file.write([], 10);
        await file.write([new Uint8Array(0)], 10);
        expect(await file.size()).toBe(0);
      });

      it('a read past the end is short, wholly past it is 0', async () => {
        await put('a', 'abc');
        const file = await open('a', 'read');
        expect(await file.read(new Uint8Array(10), 1)).toBe(2);
        expect(await file.read(new Uint8Array(10), 3)).toBe(0);
        expect(await file.read(new Uint8Array(10), 1000)).toBe(0);
        expect(await file.read(new Uint8Array(0), 0)).toBe(0);
      });

      it('a gap reads as zeros', async () => {
        const file = await open('a', 'create');
        await file.write([bytesOf('x')], 3);
        expect(await readWholeFile(disk, `${folder}/a`)).toEqual(Uint8Array.of(0, 0, 0, 120));
      });

      it('a file opened for reading refuses writes', async () => {
        await put('a', 'abc');
        const file = await open('a', 'read');
        await refusalOf(file.write([bytesOf('x')], 0));
        await refusalOf(file.truncate(0));
        expect(await textOf('a')).toBe('abc');
      });

      it('two handles see the same bytes', async () => {
        const writer = await open('a', 'create');
        const reader = await open('a', 'read');
        await writer.write([bytesOf('new')], 0);
        expect(await reader.size()).toBe(3);
      });

      it('durable: writes land, reads see them, and sync and truncate are as elsewhere', async () => {
        const file = await open('a', 'durable');
        await file.write([bytesOf('du'), bytesOf('rable')], 0);
        const middle = new Uint8Array(3);
        expect(await file.read(middle, 2)).toBe(3);
        expect(Buffer.from(middle).toString()).toBe('rab');
        await file.truncate(2);
        await file.sync();
        expect(await textOf('a')).toBe('du');
      });

      it('sync resolves, after writes and without any', async () => {
        const file = await open('a', 'create');
        await file.sync();
        await file.write([bytesOf('x')], 0);
        await file.sync();
        await disk.syncDirectory(folder);
        expect(await textOf('a')).toBe('x');
      });
    });

    describe('truncate', () => {
      it('cuts; what was cut off does not come back', async () => {
        const file = await open('a', 'create');
        await file.write([bytesOf('secret')], 0);
        await file.truncate(1);
        await file.truncate(3);
        expect(await readWholeFile(disk, `${folder}/a`)).toEqual(Uint8Array.of(115, 0, 0));
      });
    });

    describe('close', () => {
      it('harmless twice; every use afterwards is DISK_CLOSED', async () => {
        const file = await open('a', 'create');
        await file.close();
        await file.close();
        expect(await refusalOf(file.read(new Uint8Array(1), 0))).toBe('DISK_CLOSED');
        expect(await refusalOf(file.write([bytesOf('x')], 0))).toBe('DISK_CLOSED');
        expect(await refusalOf(file.sync())).toBe('DISK_CLOSED');
        expect(await refusalOf(file.truncate(0))).toBe('DISK_CLOSED');
        expect(await refusalOf(file.size())).toBe('DISK_CLOSED');
      });
    });

    describe('folders', () => {
      it('list: names with their kinds, sorted by code unit', async () => {
        await put('b', '');
        await put('B', '');
        await put('ä', '');
        await disk.makeDirectory(`${folder}/a`);
        expect(await disk.list(folder)).toEqual([
          { name: 'B', kind: 'file' },
          { name: 'a', kind: 'directory' },
          { name: 'b', kind: 'file' },
          { name: 'ä', kind: 'file' },
        ]);
      });

      it('list: a missing folder is DISK_NOT_FOUND', async () => {
        expect(await refusalOf(disk.list(`${folder}/absent`))).toBe('DISK_NOT_FOUND');
      });

      it('stat: length and kind, undefined when nothing is there', async () => {
        await put('a', 'four');
        expect(await disk.stat(`${folder}/a`)).toEqual({ kind: 'file', sizeBytes: 4 });
        expect((await disk.stat(folder))?.kind).toBe('directory');
        expect(await disk.stat(`${folder}/absent`)).toBeUndefined();
        expect(await disk.stat(`${folder}/a/below`)).toBeUndefined();
      });

      it('makeDirectory: with parents, harmless when there, DISK_EXISTS over a file', async () => {
        await disk.makeDirectory(`${folder}/x/y/z`);
        await disk.makeDirectory(`${folder}/x/y/z`);
        expect((await disk.stat(`${folder}/x/y/z`))?.kind).toBe('directory');
        await put('file', '');
        expect(await refusalOf(disk.makeDirectory(`${folder}/file`))).toBe('DISK_EXISTS');
      });

      it('syncDirectory: a missing folder is DISK_NOT_FOUND', async () => {
        expect(await refusalOf(disk.syncDirectory(`${folder}/absent`))).toBe('DISK_NOT_FOUND');
      });
    });

    describe('rename', () => {
      it('moves a file over another; open handles stay on their files', async () => {
        await put('new', 'new');
        await put('old', 'old');
        const replaced = await open('old', 'read');
        await disk.rename(`${folder}/new`, `${folder}/old`);
        expect(await textOf('old')).toBe('new');
        expect(await disk.stat(`${folder}/new`)).toBeUndefined();
        const content = new Uint8Array(3);
        await replaced.read(content, 0);
        expect(Buffer.from(content).toString()).toBe('old');
      });

      it('moves a folder with all in it', async () => {
        await disk.makeDirectory(`${folder}/from`);
        await disk.makeDirectory(`${folder}/to`);
        await put('from/a', 'inside');
        await disk.rename(`${folder}/from`, `${folder}/to/moved`);
        expect(await textOf('to/moved/a')).toBe('inside');
        expect(await disk.list(folder)).toEqual([{ name: 'to', kind: 'directory' }]);
      });

      it('a missing source is DISK_NOT_FOUND; a full folder is not replaced', async () => {
        expect(await refusalOf(disk.rename(`${folder}/absent`, `${folder}/b`))).toBe('DISK_NOT_FOUND');
        await disk.makeDirectory(`${folder}/empty`);
        await disk.makeDirectory(`${folder}/full/inside`);
        expect(await refusalOf(disk.rename(`${folder}/empty`, `${folder}/full`))).toBe('DISK_IO');
      });

      it('onto itself changes nothing', async () => {
        await put('a', 'same');
        await disk.rename(`${folder}/a`, `${folder}/a`);
        expect(await textOf('a')).toBe('same');
      });
    });

    describe('remove', () => {
      it('a file, a folder with all in it, and nothing', async () => {
        await put('a', '');
        await disk.makeDirectory(`${folder}/x/y`);
        await put('x/y/b', '');
        await disk.remove(`${folder}/a`);
        await disk.remove(`${folder}/x`);
        await disk.remove(`${folder}/absent`);
        expect(await disk.list(folder)).toEqual([]);
      });

      it('an open file can be read to its close', async () => {
        await put('a', 'still here');
        const file = await open('a', 'read');
        await disk.remove(`${folder}/a`);
        expect(await file.size()).toBe(10);
        expect(await refusalOf(open('a', 'read'))).toBe('DISK_NOT_FOUND');
      });
    });

    describe('replaceFile', () => {
      it('old or new content, never a mixture; leftovers of a crash do not disturb', async () => {
        await put('state.tmp', 'left by a crash, and longer than the new content');
        await replaceFile(disk, `${folder}/state`, bytesOf('one'));
        await replaceFile(disk, `${folder}/state`, bytesOf('two'));
        expect(await textOf('state')).toBe('two');
        expect(await disk.list(folder)).toEqual([{ name: 'state', kind: 'file' }]);
      });
    });

    describe('lock', () => {
      it('one holder at a time; release lets the next one in and is harmless twice', async () => {
        const first = await disk.lock(`${folder}/lock`);
        expect(await refusalOf(disk.lock(`${folder}/lock`))).toBe('DISK_LOCKED');
        await first.release();
        const second = await disk.lock(`${folder}/lock`);
        await first.release();
        expect(await refusalOf(disk.lock(`${folder}/lock`))).toBe('DISK_LOCKED');
        await second.release();
      });

      it('a lock file that a dead process left is taken over', async () => {
        await put('lock', '');
        const lock = await disk.lock(`${folder}/lock`);
        await lock.release();
      });

      it('of many at once exactly one gets it', async () => {
        const tries = await Promise.allSettled(Array.from({ length: 8 }, () => disk.lock(`${folder}/lock`)));
        const locks = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
        expect(locks).toHaveLength(1);
        await locks[0]?.release();
      });

      it('in a missing folder is DISK_NOT_FOUND', async () => {
        expect(await refusalOf(disk.lock(`${folder}/absent/lock`))).toBe('DISK_NOT_FOUND');
      });
    });

    it('freeBytes: a whole number; a missing path is DISK_NOT_FOUND', async () => {
      const free = await disk.freeBytes(folder);
      expect(Number.isSafeInteger(free) && free > 0).toBe(true);
      expect(await refusalOf(disk.freeBytes(`${folder}/absent`))).toBe('DISK_NOT_FOUND');
    });

    it('errors name the operation and the path', async () => {
      await expect(disk.open(`${folder}/absent`, 'read')).rejects.toThrow(/open.*\/absent/);
      await expect(disk.rename(`${folder}/absent`, `${folder}/b`)).rejects.toThrow(/rename.*\/absent|\/absent.*rename/);
    });
  });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
