import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KafkaError } from '../kafka-error.ts';
import { createFrameCutter } from './frame-cutter.ts';

function framed(...contents: Uint8Array[]): Buffer {
  return Buffer.concat(
    contents.flatMap((content) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(content.length);
      return [length, content];
    }),
  );
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof KafkaError ? error.code : String(error);
  }
}

describe('frame cutter', () => {
  it('gives the same frames however the bytes are cut into chunks', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }),
      (contents, sizes) => {
        const bytes = framed(...contents);
        const cutter = createFrameCutter();
        const frames: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          frames.push(...cutter.push(Uint8Array.from(bytes.subarray(at, at + size))));
          at += size;
        }
        expect(frames.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
          contents.map((content) => Buffer.from(content).toString('hex')),
        );
        expect(cutter.pendingBytes).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('gives a view of the chunk for a frame that lies within it', () => {
    const chunk = framed(Buffer.from('one'), Buffer.from('two'));
    const frames = createFrameCutter().push(chunk);
    expect(frames.map((frame) => frame.buffer === chunk.buffer)).toEqual([true, true]);
    chunk[4] = 'O'.charCodeAt(0);
    expect(Buffer.from(frames[0] ?? []).toString()).toBe('One');
  });

  it('gives a buffer of exactly its size for a frame that spans chunks', () => {
    const content = Buffer.alloc(100_000, 7);
    const bytes = framed(content);
    const cutter = createFrameCutter();
    expect(cutter.push(bytes.subarray(0, 60_000))).toEqual([]);
    const [frame] = cutter.push(bytes.subarray(60_000));
    expect(frame?.buffer.byteLength).toBe(content.length);
    expect(content.equals(frame ?? new Uint8Array())).toBe(true);
  });

  it('keeps every byte of a large frame that comes in small chunks', () => {
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 31) & 255));
    const bytes = framed(content);
    const cutter = createFrameCutter();
    const frames: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 1500) frames.push(...cutter.push(bytes.subarray(at, at + 1500)));
    expect(frames).toHaveLength(1);
    expect(content.equals(frames[0] ?? new Uint8Array())).toBe(true);
  });

  it('takes an empty frame', () => {
    expect(createFrameCutter().push(new Uint8Array(4))).toEqual([new Uint8Array()]);
  });

  it('refuses a length over the limit from its four bytes alone, and stays closed', () => {
    const cutter = createFrameCutter({ maxFrameBytes: 10 });
    expect(codeOf(() => cutter.push(Uint8Array.of(0, 0, 0, 11)))).toBe('KAFKA_FRAME_TOO_LARGE');
    expect(codeOf(() => cutter.push(framed(Buffer.from('fine'))))).toBe('KAFKA_FRAME_TOO_LARGE');
    expect(cutter.pendingBytes).toBe(0);
  });

  it('refuses a negative length', () => {
    expect(codeOf(() => createFrameCutter().push(Uint8Array.of(255, 255, 255, 255)))).toBe('KAFKA_MALFORMED');
  });

  it('holds memory in proportion to what was received, not to what was announced', () => {
    const cutter = createFrameCutter();
    const length = Buffer.alloc(4);
    length.writeInt32BE(100 * 1024 * 1024);
    cutter.push(length);
    cutter.push(new Uint8Array(10));
    expect(cutter.pendingBytes).toBeLessThanOrEqual(4096);
    let received = 10;
    for (; received < 5_000_000; received += 65_536) {
      cutter.push(new Uint8Array(65_536));
      expect(cutter.pendingBytes).toBeLessThanOrEqual(4 * (received + 65_536));
    }
  });
});
