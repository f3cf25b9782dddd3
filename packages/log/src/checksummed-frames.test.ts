import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksummedFramePayload, checksummedFrames, encodeChecksummedFrame } from './checksummed-frames.ts';
import { createFrameHeader } from './frame-format.ts';
import { framesIn } from './frames-in.ts';

const frames = fc.array(
  fc.record({
    firstOffset: fc.maxSafeNat().map((offset) => Math.floor(offset / 2)),
    count: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    timestampMs: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
    payload: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 6 },
);

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

describe('checksummed frames', () => {
  it('say what was put into them, and come back from any pieces', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(400)), (made, cuts) => {
        const bytes = joined(made.flatMap((frame) => encodeChecksummedFrame(frame).chunks));
        const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        const found = [...framesIn(checksummedFrames, pieces)];
        expect(found.map((frame) => ({ ...frame, bytes: [...checksummedFramePayload(frame.bytes)] }))).toEqual(
          made.map(({ firstOffset, count, timestampMs, payload }) => ({
            bytes: [...joined(payload)],
            firstOffset,
            nextOffset: firstOffset + count,
            maxTimestampMs: timestampMs,
          })),
        );
        for (const frame of found) expect(checksummedFrames.verify(frame.bytes, 0, frame.bytes.length)).toBe(true);
      }),
    );
  });

  it('are refused with any bit flipped', () => {
    const { chunks } = encodeChecksummedFrame({
      firstOffset: 77,
      payload: [new Uint8Array([1, 2, 3])],
      timestampMs: 5,
    });
    const bytes = joined(chunks);
    const header = createFrameHeader();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const accepted =
        checksummedFrames.readHeader(damaged, 0, header) &&
        header.sizeBytes === damaged.length &&
        checksummedFrames.verify(damaged, 0, damaged.length);
      expect(accepted).toBe(false);
    }
  });
});
