import type { Disk, DiskFile, DiskLock } from '@streambus/runtime';
import {
  createMemoryDisk,
  type DiskLoss,
  type DiskOperation,
  type MemoryDisk,
  type SeededRandom,
} from '@streambus/runtime/testing';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';

/** How long a disk takes. */
export interface DiskTraits {
  readonly operationUs: number;
  readonly syncUs: number;
  /** Of a hundred syncs so many take ten to a hundred times as long. */
  readonly slowSyncPercent: number;
}

/**
 * A machine's disk. Each operation takes effect at a moment between call and answer, whatever becomes of the process that asked for it; the
 * answer is one more input of that process.
 */
export class SimulatedDisk {
  readonly memory: MemoryDisk;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #traits: DiskTraits;
  /** Operations that have not taken effect yet. */
  #pending = new Set<() => void>();
  #stalled = false;
  #settled = false;
  #heldBack: (() => void)[] = [];
  /** Operations take effect at once: the simulation's own look at the disk. */
  #instant = false;
  /** So many operations of a kind go well, then one fails. */
  #failing: { readonly kind: DiskOperation['kind']; left: number } | undefined;

  constructor(world: World, random: SeededRandom, traits: DiskTraits) {
    this.#world = world;
    this.#random = random;
    this.#traits = traits;
    this.memory = createMemoryDisk({ random: random.fork(), beforeOperation: (operation) => this.#take(operation) });
  }

  /** The disk as a process sees it. */
  portOf(process: SimulatedProcess): Disk {
    const answer = <T>(operation: Promise<T>): Promise<T> => this.#answer(process, operation);
    const { memory } = this;
    return {
      open: async (path, mode) => this.#fileOf(process, await answer(memory.open(path, mode))),
      list: (path) => answer(memory.list(path)),
      stat: (path) => answer(memory.stat(path)),
      makeDirectory: (path) => answer(memory.makeDirectory(path)),
      rename: (from, to) => answer(memory.rename(from, to)),
      remove: (path) => answer(memory.remove(path)),
      syncDirectory: (path) => answer(memory.syncDirectory(path)),
      lock: async (path): Promise<DiskLock> => {
        const lock = await answer(memory.lock(path));
        return { release: () => answer(lock.release()) };
      },
      freeBytes: (path) => answer(memory.freeBytes(path)),
    };
  }

  /** Nothing takes effect until {@link resume}. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const effect of heldBack) this.#world.after(0, () => this.#run(effect));
  }

  /** Makes an operation of this kind fail, after so many that go well, and leave open what it has done. */
  failAfter(kind: DiskOperation['kind'], count: number): void {
    this.#failing = { kind, left: count };
  }

  /** Nothing fails any more. */
  repair(): void {
    this.#failing = undefined;
  }

  /** From now on it takes what it usually takes. */
  settle(): void {
    this.#settled = true;
  }

  /** The process that used it dies: of what it had asked for, some still takes effect, unless the power is gone with it. */
  crash(loss: DiskLoss): void {
    const pending = this.#pending;
    this.#pending = new Set();
    this.#heldBack = [];
    this.#stalled = false;
    if (loss === 'none') for (const effect of pending) if (this.#random.below(2) === 0) effect();
    this.#world.after(0, () => {
      this.memory.crash(loss);
      return false;
    });
  }

  /** Looks at what is there, or changes it, outside of all time. */
  async instantly<T>(work: (disk: MemoryDisk) => Promise<T>): Promise<T> {
    this.#instant = true;
    try {
      return await work(this.memory);
    } finally {
      this.#instant = false;
    }
  }

  #take({ kind }: DiskOperation): Promise<void> | void {
    if (this.#instant) return;
    this.#countDown(kind);
    return new Promise((resolve) => {
      this.#pending.add(resolve);
      this.#world.after(this.#latencyUs(kind), () => {
        if (!this.#stalled) return this.#run(resolve);
        this.#heldBack.push(resolve);
        return false;
      });
    });
  }

  #countDown(kind: DiskOperation['kind']): void {
    const failing = this.#failing;
    if (failing?.kind !== kind) return;
    if (failing.left-- > 0) return;
    this.#failing = undefined;
    this.memory.failNext({ operation: kind, code: 'DISK_IO' });
  }

  /** @returns whether it had not been dropped by a crash */
  #run(effect: () => void): boolean {
    if (!this.#pending.delete(effect)) return false;
    effect();
    return true;
  }

  #latencyUs(kind: DiskOperation['kind']): number {
    const { operationUs, syncUs, slowSyncPercent } = this.#traits;
    const isSync = kind === 'sync' || kind === 'syncDirectory';
    const usualUs = isSync ? syncUs : operationUs;
    const slow =
      isSync && !this.#settled && this.#random.below(100) < slowSyncPercent ? 10 + this.#random.below(90) : 1;
    return (usualUs / 2 + this.#random.below(usualUs + 1)) * slow;
  }

  #answer<T>(process: SimulatedProcess, operation: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const wake = (callback: () => void): void => {
        process.wakeAfter(this.#random.below(50), 'input', callback);
      };
      operation.then(
        (value) => wake(() => resolve(value)),
        (error) => wake(() => reject(error)),
      );
    });
  }

  #fileOf(process: SimulatedProcess, file: DiskFile): DiskFile {
    const answer = <T>(operation: Promise<T>): Promise<T> => this.#answer(process, operation);
    return {
      path: file.path,
      read: (target, position) => answer(file.read(target, position)),
      write: (chunks, position) => answer(file.write(chunks, position)),
      sync: () => answer(file.sync()),
      truncate: (sizeBytes) => answer(file.truncate(sizeBytes)),
      size: () => answer(file.size()),
      close: () => file.close(),
    };
  }
}
