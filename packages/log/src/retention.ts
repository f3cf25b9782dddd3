import type { RetainOptions } from './log.ts';
import type { SegmentSummary } from './segment.ts';

/** Whether everything in a segment is older than is kept. */
export function isExpired(segment: SegmentSummary, { nowMs, retentionMs }: RetainOptions): boolean {
  if (retentionMs === undefined) return false;
  const latestMs = segment.maxTimestampMs >= 0 ? segment.maxTimestampMs : segment.lastAppendMs;
  return nowMs - latestMs > retentionMs;
}

/**
 * How many of the oldest segments may go.
 *
 * @param segments - those that may be removed at all, oldest first
 * @param sizeBytes - of the whole log
 */
export function countRemovable(
  segments: readonly SegmentSummary[],
  sizeBytes: number,
  startOffset: number,
  options: RetainOptions,
): number {
  const { retentionBytes = Number.POSITIVE_INFINITY } = options;
  let remainingBytes = sizeBytes;
  let count = 0;
  for (const segment of segments) {
    const tooMuch = remainingBytes - segment.sizeBytes >= retentionBytes;
    if (!tooMuch && !isExpired(segment, options) && segment.endOffset > startOffset) break;
    remainingBytes -= segment.sizeBytes;
    count++;
  }
  return count;
}
