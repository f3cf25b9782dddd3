import { describe, expect, it } from 'vitest';
import { joinAdjacent } from './adjacent-chunks.ts';

describe('chunks that lie one behind the other', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, index) => index);

  it('become one view of the same memory', () => {
    const [only, ...others] = joinAdjacent([bytes.subarray(2, 5), bytes.subarray(5, 6), bytes.subarray(6, 12)]);
    expect(only).toEqual(bytes.subarray(2, 12));
    expect(only?.buffer).toBe(bytes.buffer);
    expect(others).toEqual([]);
  });

  it('stay apart from those with a gap between, and from those of other memory', () => {
    const other = Uint8Array.from(bytes.subarray(5, 8));
    const chunks = [bytes.subarray(0, 2), bytes.subarray(2, 4), bytes.subarray(5, 8), other, bytes.subarray(8, 9)];
    expect(joinAdjacent(chunks)).toEqual([bytes.subarray(0, 4), bytes.subarray(5, 8), other, bytes.subarray(8, 9)]);
  });

  it('may be one or none', () => {
    expect(joinAdjacent([])).toEqual([]);
    expect(joinAdjacent([bytes])).toEqual([bytes]);
  });
});
