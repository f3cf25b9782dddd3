import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from './lines.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const size of sizes) {
    yield bytes.subarray(start, start + size);
    start += size;
  }
  yield bytes.subarray(start);
}

async function linesOf(bytes: Buffer, sizes: readonly number[], maxLineBytes = 1000): Promise<readonly Buffer[]> {
  const lines: Buffer[] = [];
  for await (const some of readLines(chunksOf(bytes, sizes), maxLineBytes)) lines.push(...some);
  return lines;
}

describe('lines of a stream of bytes', () => {
  it('are the same however the bytes come in pieces', async () => {
    const byte = fc.oneof(fc.constant(0x0a), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(byte), fc.array(fc.nat(20)), async (content, sizes) => {
        const bytes = Buffer.from(content);
        const expected = bytes.toString('latin1').split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect((await linesOf(bytes, sizes)).map((line) => line.toString('latin1'))).toEqual(expected);
      }),
    );
  });

  it('longer than allowed are an error that says which', async () => {
    await expect(linesOf(Buffer.from(`a\n${'b'.repeat(30)}`), [10, 10], 15)).rejects.toThrow(
      'line 2 is longer than 15 bytes',
    );
  });
});
