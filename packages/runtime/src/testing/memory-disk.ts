import { assert, assertSafeCount } from '../assert.ts';
import {
  type Disk,
  type DiskEntry,
  DiskError,
  type DiskErrorCode,
  type DiskFile,
  type DiskLock,
  type DiskOpenMode,
  parentDirectory,
} from '../disk.ts';
import type { Random } from '../random.ts';
import { createDiskFaults, type DiskFault } from './disk-faults.ts';
import { MemoryDirectory, type MemoryNode } from './memory-directory.ts';
import { MemoryFile } from './memory-file.ts';
import { createSeededRandom } from './seeded-random.ts';

/** What a disk can be asked. */
export const diskOperationKinds = [
  'open',
  'list',
  'stat',
  'makeDirectory',
  'rename',
  'remove',
  'syncDirectory',
  'lock',
  'freeBytes',
  'read',
  'write',
  'sync',
  'truncate',
  'size',
] as const;

/** One of {@link diskOperationKinds}. */
export type DiskOperationKind = (typeof diskOperationKinds)[number];

/** One call to a {@link MemoryDisk} or to a file of it. */
export interface DiskOperation {
  readonly kind: DiskOperationKind;
  /** As the caller wrote it; for a rename the old one. */
  readonly path: string;
  /** How many bytes are read or written; 0 elsewhere. */
  readonly lengthBytes: number;
}

/**
 * What a crash takes away.
 *
 * - `none`: the process dies and the machine lives (kill -9): what was written is there, synced or not.
 * - `unsynced`: the power fails: exactly what was synced is there, of contents and of names.
 * - `torn`: the power fails, and of what was not synced some is there: each write whole, in part, as zeros or not at all; of
 *   each folder's changes of names the first few.
 */
export type DiskLoss = 'none' | 'unsynced' | 'torn';

/** How to make a {@link MemoryDisk}. */
export interface MemoryDiskOptions {
  /** Decides what a torn crash and a failing write leave. Default: seed 0. */
  readonly random?: Random;
  /** How many bytes all files together may hold before `DISK_FULL`. Default 2^40. */
  readonly capacityBytes?: number;
  /** Folders that are there from the beginning and survive every crash. Default: only the root. */
  readonly directories?: readonly string[];
  /**
   * Called before each operation takes effect: a promise delays it, a rejection is its answer. Here a test gives a disk its
   * latency, by its clock, or crashes it between two operations.
   */
  readonly beforeOperation?: (operation: DiskOperation) => Promise<void> | void;
}

/**
 * A disk of memory that knows what a loss of power would leave: the content of a file up to its last sync, and a name as of the
 * last sync of its folder. A relative path is taken from the root.
 */
export interface MemoryDisk extends Disk {
  /** How often each operation was called. */
  readonly operationCounts: Readonly<Record<DiskOperationKind, number>>;
  /** Bytes held by all files. */
  readonly usedBytes: number;
  /**
   * The process dies, and with it the power unless `loss` is `none`. Open files and running operations reject with `DISK_IO`,
   * locks are free; what is left is there, durably, for whoever comes next. Default `unsynced`.
   */
  crash(loss?: DiskLoss): void;
  /** Makes a later operation fail. A write that fails leaves a part of its bytes; what a failed sync covered is never synced. */
  failNext(fault: DiskFault): void;
  /** Changes how many bytes fit. What is there already stays. */
  setCapacity(capacityBytes: number): void;
}

/** Makes a {@link MemoryDisk}. */
export function createMemoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  return new DiskOfMemory(options);
}

class DiskOfMemory implements MemoryDisk {
  readonly operationCounts = Object.fromEntries(diskOperationKinds.map((kind) => [kind, 0])) as Record<
    DiskOperationKind,
    number
  >;
  readonly random: Random;
  readonly #root = new MemoryDirectory();
  readonly #faults = createDiskFaults();
  readonly #lockedPaths = new Set<string>();
  readonly #beforeOperation: MemoryDiskOptions['beforeOperation'];
  #capacityBytes = 0;
  #usedBytes = 0;
  /** Counts crashes: what began in an earlier life ends in none. */
  #life = 0;

