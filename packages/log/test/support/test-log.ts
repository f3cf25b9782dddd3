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
import type { Disk, DiskFile } from '@streambus/runtime';
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
  /** The same disk, on which a vectored write is torn as one write: as the machine tears it. */
  readonly wholeWrites: Disk;
  readonly clock: ManualClock;
  open(options?: Partial<LogOptions>, more?: { observer?: LogObserver; resources?: LogResources }): Promise<OpenedLog>;
}

export const folder = '/data/log';

export function createBench(seed = 1, options: MemoryDiskOptions = {}): TestBench {
  const disk = createMemoryDisk({ random: createSeededRandom(seed), directories: ['/data'], ...options });
  const clock = createManualClock();
  const wholeWrites = joinWrites(disk);
  return {
    disk,
    wholeWrites,
    clock,
    open: (changed = {}, more = {}) =>
      clock.until(openLog({ folder, format: checksummedFrames, ...changed }, { disk: wholeWrites, clock, ...more })),
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
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
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

function joinWrites(disk: Disk): Disk {
  const join = (file: DiskFile): DiskFile =>
    new Proxy(file, {
      get(target, name: keyof DiskFile) {
        if (name === 'write') return (chunks: Uint8Array[], at: number) => target.write([bytesOf(chunks)], at);
        const value = target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new Proxy(disk, {
    get(target, name: keyof Disk) {
      if (name === 'open') return async (path: string, mode: 'read') => join(await target.open(path, mode));
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
