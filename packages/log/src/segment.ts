import type { FileLease } from './file-pool.ts';
import type { SegmentIndex } from './segment-index.ts';

/** What is known of a segment without opening it. It is what the checkpoint keeps. */
export interface SegmentSummary {
  /** The offset its name says: no frame of it begins below. */
  readonly baseOffset: number;
  /** Where its last frame ends. */
  readonly sizeBytes: number;
  /** The offset after its last frame. */
  readonly endOffset: number;
  /** The latest timestamp in it; -1 when it has none. */
  readonly maxTimestampMs: number;
  /** Wall time of the first append and the last. */
  readonly createdMs: number;
  readonly lastAppendMs: number;
}

const nameDigits = 20;

/** The name of a segment's file, as Kafka writes it. */
export function segmentFileName(baseOffset: number): string {
  return `${String(baseOffset).padStart(nameDigits, '0')}.log`;
}

/** The base offset that a file's name says; undefined when it is no segment. */
export function parseSegmentFileName(name: string): number | undefined {
  const digits = /^(\d{20})\.log$/.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const baseOffset = Number(digits);
  return Number.isSafeInteger(baseOffset) ? baseOffset : undefined;
}

/** One file of frames with its indexes, and what is known of it. */
export class Segment implements SegmentSummary {
  readonly baseOffset: number;
  readonly path: string;
  readonly index: SegmentIndex;
  sizeBytes: number;
  endOffset: number;
  maxTimestampMs: number;
  createdMs: number;
  lastAppendMs: number;
  /** Takes no more frames. */
  sealed = false;
  /** No longer part of the log: its files are being removed. */
  removed = false;
  /** Keeps the file open from the first write to the sync that covers it. */
  unsyncedLease: FileLease | undefined;
  #readers = 0;
  #whenUnread: (() => void)[] = [];

  constructor(path: string, summary: SegmentSummary, index: SegmentIndex) {
    this.path = path;
    this.index = index;
    this.baseOffset = summary.baseOffset;
    this.sizeBytes = summary.sizeBytes;
    this.endOffset = summary.endOffset;
    this.maxTimestampMs = summary.maxTimestampMs;
    this.createdMs = summary.createdMs;
    this.lastAppendMs = summary.lastAppendMs;
  }

  summary(): SegmentSummary {
    const { baseOffset, sizeBytes, endOffset, maxTimestampMs, createdMs, lastAppendMs } = this;
    return { baseOffset, sizeBytes, endOffset, maxTimestampMs, createdMs, lastAppendMs };
  }

  enter(): void {
    this.#readers++;
  }

  leave(): void {
    this.#readers--;
    if (this.#readers > 0) return;
    for (const wake of this.#whenUnread.splice(0)) wake();
  }

  /** Resolves when everybody who reads it now has left. */
  async unread(): Promise<void> {
    if (this.#readers === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenUnread.push(resolve);
    await promise;
  }
}
