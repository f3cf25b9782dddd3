import * as fs from 'node:fs';
import { type Disk, type DiskEntry, DiskError, type DiskFile, type DiskOpenMode } from '../disk.ts';
import { toError } from '../errors.ts';
import { lockNodeFile } from './node-disk-lock.ts';
import { diskErrorCode } from './node-errors.ts';
import { noteBuffers } from './young-buffers.ts';

/** More than this in one call and the system refuses (IOV_MAX). */
const maxChunksPerWrite = 1024;

/**
 * On Linux a write to a file that was opened so is a write and an fdatasync of what it wrote in one call (open(2)). Elsewhere the flag says less
 * than a sync does: macOS does not have the device empty its cache for it, Windows leaves that to the driver.
 */
const syncingWrite = process.platform === 'linux' ? fs.constants.O_DSYNC : undefined;

const writing = fs.constants.O_RDWR | fs.constants.O_CREAT;

const openFlags: Readonly<Record<DiskOpenMode, number>> = {
  read: fs.constants.O_RDONLY,
  write: writing,
  create: writing | fs.constants.O_EXCL,
  durable: writing | (syncingWrite ?? 0),
};

/** The machine's files. */
export function createNodeDisk(): Disk {
  return {
    async open(path, mode) {
      const descriptor = await call<number>('open', path, (done) => fs.open(path, openFlags[mode], 0o644, done));
      return new NodeDiskFile(path, descriptor, mode === 'durable' && syncingWrite === undefined);
    },
    async list(path) {
      const entries = await call<fs.Dirent[]>('list', path, (done) => fs.readdir(path, { withFileTypes: true }, done));
      return entries
        .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async stat(path) {
      const stats = await call<fs.Stats | undefined>('stat', path, (done) =>
        fs.stat(path, (error, found) => (diskErrorCode(error) === 'DISK_NOT_FOUND' ? done(null) : done(error, found))),
      );
      return stats && { kind: kindOf(stats), sizeBytes: stats.size };
    },
    async makeDirectory(path) {
      await call('make the folder', path, (done) => fs.mkdir(path, { recursive: true }, (error) => done(error)));
    },
    async rename(from, to) {
      await call(`rename to ${to}`, from, (done) => fs.rename(from, to, done));
    },
    async remove(path) {
      await call('remove', path, (done) => fs.rm(path, { recursive: true, force: true }, done));
    },
    syncDirectory,
    lock: lockNodeFile,
    async freeBytes(path) {
      const stats = await call<fs.StatsFs>('read the free space of', path, (done) => fs.statfs(path, done));
      return stats.bavail * stats.bsize;
    },
  };
}

async function syncDirectory(path: string): Promise<void> {
  const descriptor = await call<number>('open the folder', path, (done) => fs.open(path, fs.constants.O_RDONLY, done));
  try {
    await call('sync the folder', path, (done) => fs.fsync(descriptor, done));
  } finally {
    await call('close the folder', path, (done) => fs.close(descriptor, done));
  }
}

class NodeDiskFile implements DiskFile {
  readonly path: string;
  readonly #syncsWrites: boolean;
  #descriptor: number | undefined;

  /** @param syncsWrites - each write has to be followed by a sync */
  constructor(path: string, descriptor: number, syncsWrites: boolean) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#syncsWrites = syncsWrites;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    noteBuffers(target.length);
    let filled = 0;
    while (filled < target.length) {
      const length = await this.#call<number>('read', (descriptor, done) =>
        fs.read(descriptor, target, filled, target.length - filled, position + filled, done),
      );
      if (length === 0) break;
      filled += length;
    }
    return filled;
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let next = 0;
    let offset = position;
    let rest: Uint8Array[] = [];
    while (next < chunks.length || rest.length > 0) {
      if (rest.length === 0) {
        rest = chunks.slice(next, next + maxChunksPerWrite);
        next += rest.length;
      }
      const batch = rest;
      const at = offset;
      const written = await this.#call<number>('write', (descriptor, done) =>
        fs.writev(descriptor, batch, at, (error, length) => done(error, length)),
      );
      offset += written;
      rest = unwritten(batch, written);
    }
    if (this.#syncsWrites) await this.sync();
  }

  async sync(): Promise<void> {
    await this.#call('sync', (descriptor, done) => fs.fdatasync(descriptor, done));
  }

  async truncate(sizeBytes: number): Promise<void> {
    await this.#call('truncate', (descriptor, done) => fs.ftruncate(descriptor, sizeBytes, done));
  }

  async size(): Promise<number> {
    const stats = await this.#call<fs.Stats>('stat', (descriptor, done) => fs.fstat(descriptor, done));
    return stats.size;
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    await call('close', this.path, (done) => fs.close(descriptor, done));
  }

  #call<T>(operation: string, run: (descriptor: number, done: Done<T>) => void): Promise<T> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) {
      return Promise.reject(new DiskError('DISK_CLOSED', `${operation} ${this.path}: the file is closed`));
    }
    return call<T>(operation, this.path, (done) => run(descriptor, done));
  }
}

type Done<T> = (error: Error | null, value?: T) => void;

function call<T = void>(operation: string, path: string, run: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown): void => {
      const cause = toError(thrown);
      const code = diskErrorCode(cause);
      const retriable = code === 'DISK_FULL' || code === 'DISK_TOO_MANY_FILES';
      reject(new DiskError(code, `${operation} ${path}: ${cause.message}`, { cause, retriable, outcome: 'unknown' }));
    };
    try {
      run((error, value) => (error ? fail(error) : resolve(value as T)));
    } catch (thrown) {
      fail(thrown);
    }
  });
}

/** What a short write left over. */
function unwritten(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let skipped = 0;
  for (let index = 0; index < chunks.length; index++) {
    const chunk = chunks[index] as Uint8Array;
    if (skipped + chunk.length > written) {
      return [chunk.subarray(written - skipped), ...chunks.slice(index + 1)];
    }
    skipped += chunk.length;
  }
  return [];
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): DiskEntry['kind'] {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'directory' : 'other';
}
