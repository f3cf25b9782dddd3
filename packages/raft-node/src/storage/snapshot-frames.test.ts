import { createConfState, logIndex, nodeId, term } from '@streambus/raft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined } from '../bytes/joined.ts';
import { SnapshotFrameChecker, snapshotFrames } from './snapshot-frames.ts';

const metadata = { index: logIndex(5), term: term(2), confState: createConfState([nodeId(1)]) };

/** The bytes of a snapshot, and where its frames end. */
function snapshotOf(pieces: readonly Uint8Array[]): { bytes: Uint8Array; ends: readonly number[] } {
  const frames = [...snapshotFrames(metadata, { sessions: Uint8Array.of(1), state: pieces })].map(joined);
  let end = 0;
  const ends = frames.map((frame) => {
    end += frame.length;
    return end;
  });
  return { bytes: joined(frames), ends };
}

const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 5 });

describe('the frames of a snapshot', () => {
  it('are found to be right in pieces of any size', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(400)), (state, cuts) => {
        const { bytes, ends } = snapshotOf(state);
        const edges = [...cuts.map((cut) => cut % bytes.length).sort((one, other) => one - other), bytes.length];
        const checker = new SnapshotFrameChecker();
        let from = 0;
        for (const edge of edges) {
          expect(checker.complete).toBe(false);
          expect(checker.add(bytes.subarray(from, edge))).toBe(true);
          expect(checker.bytes).toBe(edge);
          expect(checker.wholeBytes).toBe(Math.max(0, ...ends.filter((end) => end <= edge)));
          from = edge;
        }
        const identity = { metadata, sizeBytes: bytes.length, checksum: checker.checksum };
        expect([checker.complete, checker.isWhole(identity)]).toEqual([true, true]);
        expect(checker.isWhole({ ...identity, checksum: identity.checksum ^ 1 })).toBe(false);
        expect(checker.isWhole({ ...identity, metadata: { ...metadata, index: logIndex(6) } })).toBe(false);
        expect(checker.metadata).toEqual(metadata);
        expect(checker.add(Uint8Array.of(0))).toBe(false);
      }),
    );
  });

  it('can be gone on with from the last whole one', () => {
    fc.assert(
      fc.property(pieces, fc.nat(), (state, seed) => {
        const { bytes } = snapshotOf(state);
        const [whole, checker] = [new SnapshotFrameChecker(), new SnapshotFrameChecker()];
        whole.add(bytes);
        checker.add(bytes.subarray(0, seed % bytes.length));
        checker.rewind();
        expect(checker.bytes).toBe(checker.wholeBytes);
        expect(checker.add(bytes.subarray(checker.bytes))).toBe(true);
        expect([checker.complete, checker.checksum]).toEqual([true, whole.checksum]);
      }),
    );
  });

  it('with any bit flipped are not right, and nothing after that is', () => {
    const { bytes } = snapshotOf([Uint8Array.of(1, 2, 3)]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const checker = new SnapshotFrameChecker();
      expect(checker.add(flipped) && checker.complete).toBe(false);
    }
  });
});
