import type { DiskFile } from '@streambus/runtime';
import { createFrameHeader, type FrameFormat, type FrameHeader, readFrameHeader } from './frame-format.ts';

/** How a walk over the frames of a file goes. */
export interface FrameWalk {
  readonly file: DiskFile;
  readonly format: FrameFormat;
  /** Where the first frame begins. */
  readonly from: number;
  /** Where the last frame ends, at most. */
  readonly limit: number;
  /** Bytes per read. */
  readonly windowBytes: number;
  /** Whether frames are wanted whole, with their checksums right; else only headers are looked at. */
  readonly whole: boolean;
}

/**
 * What {@link FrameWalker.step} found: a frame (now the current one), the limit, bytes that are no frame, or that the next
 * bytes must be read by {@link FrameWalker.fill} first.
 */
export type FrameStep = 'frame' | 'end' | 'bad' | 'fill';

/** Walks the frames of a file through a window that is read again and again. */
export class FrameWalker {
  /** The current frame, after `frame`. After `bad`, what its header says if {@link headerValid}. */
  readonly header: FrameHeader = createFrameHeader();
  /** Where the current frame begins; after `bad`, where the bad bytes begin. */
  position: number;
  /** Whether the bytes at {@link position} began like a frame. */
  headerValid = false;
  readonly #walk: FrameWalk;
  #next: number;
  #window: Uint8Array;
  #windowAt: number;
  #windowEnd: number;
  #neededBytes = 0;

  constructor(walk: FrameWalk) {
    this.#walk = walk;
    this.position = walk.from;
    this.#next = walk.from;
    this.#window = new Uint8Array(0);
    this.#windowAt = walk.from;
    this.#windowEnd = walk.from;
  }

  /** The current frame's bytes, until the next step; only of a walk over whole frames. */
  get bytes(): Uint8Array {
    const start = this.position - this.#windowAt;
    return this.#window.subarray(start, start + this.header.sizeBytes);
  }

  /** Goes to the next frame as far as the window reaches. */
  step(): FrameStep {
    const { format, limit, whole } = this.#walk;
    const position = this.#next;
    this.position = position;
    this.headerValid = false;
    if (position === limit) return 'end';
    if (limit - position < format.headerBytes) return 'bad';
    if (!this.#holds(position, format.headerBytes)) return this.#ask(format.headerBytes);
    if (!readFrameHeader(format, this.#window, position - this.#windowAt, this.header)) return 'bad';
    const { sizeBytes } = this.header;
    this.headerValid = true;
    if (sizeBytes > limit - position) return 'bad';
    if (whole) {
      if (!this.#holds(position, sizeBytes)) return this.#ask(sizeBytes);
      if (!format.verify(this.#window, position - this.#windowAt, sizeBytes)) return 'bad';
    }
    this.#next = position + sizeBytes;
    return 'frame';
  }

  /** Reads the window from where the walk stands. */
  async fill(): Promise<void> {
    const { file, limit, windowBytes } = this.#walk;
    const length = Math.min(limit - this.#next, Math.max(windowBytes, this.#neededBytes));
    if (this.#window.length < length) this.#window = new Uint8Array(length);
    const read = await file.read(this.#window.subarray(0, length), this.#next);
    this.#windowAt = this.#next;
    // The file is shorter than it was said to be: what is missing reads as zeros, which are no frame.
    if (read < length) this.#window.fill(0, read, length);
    this.#windowEnd = this.#next + length;
  }

  #holds(position: number, count: number): boolean {
    return position >= this.#windowAt && position + count <= this.#windowEnd;
  }

  #ask(count: number): FrameStep {
    this.#neededBytes = count;
    return 'fill';
  }
}

/** Goes to the next frame, reading as needed. */
export async function nextFrame(walker: FrameWalker): Promise<'frame' | 'end' | 'bad'> {
  for (;;) {
    const step = walker.step();
    if (step !== 'fill') return step;
    await walker.fill();
  }
}
