import type { LogObserver, LogResources } from '@streambus/log';
import {
  type AppendFrame,
  checksummedFrames,
  encodeChecksummedFrame,
  framesIn,
  type Log,
  type LogOptions,
  type LogRead,
  type OpenedLog,
  openLog,
} from '@streambus/log';
import { type Disk, DiskError, type DiskFile, type DiskOpenMode } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type ManualClock,
  type MemoryDisk,
  type MemoryDiskOptions,
} from '@streambus/runtime/testing';

/** A disk of memory, time by hand, and a folder for a log. */
export interface TestBench {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  open(options?: Partial<LogOptions>, more?: { observer?: LogObserver; resources?: LogResources }): Promise<OpenedLog>;
}

export const folder = '/data/log';

export function createBench(seed = 1, options: MemoryDiskOptions = {}): TestBench {
  const disk = createMemoryDisk({ random: createSeededRandom(seed), directories: ['/data'], ...options });
  const clock = createManualClock();
  return {
    disk,
    clock,
    open: (changed = {}, more = {}) =>
      clock.until(
        openLog({ folder, format: checksummedFrames, ...changed }, { disk: diskOfOneLife(disk), clock, ...more }),
      ),
  };
}

/** A frame of so many offsets, whose payload tells where it belongs. */
export function frame(firstOffset: number, payloadBytes = 20, count = 1, timestampMs = -1): AppendFrame {
  const payload = new Uint8Array(payloadBytes).map((_, index) => 1 + ((firstOffset * 31 + index * 7) % 251));
  return encodeChecksummedFrame({ firstOffset, count, timestampMs, payload: [payload] });
}

/** Appends frames of one offset each, and returns the log's end. */
export function appendFrames(log: Log, count: number, payloadBytes = 20): number {
  for (let index = 0; index < count; index++) log.append(frame(log.endOffset, payloadBytes));
  return log.endOffset;
}

export function bytesOf(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The first offsets of the frames that were read. */
export function offsetsIn(read: LogRead): number[] {
  return [...framesIn(checksummedFrames, read.chunks)].map(({ firstOffset }) => firstOffset);
}

/** Reads everything from an offset on. */
export async function readAll(log: Log, fromOffset: number = log.startOffset, maxBytes = 1000): Promise<LogRead> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  let firstOffset: number | undefined;
  let nextOffset = fromOffset;
  for (;;) {
    const read = await log.read({ fromOffset: nextOffset, maxBytes, verify: true });
    firstOffset ??= read.firstOffset;
    if (read.sizeBytes === 0) return { chunks, sizeBytes, firstOffset, nextOffset };
    chunks.push(...read.chunks);
    sizeBytes += read.sizeBytes;
    nextOffset = read.nextOffset;
  }
}

/**
 * The disk as one process sees it: dead after the next crash, even for files it has yet to open.
 *
 * A vectored write goes down as one piece, so that a torn crash leaves no hole inside it: the memory disk decides piece by piece, and
 * a bad frame with a valid one behind it is refused as damage under `acked` (see the README), which these tests do not vary.
 */
function diskOfOneLife(disk: MemoryDisk): Disk {
  const lives = livesOf(disk);
  const life = lives.count;
  const alive = (): void => {
    if (lives.count !== life) throw new DiskError('DISK_IO', 'this process died in a crash', { outcome: 'unknown' });
  };
  const wrapped = (file: DiskFile): DiskFile =>
    guarded(file, alive, {
      write: (chunks: readonly Uint8Array[], position: number) => file.write([bytesOf(chunks)], position),
    });
  return guarded(disk, alive, {
    open: async (path: string, mode: DiskOpenMode) => wrapped(await disk.open(path, mode)),
  });
}

const lives = new WeakMap<MemoryDisk, { count: number }>();

function livesOf(disk: MemoryDisk): { count: number } {
  const known = lives.get(disk);
  if (known !== undefined) return known;
  const counted = { count: 0 };
  lives.set(disk, counted);
  const { crash } = disk;
  disk.crash = (loss) => {
    counted.count++;
    crash.call(disk, loss);
  };
  return counted;
}

function guarded<T extends object>(target: T, alive: () => void, replaced: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get(_, name) {
      const value = replaced[name as keyof T] ?? target[name as keyof T];
      if (typeof value !== 'function') return value;
      return async (...parameters: unknown[]) => {
        if (name !== 'close') alive();
        return value.apply(target, parameters);
      };
    },
  });
}
