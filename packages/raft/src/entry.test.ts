import { describe, expect, it } from 'vitest';
import { EntryType, entryBytes } from './entry.ts';
import { logIndex, term } from './identifiers.ts';

describe('the size of an entry', () => {
  it('is the length of its wire form, wherever a varint grows by a byte', () => {
    const slowVarintBytes = (value: number): number => (value < 128 ? 1 : 1 + slowVarintBytes(Math.floor(value / 128)));
    for (let bits = 7; bits <= 49; bits += 7) {
      for (const index of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
        const entry = { index: logIndex(index), term: term(1), type: EntryType.normal, data: new Uint8Array(300) };
        expect(entryBytes(entry)).toBe(2 + 2 + 1 + slowVarintBytes(index) + 1 + 2 + 300);
      }
    }
  });
});
