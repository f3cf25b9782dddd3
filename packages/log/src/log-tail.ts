import { assert } from '@streambus/runtime';
import { joinAdjacent } from './adjacent-chunks.ts';
import type { AppendFrame, LogRead } from './log.ts';
import type { MemoryBudget, MemoryHolder } from './memory-budget.ts';

/** A frame in memory. */
export interface TailFrame {
  chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly maxTimestampMs: number;
}

/** A view that keeps more than this many times its own size alive is replaced by a copy. */
const maxPinnedRatio = 2;
const compactAfterEvicted = 1024;
/** Frames up to this size are gathered into slabs: then many leave in one piece, and none pins what it came in. */
const maxGatheredBytes = 4 * 1024;
const maxSlabBytes = 64 * 1024;

/**
 * The end of the log, in memory: the frames that wait to be written, and as many written ones before them as the bounds
 * allow, for readers at the tail.
 *
 * Invariants:
 * 1. The frames are in order; from {@link coveredFrom} on there is no frame of the log that is not here.
 * 2. A frame that waits is never evicted.
 */
export class LogTail implements MemoryHolder {
  readonly #budget: MemoryBudget;
  #frames: TailFrame[] = [];
  /** Frames before this index were evicted. */
  #head = 0;
  /** Frames from this index on wait to be written. */
  #waiting = 0;
  #waitingBytes = 0;
  /** So many of the waiting ones are being written now. */
  #inFlight = 0;
  #writtenBytes = 0;
  #coveredFrom: number;
  #maxWrittenBytes: number;
  /** Where the next small frame goes. */
  #slab = new Uint8Array(0);
  #slabUsedBytes = 0;

  constructor(budget: MemoryBudget, maxWrittenBytes: number, endOffset: number) {
    this.#budget = budget;
    this.#maxWrittenBytes = maxWrittenBytes;
    this.#coveredFrom = endOffset;
  }

  /** The first offset that is certain to be found here. */
  get coveredFrom(): number {
    return this.#coveredFrom;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get waitingFrames(): number {
    return this.#frames.length - this.#waiting;
  }

  /** The frame that waits at this place in the queue. */
  waitingFrame(index: number): TailFrame {
    const frame = this.#frames[this.#waiting + index];
    assert(frame !== undefined, () => `frame ${index} of ${this.waitingFrames} waiting ones`);
    return frame;
  }