  constructor(options: MemoryDiskOptions) {
    this.random = options.random ?? createSeededRandom(0);
    this.#beforeOperation = options.beforeOperation;
    this.setCapacity(options.capacityBytes ?? 2 ** 40);
    for (const path of options.directories ?? []) this.#makeDirectory(path, true);
  }

  get life(): number {
    return this.#life;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  setCapacity(capacityBytes: number): void {
    assertSafeCount(capacityBytes, 'capacityBytes');
    this.#capacityBytes = capacityBytes;
  }

  failNext(fault: DiskFault): void {
    this.#faults.add(fault);
  }

  crash(loss: DiskLoss = 'unsynced'): void {
    this.#life++;
    this.#lockedPaths.clear();
    this.#root.crash(loss, this.random);
    this.#usedBytes = bytesUnder(this.#root);
  }

  open(path: string, mode: DiskOpenMode): Promise<DiskFile> {
    return this.perform('open', path, 0, () => {
      const file = this.#findOrCreate(path, mode);
      file.openCount++;
      return new FileOfMemory(this, file, path, mode);
    });
  }

  list(path: string): Promise<DiskEntry[]> {
    return this.perform('list', path, 0, () =>
      [...this.#directory('list', path).names]
        .map(([name, node]): DiskEntry => ({ name, kind: node.kind }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  stat(path: string): Promise<{ readonly kind: DiskEntry['kind']; readonly sizeBytes: number } | undefined> {
    return this.perform('stat', path, 0, () => {
      const node = this.#find(path);
      return node && { kind: node.kind, sizeBytes: node.kind === 'file' ? node.sizeBytes : 0 };
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.perform('makeDirectory', path, 0, () => this.#makeDirectory(path, false));
  }

  rename(from: string, to: string): Promise<void> {
    return this.perform('rename', from, 0, () => {
      const node = this.#find(from);
      if (node === undefined) throw refusal('DISK_NOT_FOUND', `rename ${from} to ${to}`, 'no such file or folder');
      const replaced = this.#find(to);
      if (replaced === node) return;
      this.#assertReplaceable(node, replaced, from, to);
      const source = this.#directory('rename', parentDirectory(normalize(from)));
      const target = this.#directory('rename', parentDirectory(normalize(to)));
      if (source === target) {
        source.change(new Map([...unnamed(from), ...named(to, node)]));
      } else {
        source.change(unnamed(from));
        target.change(named(to, node));
      }
      this.#unlink(replaced);
    });
  }

  remove(path: string): Promise<void> {
    return this.perform('remove', path, 0, () => {
      const node = this.#find(path);
      if (node === undefined) return;
      if (node === this.#root) throw refusal('DISK_DENIED', `remove ${path}`, 'the root stays');
      this.#directory('remove', parentDirectory(normalize(path))).change(unnamed(path));
      this.#unlink(node);
    });
  }

  async syncDirectory(path: string): Promise<void> {
    let mark = Number.POSITIVE_INFINITY;
    const directory = this.#find(path);
    if (directory?.kind === 'directory') mark = directory.mark();
    await this.perform('syncDirectory', path, 0, () => this.#directory('sync', path).sync(mark));
  }

  lock(path: string): Promise<DiskLock> {
    return this.perform('lock', path, 0, () => {
      const key = normalize(path);
      if (this.#lockedPaths.has(key)) {
        throw refusal('DISK_LOCKED', `lock ${path}`, 'the process of this memory disk holds it');
      }
      this.#findOrCreate(path, 'write');
      this.#lockedPaths.add(key);
      const life = this.#life;
      let released: Promise<void> | undefined;
      return {
        release: () => {
          released ??= this.#releaseLock(key, life);
          return released;
        },
      };
    });
  }

  freeBytes(path: string): Promise<number> {
    return this.perform('freeBytes', path, 0, () => {
      if (this.#find(path) === undefined) {
        throw refusal('DISK_NOT_FOUND', `read the free space of ${path}`, 'no such file or folder');
      }
      return this.#roomBytes();
    });
  }

  /**
   * Runs one operation: counted, delayed, failed on demand, and only if the process that called it still lives.
   *
   * @param onFault - what a failing operation leaves behind
   */
  async perform<T>(
    kind: DiskOperationKind,
    path: string,
    lengthBytes: number,
    act: () => T,
    onFault?: () => void,
  ): Promise<T> {
    const life = this.#life;
    this.operationCounts[kind]++;
    await this.#beforeOperation?.({ kind, path, lengthBytes });
    this.assertAlive(life, kind, path);
    const fault = this.#faults.take(kind, path);
    if (fault !== undefined) {
      onFault?.();
      throw fault;
    }
    return act();
  }

  assertAlive(life: number, kind: DiskOperationKind, path: string): void {
    if (life === this.#life) return;
    throw new DiskError('DISK_IO', `${kind} ${path}: the machine crashed meanwhile`, { outcome: 'unknown' });
  }

  /** Changes a file's length or content as far as there is room. */
  grow(file: MemoryFile, sizeAfter: number, act: () => void): void {
    const before = file.sizeBytes;
    if (sizeAfter - before > this.#roomBytes()) {
      throw new DiskError('DISK_FULL', `only ${this.#roomBytes()} of ${this.#capacityBytes} bytes are free`, {
        outcome: 'unknown',
        retriable: true,
      });
    }
    act();
    this.#usedBytes += file.sizeBytes - before;
  }

  /** How many bytes a file can reach before the disk is full. */
  sizeLimit(file: MemoryFile): number {
    return file.sizeBytes + this.#roomBytes();
  }

  closed(file: MemoryFile): void {
    file.openCount--;
    this.#forgetIfGone(file);
  }

  #roomBytes(): number {
    return Math.max(0, this.#capacityBytes - this.#usedBytes);
  }

  async #releaseLock(key: string, life: number): Promise<void> {
    if (life !== this.#life) return;
    await this.remove(key);
    this.#lockedPaths.delete(key);
  }

  #find(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const part of partsOf(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.names.get(part);
    }
    return node;
  }

  #directory(operation: string, path: string): MemoryDirectory {
    const node = this.#find(path);
    if (node?.kind !== 'directory') throw refusal('DISK_NOT_FOUND', `${operation} ${path}`, 'no such folder');
    return node;
  }

  #findOrCreate(path: string, mode: DiskOpenMode): MemoryFile {
    const node = this.#find(path);
    if (node !== undefined && mode === 'create') throw refusal('DISK_EXISTS', `open ${path}`, 'it is there already');
    if (node?.kind === 'directory') throw refusal('DISK_IO', `open ${path}`, 'it is a folder');
    if (node !== undefined) return node;
    if (mode === 'read') throw refusal('DISK_NOT_FOUND', `open ${path}`, 'no such file');
    const file = new MemoryFile();
    this.#directory('open', parentDirectory(normalize(path))).change(named(path, file));
    return file;
  }

  #makeDirectory(path: string, durable: boolean): void {
    let directory = this.#root;
    for (const part of partsOf(path)) {
      let next = directory.names.get(part);
      if (next === undefined) {
        next = new MemoryDirectory();
        directory.change(new Map([[part, next]]));
        if (durable) directory.sync(directory.mark());
      }
      if (next.kind === 'file') throw refusal('DISK_EXISTS', `make the folder ${path}`, `${part} is a file`);
      directory = next;
    }
  }

  #assertReplaceable(node: MemoryNode, replaced: MemoryNode | undefined, from: string, to: string): void {
    const what = `rename ${from} to ${to}`;
    if (`${normalize(to)}/`.startsWith(`${normalize(from)}/`)) {
      throw refusal('DISK_IO', what, 'a folder cannot be moved into itself');
    }
    if (replaced === undefined) return;
    if (replaced.kind === 'directory' && node.kind === 'file') throw refusal('DISK_IO', what, 'the target is a folder');
    if (replaced.kind === 'file' && node.kind === 'directory') {
      throw refusal('DISK_NOT_FOUND', what, 'the target is a file, the source a folder');
    }
    if (replaced.kind === 'directory' && replaced.names.size > 0) {
      throw refusal('DISK_IO', what, 'the target folder is not empty');
    }
  }

  #unlink(node: MemoryNode | undefined): void {
    if (node?.kind === 'directory') {
      for (const child of node.names.values()) this.#unlink(child);
    } else if (node?.kind === 'file') {
      node.linked = false;
      this.#forgetIfGone(node);
    }
  }

  /** A file without a name keeps its bytes as long as a handle is open. */
  #forgetIfGone(file: MemoryFile): void {
    if (!file.linked && file.openCount === 0) this.#usedBytes -= file.sizeBytes;
  }
}

class FileOfMemory implements DiskFile {
  readonly path: string;
  readonly #disk: DiskOfMemory;
  readonly #file: MemoryFile;
  readonly #life: number;
  readonly #mode: DiskOpenMode;
  #closed = false;

  constructor(disk: DiskOfMemory, file: MemoryFile, path: string, mode: DiskOpenMode) {
    this.#disk = disk;
    this.#file = file;
    this.#life = disk.life;
    this.#mode = mode;
    this.path = path;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#perform('read', target.length, () => this.#file.read(target, position));
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    assertSafeCount(position, 'position');
    const lengthBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const { from, to } = await this.#perform(
      'write',
      lengthBytes,
      () => {
        this.#assertWritable('write');
        const from = this.#file.mark();
        const fitting = Math.min(lengthBytes, this.#disk.sizeLimit(this.#file) - position);
        this.#put(chunks, position, fitting);
        if (fitting < lengthBytes) this.#disk.grow(this.#file, position + lengthBytes, () => {});
        return { from, to: this.#file.mark() };
      },
      () => this.#put(chunks, position, this.#disk.random.below(lengthBytes + 1)),
    );
    // An operation of its own also where a system has one call for both: it may fail, or the power before it.
    if (this.#mode === 'durable') await this.#sync(to, from);
  }

  sync(): Promise<void> {
    return this.#sync(this.#file.mark(), 0);
  }

  #sync(mark: number, fromMark: number): Promise<void> {
    return this.#perform(
      'sync',
      0,
      () => this.#file.sync(mark, fromMark),
      () => this.#file.failSync(mark, fromMark),
    );
  }

  truncate(sizeBytes: number): Promise<void> {
    assertSafeCount(sizeBytes, 'sizeBytes');
    return this.#perform('truncate', 0, () => {
      this.#assertWritable('truncate');
      this.#disk.grow(this.#file, sizeBytes, () => this.#file.truncate(sizeBytes));
    });
  }

  size(): Promise<number> {
    return this.#perform('size', 0, () => this.#file.sizeBytes);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#life === this.#disk.life) this.#disk.closed(this.#file);
  }

  async #perform<T>(kind: DiskOperationKind, lengthBytes: number, act: () => T, onFault?: () => void): Promise<T> {
    if (this.#closed) throw refusal('DISK_CLOSED', `${kind} ${this.path}`, 'the file is closed');
    this.#disk.assertAlive(this.#life, kind, this.path);
    return this.#disk.perform(kind, this.path, lengthBytes, act, onFault);
  }

  #put(chunks: readonly Uint8Array[], position: number, lengthBytes: number): void {
    const fitting = headOf(chunks, lengthBytes);
    if (lengthBytes === 0) return;
    const sizeBytes = Math.max(this.#file.sizeBytes, position + lengthBytes);
    this.#disk.grow(this.#file, sizeBytes, () => this.#file.write(fitting, position));
  }

  #assertWritable(operation: string): void {
    if (this.#mode === 'read') throw refusal('DISK_DENIED', `${operation} ${this.path}`, 'it was opened for reading');
  }
}

/** The first so many bytes. */
function headOf(chunks: readonly Uint8Array[], lengthBytes: number): Uint8Array[] {
  let left = lengthBytes;
  return chunks.map((chunk) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    return part;
  });
}

function refusal(code: DiskErrorCode, what: string, why: string): DiskError {
  return new DiskError(code, `${what}: ${why}`);
}

function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  assert(!parts.includes('..'), () => `path is ${path}; a memory disk knows no ".."`);
  return parts;
}

function normalize(path: string): string {
  return `/${partsOf(path).join('/')}`;
}

function baseName(path: string): string {
  return partsOf(path).at(-1) ?? '';
}

function named(path: string, node: MemoryNode): ReadonlyMap<string, MemoryNode> {
  return new Map([[baseName(path), node]]);
}

function unnamed(path: string): ReadonlyMap<string, undefined> {
  return new Map([[baseName(path), undefined]]);
}

function bytesUnder(directory: MemoryDirectory): number {
  let sum = 0;
  for (const node of directory.names.values()) sum += node.kind === 'file' ? node.sizeBytes : bytesUnder(node);
  return sum;
}
