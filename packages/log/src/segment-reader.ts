import { createFrameHeader, type FrameFormat, type FrameHeader, readFrameHeader } from './frame-format.ts';
import { FrameWalker, nextFrame } from './frame-walker.ts';
import type { LogRead, TimestampedFrame } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { Segment } from './segment.ts';
import { damagedAt, type IndexLookup } from './segment-index.ts';

const searchWindowBytes = 16 * 1024;

/** A read of one segment, with every default filled in. */
export interface SegmentReadRequest {
  readonly fromOffset: number;
  readonly endOffset: number;
  readonly maxBytes: number;
  readonly minOneFrame: boolean;
  readonly verify: boolean;
}

/** An index entry does not hold. */
class WrongIndexError extends Error {}

/**
 * Reads whole frames of one segment: one read of the disk, or two where the first frame is larger than was asked for.
 *
 * @throws LogError `LOG_DAMAGED`; DiskError
 */
export function readSegment(context: LogContext, segment: Segment, request: SegmentReadRequest): Promise<LogRead> {
  return withIndex(segment, async () => {
    const lookup = await segment.index.lookupOffset(segment, request.fromOffset);
    return readFrames(context, segment, lookup, request);
  });
}

/** The first frame of the segment that ends after `fromOffset` and whose latest timestamp is at or after this one. */
export function findTimestamp(
  context: LogContext,
  segment: Segment,
  timestampMs: number,
  fromOffset: number,
): Promise<TimestampedFrame | undefined> {
  return withIndex(segment, async () => {
    const byTime = await segment.index.lookupTimestamp(segment, timestampMs);
    const byOffset = await segment.index.lookupOffset(segment, fromOffset);
    const lookup = byTime.position > byOffset.position ? byTime : byOffset;
    const fits = (header: FrameHeader): boolean =>
      header.maxTimestampMs >= timestampMs && header.nextOffset > fromOffset;
    const found = await walkTo(context, segment, lookup, fits);
    if (found === undefined) return undefined;
    const { firstOffset, nextOffset, maxTimestampMs } = found.header;
    return { firstOffset, nextOffset, maxTimestampMs };
  });
}

/** The latest timestamp in the frames that end after `fromOffset`; -1 when none has one. */
export function latestTimestampFrom(context: LogContext, segment: Segment, fromOffset: number): Promise<number> {
  return withIndex(segment, async () => {
    const lookup = await segment.index.lookupOffset(segment, fromOffset);
    let latestMs = -1;
    await walkTo(context, segment, lookup, (header) => {
      if (header.nextOffset > fromOffset) latestMs = Math.max(latestMs, header.maxTimestampMs);
      return false;
    });
    return latestMs;
  });
}

/** Where to cut a segment so that no frame reaches past an offset. */
export interface SegmentCut {
  /** The first frame that goes begins here. */
  readonly position: number;
  /** Where the frames that stay end. */
  readonly endOffset: number;
  /** The latest timestamp in them. */
  readonly maxTimestampMs: number;
}

/** Finds where to cut. */
export function findCut(context: LogContext, segment: Segment, offset: number): Promise<SegmentCut> {
  return withIndex(segment, async () => {
    const lookup = await segment.index.lookupOffset(segment, offset);
    let endOffset = lookup.firstOffset;
    let maxTimestampMs = lookup.timestampBefore;
    const found = await walkTo(context, segment, lookup, (header) => {
      if (header.nextOffset > offset) return true;
      endOffset = header.nextOffset;
      maxTimestampMs = Math.max(maxTimestampMs, header.maxTimestampMs);
      return false;
    });
    return { position: found?.position ?? segment.sizeBytes, endOffset, maxTimestampMs };
  });
}

/** An index that pointed to no frame is built anew, once; what is wrong after that is the log. */
async function withIndex<T>(segment: Segment, look: () => Promise<T>): Promise<T> {
  segment.enter();
  try {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof WrongIndexError)) throw error;
    }
    await segment.index.rebuild(segment);
    return await look();
  } finally {
    segment.leave();
  }
}

async function walkTo(
  context: LogContext,
  segment: Segment,
  lookup: IndexLookup,
  wanted: (header: FrameHeader) => boolean,
): Promise<{ readonly position: number; readonly header: FrameHeader } | undefined> {
  const lease = await context.resources.files.acquire(segment.path, 'read');
  try {
    const walker = new FrameWalker({
      file: lease.file,
      format: context.format,
      from: lookup.position,
      limit: segment.sizeBytes,
      windowBytes: searchWindowBytes,
      whole: false,
    });
    for (let found = await nextFrame(walker); found !== 'end'; found = await nextFrame(walker)) {
      const { position, header } = walker;
      requireFrame(segment, lookup, position, found === 'frame' ? header : undefined);
      if (wanted(header)) return { position, header };
    }
    return undefined;
  } finally {
    lease.release();
  }
}

async function readFrames(
  context: LogContext,
  segment: Segment,
  lookup: IndexLookup,
  request: SegmentReadRequest,
): Promise<LogRead> {
  const limit = segment.sizeBytes;
  const searchBytes = (lookup.nextPosition ?? limit) - lookup.position;
  const usualBytes = Math.max(searchBytes, context.format.headerBytes) + request.maxBytes;
  const lease = await context.resources.files.acquire(segment.path, 'read');
  try {
    let { position, firstOffset: nextOffset } = lookup;
    let neededBytes = 0;
    while (position < limit) {
      if (neededBytes > limit - position)
        throw damagedAt(segment.path, position, 'its frame is longer than the segment');
      const region = uncleared(Math.min(limit - position, Math.max(usualBytes, neededBytes)));
      if ((await lease.file.read(region, position)) < region.length) {
        throw damagedAt(segment.path, await lease.file.size(), `the file ends there, and must have ${limit} bytes`);
      }
      const found = new Region(context, segment, lookup, region, { position, nextOffset }).collect(request);
      if ('chunks' in found) return found;
      ({ position, nextOffset, neededBytes } = found);
    }
    return nothing(request);
  } finally {
    lease.release();
  }
}

