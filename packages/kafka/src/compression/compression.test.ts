import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { KafkaError } from '../kafka-error.ts';
import { createCompression } from './compression.ts';
import { compressionTypes } from './compression-type.ts';
import { lz4DecompressedBytes } from './lz4-size.ts';

const compression = createCompression();
const real = compressionTypes.filter((type) => type !== 'none');
const zeros = new Uint8Array(300_000);

function refusal(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof KafkaError ? error.code : String(error);
  }
}

describe('compression', () => {
  it('is not loaded before it is asked for, and once only', async () => {
    const fresh = createCompression();
    expect(fresh.loaded('lz4')).toBeUndefined();
    const codec = await fresh.load('lz4');
    expect(fresh.loaded('lz4')).toBe(codec);
    expect(await fresh.load('lz4')).toBe(codec);
  });

  it.each(real)('%s gives back what it took', async (type) => {
    const codec = await compression.load(type);
    const property = fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(Buffer.compare(codec.decompress(codec.compress(bytes), 4000), bytes)).toBe(0);
    });
    fc.assert(property, { numRuns: 50 });
    expect(Buffer.compare(codec.decompress(codec.compress(zeros), zeros.length), zeros)).toBe(0);
  });

  it.each(real)('%s refuses to give more than it may, and gives exactly as much', async (type) => {
    const codec = await compression.load(type);
    const bomb = codec.compress(zeros);
    expect(refusal(() => codec.decompress(bomb, zeros.length - 1))).toBe('KAFKA_BATCH_TOO_LARGE');
    expect(codec.decompress(bomb, zeros.length).length).toBe(zeros.length);
  });

  it.each(real)('%s says so when bytes are not its own', async (type) => {
    const codec = await compression.load(type);
    const whole = codec.compress(Buffer.from('some text, some text, some text, some text'));
    const property = fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(whole.length - 1), (noise, length) => {
      expect(refusal(() => codec.decompress(noise, 1000))).toMatch(/^(KAFKA_|nothing)/);
      expect(refusal(() => codec.decompress(whole.subarray(0, length), 1000))).toMatch(/^(KAFKA_|nothing)/);
      expect(refusal(() => codec.decompress(Buffer.concat([whole.subarray(0, length), noise]), 1000))).toMatch(
        /^(KAFKA_|nothing)/,
      );
    });
    fc.assert(property, { numRuns: 60 });
    expect(refusal(() => codec.decompress(Buffer.from('this is no compressed text'), 1000))).toBe(
      'KAFKA_COMPRESSION_FAILED',
    );
  });

  it('snappy reads the framing of snappy-java as well as one bare block', async () => {
    const codec = await compression.load('snappy');
    const text = Buffer.from('a bare block');
    expect(codec.compress(text).subarray(0, 8)).toEqual(Buffer.from('\x82SNAPPY\0', 'latin1'));
    expect(Buffer.from(codec.decompress(compressSync(text), 1000)).toString()).toBe('a bare block');
  });

  it('zstd reads a frame that does not say its size', async () => {
    const codec = await compression.load('zstd');
    const text = Buffer.from('streamed '.repeat(1000));
    const streamed = zstdCompressSync(text, { params: { 200: 0 } });
    expect(Buffer.from(codec.decompress(streamed, text.length)).equals(text)).toBe(true);
  });

  it('lz4 is the frame format with independent blocks, and its size is known without decompressing', async () => {
    const codec = await compression.load('lz4');
    const property = fc.property(
      fc.uint8Array({ maxLength: 500 }),
      fc.integer({ min: 1, max: 400 }),
      (bytes, times) => {
        const text = Buffer.concat(Array.from({ length: times }, () => bytes));
        const frame = codec.compress(text);
        expect([...frame.subarray(0, 4)]).toEqual([0x04, 0x22, 0x4d, 0x18]);
        expect((frame[4] ?? 0) & 0x20).toBe(0x20);
        expect(lz4DecompressedBytes(frame, Number.MAX_SAFE_INTEGER)).toBe(text.length);
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});
