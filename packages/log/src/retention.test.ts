import { describe, expect, it } from 'vitest';
import { countRemovable } from './retention.ts';
import type { SegmentSummary } from './segment.ts';

const segments: SegmentSummary[] = [1000, 2000, -1, 4000].map((maxTimestampMs, index) => ({
  baseOffset: index * 10,
  endOffset: index * 10 + 10,
  sizeBytes: 100,
  maxTimestampMs,
  createdMs: 0,
  lastAppendMs: 3000,
}));

describe('what retention removes', () => {
  it('nothing without a limit', () => expect(countRemovable(segments, 500, 0, { nowMs: 1e9 })).toBe(0));
  it('what is not needed to keep the size', () => {
    expect(countRemovable(segments, 500, 0, { nowMs: 0, retentionBytes: 301 })).toBe(1);
    expect(countRemovable(segments, 500, 0, { nowMs: 0, retentionBytes: 300 })).toBe(2);
  });
  it('what is older than the time, by the last append where frames have no timestamp', () => {
    expect(countRemovable(segments, 500, 0, { nowMs: 3500, retentionMs: 1000 })).toBe(2);
    expect(countRemovable(segments, 500, 0, { nowMs: 4500, retentionMs: 1000 })).toBe(3);
  });
  it('only from the front: an old segment behind a young one stays', () => {
    expect(countRemovable(segments.slice().reverse(), 500, 0, { nowMs: 3500, retentionMs: 1000 })).toBe(0);
  });
  it('what lies wholly below the start', () => expect(countRemovable(segments, 500, 25, { nowMs: 0 })).toBe(2));
});
