import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carriesMessage,
  frameHeaderBytes,
  frameKind,
  readCounter,
  readUint32,
  writeCounter,
  writeHeader,
  writeUint32,
} from './frame.ts';

describe('the numbers of a frame', () => {
  it('a header: kind, channel, and the length in three bytes, at any place', () => {
    const inputs = [fc.nat(255), fc.nat(255), fc.nat(2 ** 24 - 1), fc.nat(16)] as const;
    fc.assert(
      fc.property(...inputs, (kind, channel, length, at) => {
        const target = new Uint8Array(at + frameHeaderBytes + 3).fill(0xee);
        writeHeader(target, at, kind, channel, length);
        expect(
          [...target.subarray(0, at), ...target.subarray(at + frameHeaderBytes)].every((byte) => byte === 0xee),
        ).toBe(true);
        expect([target[at], target[at + 1], readUint32(target, at + 1) & 0xffffff]).toEqual([kind, channel, length]);
      }),
    );
  });

  it('an integer of four bytes comes back, most significant byte first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const bytes = new Uint8Array(4);
        writeUint32(bytes, 0, value);
        expect(readUint32(bytes, 0)).toBe(value);
        expect(new DataView(bytes.buffer).getUint32(0)).toBe(value);
      }),
    );
  });

  it('a counter of eight bytes comes back up to 2^53-1', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(8);
        writeCounter(bytes, 0, value);
        expect(readCounter(bytes, 0)).toBe(value);
        expect(new DataView(bytes.buffer).getBigUint64(0)).toBe(BigInt(value));
      }),
      { examples: [[0], [2 ** 32 - 1], [2 ** 32], [Number.MAX_SAFE_INTEGER]] },
    );
  });

  it('a counter that another writer made too large reads as no safe integer', () => {
    expect(Number.isSafeInteger(readCounter(new Uint8Array(8).fill(0xff), 0))).toBe(false);
  });

  it('only messages and their chunks are acknowledged', () => {
    const acknowledged = Object.entries(frameKind).filter(([, kind]) => carriesMessage(kind));
    expect(acknowledged.map(([name]) => name)).toEqual(['message', 'firstChunk', 'nextChunk']);
    expect([0, 8, 255].some(carriesMessage)).toBe(false);
  });
});
