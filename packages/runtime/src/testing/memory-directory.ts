import type { Random } from '../random.ts';
import type { DiskLoss } from './memory-disk.ts';
import type { MemoryFile } from './memory-file.ts';

/** What a name stands for. */
export type MemoryNode = MemoryFile | MemoryDirectory;

/** Names set (to a node) or removed (undefined) together: a rename within one folder is one change. */
export type NameChange = ReadonlyMap<string, MemoryNode | undefined>;

/** A folder of the memory disk: its names, and which of them would survive. */
export class MemoryDirectory {
  readonly kind = 'directory';
  #names = new Map<string, MemoryNode>();
  #durableNames = new Map<string, MemoryNode>();
  /** Changes since the last sync, oldest first. */
  #pending: NameChange[] = [];
  #syncedChanges = 0;

  get names(): ReadonlyMap<string, MemoryNode> {
    return this.#names;
  }

  change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#pending.push(change);
  }

  /** Stands for all changes so far, to be given to {@link sync} later. */
  mark(): number {
    return this.#syncedChanges + this.#pending.length;
  }

  /** What was changed before the mark survives from now on. */
  sync(mark: number): void {
    const synced = this.#pending.splice(0, Math.max(0, mark - this.#syncedChanges));
    for (const change of synced) applyChange(this.#durableNames, change);
    this.#syncedChanges += synced.length;
  }

  /** The power fails: here, and in everything that is still named. */
  crash(loss: DiskLoss, random: Random): void {
    // File systems journal the changes of names in order, so what survives beyond the synced ones is the first few.
    const surviving = { none: this.#pending.length, unsynced: 0, torn: random.below(this.#pending.length + 1) }[loss];
    this.sync(this.#syncedChanges + surviving);
    this.#pending = [];
    this.#names = new Map(this.#durableNames);
    for (const name of [...this.#names.keys()].sort()) this.#names.get(name)?.crash(loss, random);
  }
}

function applyChange(names: Map<string, MemoryNode>, change: NameChange): void {
  for (const [name, node] of change) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}
