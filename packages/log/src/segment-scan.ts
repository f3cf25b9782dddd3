import type { DiskFile } from '@streambus/runtime';
import { createFrameHeader, readFrameHeader } from './frame-format.ts';
import { FrameWalker, nextFrame } from './frame-walker.ts';
import type { RecoveryReport } from './log.ts';
import { continues, type LogContext } from './log-context.ts';
import type { Segment } from './segment.ts';

const windowBytes = 256 * 1024;
const rewriteBytes = 1024 * 1024;
/** How far ahead of the expected offset a frame may begin and still be taken for one of this log. */
const maxOffsetsAhead = 2 ** 31;
/** Bytes of false frames that a search checks beyond what it searches through, so that it stays linear. */
const searchBudgetBytes = 64 * 1024 * 1024;

/** Why bytes are no frame of the log. */
export type BadBytes = Exclude<NonNullable<RecoveryReport['truncated']>['reason'], 'unordered'>;

/** What a scan came to. */
export interface ScanResult {
  /** The frames up to here are valid and continue the log. */
  readonly position: number;
  /** What begins there, when it is not the end of the file. */
  readonly bad: BadBytes | undefined;
}

/**
 * Reads the frames of a segment from `from` on, checks everything, and notes them in the segment: size, end, timestamps,
 * index.
 */
export async function scanSegment(
  context: LogContext,
  segment: Segment,
  file: DiskFile,
  from: number,
  fileBytes: number,
): Promise<ScanResult> {
  const { format } = context;
  const walker = new FrameWalker({ file, format, from, limit: fileBytes, windowBytes, whole: true });
  for (let found = await nextFrame(walker); found !== 'end'; found = await nextFrame(walker)) {
    const { header, position } = walker;
    const { firstOffset, nextOffset, sizeBytes, maxTimestampMs } = header;
    const follows = continues(context, firstOffset, segment.endOffset);
    if (found === 'bad' || !follows) {
      const torn = walker.headerValid && follows;
      const bad = torn ? 'torn' : (await isZeros(file, position, fileBytes)) ? 'zeros' : 'garbage';
      return { position, bad };
    }
    segment.index.note(firstOffset - segment.baseOffset, position, segment.maxTimestampMs);
    segment.sizeBytes = position + sizeBytes;
    segment.endOffset = nextOffset;
    segment.maxTimestampMs = Math.max(segment.maxTimestampMs, maxTimestampMs);
  }
  return { position: fileBytes, bad: undefined };
}

/**
 * Checks the frames of a segment up to `limit`, where one ends.
 *
 * @returns where the first bad one begins; undefined when all are right
 */
export async function findBadFrame(
  context: LogContext,
  { baseOffset }: Segment,
  file: DiskFile,
  limit: number,
): Promise<number | undefined> {
  const { format } = context;
  const walker = new FrameWalker({ file, format, from: 0, limit, windowBytes, whole: true });
  let endOffset = baseOffset;
  for (let found = await nextFrame(walker); found !== 'end'; found = await nextFrame(walker)) {
    const { firstOffset, nextOffset } = walker.header;
    if (found === 'bad' || !continues(context, firstOffset, endOffset)) return walker.position;
    endOffset = nextOffset;
  }
  return undefined;
}

/**
 * Looks for a frame of this log after a place where there is none: it tells damage from a torn tail.
 *
 * @returns where it begins; `too-costly` when so many bytes pretend to be frames that it cannot be told
 */
export async function findLaterFrame(
  context: LogContext,
  file: DiskFile,
  badPosition: number,
  fileBytes: number,
  expectedOffset: number,
): Promise<number | 'too-costly' | undefined> {
  const { format } = context;
  const header = createFrameHeader();
  const window = new Uint8Array(windowBytes + format.headerBytes);
  let budgetBytes = fileBytes - badPosition + searchBudgetBytes;
  for (let at = badPosition + 1; at < fileBytes; at += windowBytes) {
    const filled = await file.read(window, at);
    const end = Math.min(windowBytes, filled - format.headerBytes + 1);
    for (let index = 0; index < end; index++) {
      if (!readFrameHeader(format, window, index, header)) continue;
      const { sizeBytes, firstOffset } = header;
      const ahead = firstOffset - expectedOffset;
      const fits = sizeBytes <= fileBytes - at - index;
      if (!fits || ahead < 0 || ahead > maxOffsetsAhead) continue;
      budgetBytes -= sizeBytes;
      if (budgetBytes < 0) return 'too-costly';
      const frame = new Uint8Array(sizeBytes);
      await file.read(frame, at + index);
      if (format.verify(frame, 0, sizeBytes)) return at + index;
    }
  }
  return undefined;
}

/**
 * Writes what was read back to its place. After a failed sync of an earlier process, pages can read well and be on no disk,
 * and the next sync says nothing of them; written anew, they are synced for certain.
 */
export async function rewrite(file: DiskFile, from: number, to: number): Promise<void> {
  const buffer = new Uint8Array(Math.min(rewriteBytes, to - from));
  for (let at = from; at < to; at += buffer.length) {
    const part = buffer.subarray(0, to - at);
    await file.read(part, at);
    await file.write([part], at);
  }
}

async function isZeros(file: DiskFile, from: number, to: number): Promise<boolean> {
  const window = new Uint8Array(Math.min(windowBytes, to - from));
  for (let at = from; at < to; at += window.length) {
    const filled = await file.read(window.subarray(0, to - at), at);
    if (window.subarray(0, filled).some((byte) => byte !== 0)) return false;
  }
  return true;
}
