import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VarintReader, varintBytes, writeVarint } from './varint.ts';

describe('varints', () => {
  it('round trip any row of safe integers, in the bytes that were computed', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (values) => {
        const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintBytes(value), 0));
        let position = 0;
        for (const value of values) position = writeVarint(bytes, position, value);
        expect(position).toBe(bytes.length);
        const reader = new VarintReader(bytes);
        expect(values.map(() => reader.varint())).toEqual(values);
        expect([reader.atEnd, reader.broken]).toEqual([true, false]);
      }),
    );
  });

  it('are as protobuf has them', () => {
    const bytes = new Uint8Array(2);
    writeVarint(bytes, 0, 300);
    expect([...bytes]).toEqual([0xac, 0x02]);
  });

  it('are broken when the bytes end, and stay broken', () => {
    const reader = new VarintReader(Uint8Array.of(0x80));
    expect([reader.varint(), reader.broken]).toEqual([0, true]);
  });

  it('are broken above 2^53-1', () => {
    const reader = new VarintReader(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 31));
    expect([reader.varint(), reader.broken]).toEqual([0, true]);
  });

  it('are broken when more bytes are taken than are left', () => {
    const reader = new VarintReader(Uint8Array.of(1, 2));
    reader.take(3);
    expect(reader.broken).toBe(true);
  });
});