/** Memory that is not cleared before: every byte of it is read into, or the read is an error. */
function uncleared(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}

/** A place between two frames of a segment. */
interface WalkPlace {
  readonly position: number;
  /** The offset of the frame that begins there. */
  readonly nextOffset: number;
}

/** Where to read on, and how much at least, because the wanted frame is not whole in a region. */
interface ReadOn extends WalkPlace {
  readonly neededBytes: number;
}

/** Bytes of a segment that begin with a frame. */
class Region {
  readonly #format: FrameFormat;
  readonly #dense: boolean;
  readonly #segment: Segment;
  readonly #lookup: IndexLookup;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  #nextOffset: number;
  readonly #header = createFrameHeader();

  constructor(context: LogContext, segment: Segment, lookup: IndexLookup, bytes: Uint8Array, from: WalkPlace) {
    this.#format = context.format;
    this.#dense = context.offsets === 'dense';
    this.#segment = segment;
    this.#lookup = lookup;
    this.#bytes = bytes;
    this.#at = from.position;
    this.#nextOffset = from.nextOffset;
  }

  /** Skips to the wanted frame and takes it and those after it, as the request allows. */
  collect(request: SegmentReadRequest): LogRead | ReadOn {
    const header = this.#header;
    let start = 0;
    for (; this.#readHeader(start); start += header.sizeBytes) {
      if (this.#dense && header.firstOffset !== this.#nextOffset) throw this.#unfollowed(start);
      if (header.nextOffset > request.fromOffset) break;
      if (this.#at + start + header.sizeBytes > this.#segment.sizeBytes) throw this.#tooLong(start);
      this.#nextOffset = header.nextOffset;
    }
    const readOn = (neededBytes: number): ReadOn => {
      return { position: this.#at + start, nextOffset: this.#nextOffset, neededBytes };
    };
    if (start + this.#format.headerBytes > this.#bytes.length) return readOn(this.#format.headerBytes);
    const { firstOffset, sizeBytes } = header;
    const isBeyond = header.nextOffset > request.endOffset;
    if (isBeyond && !request.verify) return nothing(request);
    if (sizeBytes > request.maxBytes && !request.minOneFrame) return nothing(request);
    if (start + sizeBytes > this.#bytes.length) return readOn(sizeBytes);
    if (request.verify && !this.#format.verify(this.#bytes, start, sizeBytes)) {
      throw damagedAt(this.#segment.path, this.#at + start, 'the checksum of its frame is wrong');
    }
    if (isBeyond) return nothing(request);
    return this.#take(request, start, firstOffset);
  }

  #take(request: SegmentReadRequest, start: number, firstOffset: number): LogRead {
    const header = this.#header;
    const last = Math.min(this.#bytes.length, start + Math.max(request.maxBytes, header.sizeBytes));
    let end = start;
    let nextOffset = request.fromOffset;
    while (end + header.sizeBytes <= last && header.nextOffset <= request.endOffset) {
      if (end > start && !this.#isRight(request, end, nextOffset)) break;
      end += header.sizeBytes;
      nextOffset = header.nextOffset;
      if (end + this.#format.headerBytes > this.#bytes.length) break;
      if (!readFrameHeader(this.#format, this.#bytes, end, header)) break;
    }
    return { chunks: [this.#bytes.subarray(start, end)], sizeBytes: end - start, firstOffset, nextOffset };
  }

  /** Whether a frame may go with those before it. If not, they are given without it, and who reads on from there is told why. */
  #isRight({ verify }: SegmentReadRequest, position: number, nextOffset: number): boolean {
    if (this.#dense && this.#header.firstOffset !== nextOffset) return false;
    return !verify || this.#format.verify(this.#bytes, position, this.#header.sizeBytes);
  }

  #tooLong(position: number): Error {
    return damagedAt(this.#segment.path, this.#at + position, 'its frame is longer than the segment');
  }

  #unfollowed(position: number): Error {
    const why = `its frame is at offset ${this.#header.firstOffset}, and must be at ${this.#nextOffset}`;
    return damagedAt(this.#segment.path, this.#at + position, why);
  }

  /** @returns false when no whole header is left */
  #readHeader(position: number): boolean {
    if (position + this.#format.headerBytes > this.#bytes.length) return false;
    const valid = readFrameHeader(this.#format, this.#bytes, position, this.#header);
    requireFrame(this.#segment, this.#lookup, this.#at + position, valid ? this.#header : undefined);
    return true;
  }
}

function nothing(request: SegmentReadRequest): LogRead {
  return { chunks: [], sizeBytes: 0, firstOffset: request.fromOffset, nextOffset: request.fromOffset };
}

/** Holds what is found at a position against what must be there. */
function requireFrame(segment: Segment, lookup: IndexLookup, position: number, header: FrameHeader | undefined): void {
  const indexed = position === lookup.position && position > 0;
  if (indexed && header?.firstOffset !== lookup.firstOffset) throw new WrongIndexError();
  if (header === undefined) throw damagedAt(segment.path, position);
}
