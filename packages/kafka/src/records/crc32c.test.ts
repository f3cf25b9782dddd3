import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, tableCrc32c } from './crc32c.ts';

describe('CRC-32C', () => {
  it('of the examples of RFC 3720, appendix B.4', () => {
    const rising = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(rising)).toBe(0x46dd794e);
    expect(crc32c(rising.toReversed())).toBe(0x113fdb5c);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('is the same by tables and by native code, wherever the bytes lie', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 1200 }), fc.nat(20), (bytes, start) => {
      const from = Math.min(start, bytes.length);
      expect(tableCrc32c(bytes, from, bytes.length)).toBe(crc32c(bytes, from));
      const padded = Buffer.concat([bytes, Buffer.alloc(400)]);
      expect(crc32c(padded, from)).toBe(tableCrc32c(padded, from, padded.length));
    });
    fc.assert(property, { numRuns: 100 });
  });
});
