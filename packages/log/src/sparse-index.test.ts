import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIndexFiles, encodeIndexBlocks } from './index-file.ts';
import { SparseIndex } from './sparse-index.ts';

const steps = fc.array(
  fc.record({ offsets: fc.integer({ min: 1, max: 9 }), bytes: fc.integer({ min: 1, max: 99 }), ms: fc.nat(50) }),
  { maxLength: 60 },
);

function build(rows: readonly { offsets: number; bytes: number; ms: number }[]): SparseIndex {
  const index = new SparseIndex();
  let [offset, position, timestampMs] = [0, 0, -1];
  for (const { offsets, bytes, ms } of rows) {
    index.add(offset, position, timestampMs);
    offset += offsets;
    position += bytes;
    timestampMs += ms;
  }
  return index;
}

function entriesOf(index: SparseIndex): [number, number, number][] {
  return Array.from({ length: index.length }, (_, entry) => [
    index.relativeOffset(entry),
    index.position(entry),
    index.timestampBefore(entry),
  ]);
}

describe('a sparse index', () => {
  it('finds what a walk from the end finds', () => {
    fc.assert(
      fc.property(steps, fc.nat(300), fc.nat(1500), (rows, offset, timestampMs) => {
        const index = build(rows);
        const entries = entriesOf(index);
        expect(index.lastAtOrBefore(offset)).toBe(entries.findLastIndex(([relative]) => relative <= offset));
        expect(index.lastBeforeTimestamp(timestampMs)).toBe(
          entries.findLastIndex(([, , before]) => before < timestampMs),
        );
      }),
    );
  });

  it('comes back from its files, whatever the blocks', () => {
    fc.assert(
      fc.property(steps, fc.nat(60), (rows, at) => {
        const index = build(rows);
        const cut = Math.min(at, index.length);
        const blocks = [index.slice(0, cut), index.slice(cut)].map(encodeIndexBlocks);
        const offsets = Uint8Array.from(blocks.flatMap((block) => [...block.offsets]));
        const times = Uint8Array.from(blocks.flatMap((block) => [...block.times]));
        const decoded = decodeIndexFiles({ offsets, times });
        expect(decoded && entriesOf(decoded)).toEqual(entriesOf(index));
      }),
    );
  });

  it('is refused when its files do not belong together', () => {
    const one = encodeIndexBlocks(
      build([
        { offsets: 1, bytes: 1, ms: 1 },
        { offsets: 1, bytes: 1, ms: 1 },
      ]),
    );
    const other = encodeIndexBlocks(
      build([
        { offsets: 2, bytes: 1, ms: 1 },
        { offsets: 1, bytes: 1, ms: 1 },
      ]),
    );
    expect(decodeIndexFiles({ offsets: one.offsets, times: other.times })).toBeUndefined();
    expect(decodeIndexFiles({ offsets: one.offsets, times: new Uint8Array(0) })).toBeUndefined();
  });

  it('refuses entries out of order', () => {
    const index = build([{ offsets: 5, bytes: 5, ms: 5 }]);
    expect(() => index.add(0, 10, 10)).toThrow('out of order');
  });
});
