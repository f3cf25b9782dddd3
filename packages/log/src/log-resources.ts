import { assert, type Disk } from '@streambus/runtime';
import { FilePool } from './file-pool.ts';
import { MemoryBudget } from './memory-budget.ts';

/** What a set of shared resources is made with. */
export interface LogResourcesOptions {
  /** Files kept open over all logs; beyond it the least recently used idle one is closed. Default 256. */
  readonly maxOpenFiles?: number;
  /** Memory for written frames at the tails of all logs, in bytes; beyond it the least recently written log's go. Default 64 MiB. */
  readonly maxTailCacheBytes?: number;
  /** Memory for loaded indexes of all logs, in bytes; beyond it the least recently used go. Default 16 MiB. */
  readonly maxIndexCacheBytes?: number;
}

/** Open files and memory that many logs share, so that thousands of them stay within one bound. */
export interface LogResources {
  /** Files open now. */
  readonly openFiles: number;
  /** Bytes in tail caches now. */
  readonly tailCacheBytes: number;
  /** Bytes in loaded indexes now. */
  readonly indexCacheBytes: number;
}

const mebibyte = 1024 * 1024;

/** Makes a set of resources to be given to many logs on the same disk. It holds nothing itself once they are closed. */
export function createLogResources(
  dependencies: { readonly disk: Disk },
  options: LogResourcesOptions = {},
): LogResources {
  return new SharedResources(dependencies.disk, options);
}

/** What is behind {@link LogResources}. */
export class SharedResources implements LogResources {
  readonly files: FilePool;
  readonly tails: MemoryBudget;
  readonly indexes: MemoryBudget;

  constructor(disk: Disk, options: LogResourcesOptions) {
    const { maxOpenFiles = 256, maxTailCacheBytes = 64 * mebibyte, maxIndexCacheBytes = 16 * mebibyte } = options;
    for (const [name, value] of Object.entries({ maxOpenFiles, maxTailCacheBytes, maxIndexCacheBytes })) {
      assert(Number.isSafeInteger(value) && value >= 0, () => `${name} is ${value}; it must be an integer from 0`);
    }
    this.files = new FilePool(disk, maxOpenFiles);
    this.tails = new MemoryBudget(maxTailCacheBytes);
    this.indexes = new MemoryBudget(maxIndexCacheBytes);
  }

  get openFiles(): number {
    return this.files.openFiles;
  }

  get tailCacheBytes(): number {
    return this.tails.usedBytes;
  }

  get indexCacheBytes(): number {
    return this.indexes.usedBytes;
  }
}
