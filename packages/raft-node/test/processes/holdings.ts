import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a process holds on to at one moment. */
export interface Holdings {
  /** Entries that its state machine has applied by then. */
  readonly entries: number;
  /** The objects that are reachable. */
  readonly heapBytes: number;
  /** What lies outside of the heap for them: buffers. */
  readonly arrayBufferBytes: number;
  /** All memory of the process, with what was given back to the allocator and not to the system. */
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly diskBytes: number;
}

/** Measures after a full collection, for which the process takes `--expose-gc`. */
export async function measureHoldings(entries: number, folder: string): Promise<Holdings> {
  if (globalThis.gc === undefined) throw new Error('this process was started without --expose-gc');
  const diskBytes = await bytesIn(folder);
  const descriptors = (await readdir('/proc/self/fd')).length;
  // What the first one finds unreachable may have kept buffers that the second one frees.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { entries, heapBytes: heapUsed, arrayBufferBytes: arrayBuffers, rssBytes: rss, descriptors, diskBytes };
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (found) => (found.isFile() ? found.size : 0),
        // It was removed meanwhile.
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
