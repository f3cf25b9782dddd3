import { describe, expect, it } from 'vitest';
import { allocate } from './slab.ts';

describe('the slab', () => {
  it('gives zeroed bytes of the wanted length that overlap with none given before', () => {
    const lengths = [0, 1, 159, 4096, 4097, 100_000, ...Array.from({ length: 500 }, (_, index) => index * 7)];
    const given = lengths.map((length, index) => {
      const bytes = allocate(length);
      expect(bytes.length).toBe(length);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      return bytes.fill(1 + (index % 255));
    });
    for (const [index, bytes] of given.entries()) expect(bytes.every((byte) => byte === 1 + (index % 255))).toBe(true);
  });

  it('shares memory among small ones only', () => {
    expect(allocate(100).buffer).toBe(allocate(100).buffer);
    expect(allocate(5000).buffer.byteLength).toBe(5000);
  });
});