  push(frame: AppendFrame, sizeBytes: number): void {
    const { firstOffset, nextOffset, maxTimestampMs } = frame;
    const chunks = sizeBytes <= maxGatheredBytes ? [this.#gather(frame.chunks, sizeBytes)] : frame.chunks;
    this.#frames.push({ chunks, sizeBytes, firstOffset, nextOffset, maxTimestampMs });
    this.#waitingBytes += sizeBytes;
  }

  /** The first `count` waiting frames are being written: {@link dropWaiting} leaves them until the write ends. */
  beginWrite(count: number): void {
    this.#inFlight = count;
  }

  /** The write that was begun came to nothing. */
  abortWrite(): void {
    this.#inFlight = 0;
  }

  /** The write that was begun is done. */
  markWritten(): void {
    const count = this.#inFlight;
    this.#inFlight = 0;
    let bytes = 0;
    for (let end = this.#waiting + count; this.#waiting < end; this.#waiting++) {
      bytes += (this.#frames[this.#waiting] as TailFrame).sizeBytes;
    }
    this.#waitingBytes -= bytes;
    this.#writtenBytes += bytes;
    this.#budget.charge(this, bytes);
    if (this.#writtenBytes > this.#maxWrittenBytes) this.shrink(this.#writtenBytes - this.#maxWrittenBytes);
    // Only now: what was evicted at once is not worth a copy.
    for (let index = Math.max(this.#head, this.#waiting - count); index < this.#waiting; index++) {
      const frame = this.#frames[index] as TailFrame;
      if (frame.sizeBytes > maxGatheredBytes) frame.chunks = unpinned(frame.chunks);
    }
  }

  /**
   * The waiting frames will not be written, but for those that are being written now.
   *
   * @returns the end of the last one kept; undefined when none waits any more
   */
  dropWaiting(): number | undefined {
    for (const frame of this.#frames.splice(this.#waiting + this.#inFlight)) this.#waitingBytes -= frame.sizeBytes;
    return this.#inFlight > 0 ? this.#frames.at(-1)?.nextOffset : undefined;
  }

  /** Forgets all written frames; the log now ends at `endOffset` and nothing waits. */
  restart(endOffset: number): void {
    assert(this.waitingFrames === 0, 'the tail restarts while frames wait');
    this.shrink(this.#writtenBytes);
    this.#frames = [];
    this.#head = 0;
    this.#waiting = 0;
    this.#coveredFrom = endOffset;
  }

  resize(maxWrittenBytes: number): void {
    this.#maxWrittenBytes = maxWrittenBytes;
    if (this.#writtenBytes > maxWrittenBytes) this.shrink(this.#writtenBytes - maxWrittenBytes);
  }

  shrink(bytes: number): void {
    let freed = 0;
    while (freed < bytes && this.#head < this.#waiting) {
      const frame = this.#frames[this.#head] as TailFrame;
      freed += frame.sizeBytes;
      this.#coveredFrom = frame.nextOffset;
      frame.chunks = [];
      this.#head++;
    }
    this.#writtenBytes -= freed;
    if (freed > 0) this.#budget.charge(this, -freed);
    this.#compact();
  }

  /**
   * Collects the frames from the one that holds `fromOffset`, or follows it.
   *
   * @returns undefined when an earlier frame, no longer here, may hold it
   */
  read(fromOffset: number, endOffset: number, maxBytes: number, minOneFrame: boolean): LogRead | undefined {
    if (fromOffset < this.#coveredFrom) return undefined;
    const chunks: Uint8Array[] = [];
    let sizeBytes = 0;
    let firstOffset = fromOffset;
    let nextOffset = fromOffset;
    for (let index = this.#indexOf(fromOffset); index < this.#frames.length; index++) {
      const frame = this.#frames[index] as TailFrame;
      if (frame.nextOffset > endOffset) break;
      const fits = sizeBytes + frame.sizeBytes <= maxBytes || (minOneFrame && sizeBytes === 0);
      if (!fits) break;
      if (sizeBytes === 0) firstOffset = frame.firstOffset;
      for (const chunk of frame.chunks) chunks.push(chunk);
      sizeBytes += frame.sizeBytes;
      nextOffset = frame.nextOffset;
    }
    return { chunks: joinAdjacent(chunks), sizeBytes, firstOffset, nextOffset };
  }

  /** Slabs grow with use, so that a log that is hardly written to holds little. */
  #gather(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
    if (this.#slabUsedBytes + sizeBytes > this.#slab.length) {
      const grown = Math.min(maxSlabBytes, Math.max(2 * this.#slab.length, 4 * sizeBytes));
      this.#slab = new Uint8Array(grown);
      this.#slabUsedBytes = 0;
    }
    const start = this.#slabUsedBytes;
    for (const chunk of chunks) {
      this.#slab.set(chunk, this.#slabUsedBytes);
      this.#slabUsedBytes += chunk.length;
    }
    return this.#slab.subarray(start, this.#slabUsedBytes);
  }

  /** The first frame that ends after `offset`. */
  #indexOf(offset: number): number {
    let low = this.#head;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#frames[middle] as TailFrame).nextOffset > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #compact(): void {
    if (this.#head < this.#frames.length && this.#head < compactAfterEvicted) return;
    this.#frames.splice(0, this.#head);
    this.#waiting -= this.#head;
    this.#head = 0;
    if (this.#frames.length > 0) return;
    // Who is not in use holds nothing, and there may be thousands.
    this.#slab = new Uint8Array(0);
    this.#slabUsedBytes = 0;
  }
}

/** A small view of a large receive buffer would keep all of it alive, outside of any bound. */
function unpinned(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const pins = (chunk: Uint8Array): boolean => chunk.buffer.byteLength > chunk.length * maxPinnedRatio;
  return chunks.some(pins) ? chunks.map((chunk) => (pins(chunk) ? new Uint8Array(chunk) : chunk)) : chunks;
}
