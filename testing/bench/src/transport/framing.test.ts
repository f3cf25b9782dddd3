import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, FrameWriter } from './framing.ts';

const messages = fc.array(
  fc.record({ length: fc.oneof(fc.nat(10), fc.nat(3000), fc.nat(200_000)), fill: fc.nat(255) }),
  { maxLength: 40 },
);

describe('the bare contender’s frames', () => {
  it('give the same messages, however the network cuts them', () => {
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 70_000 }), fc.nat(3), (specifications, cutBytes, takeEvery) => {
        const sent = specifications.map(({ length, fill }) => Buffer.alloc(length, fill));
        const stream = Buffer.concat(writeAll(sent, takeEvery + 1));
        const received: Buffer[] = [];
        const reader = new FrameReader((message) => received.push(Buffer.from(message)));
        for (let at = 0; at < stream.length; at += cutBytes) reader.push(stream.subarray(at, at + cutBytes));
        expect(received.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
        expect(Buffer.concat(received).equals(Buffer.concat(sent))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

function writeAll(sent: readonly Buffer[], takeEvery: number): Uint8Array[] {
  const writer = new FrameWriter();
  const pieces: Uint8Array[] = [];
  for (const [index, message] of sent.entries()) {
    writer.add(message);
    if (index % takeEvery === 0) pieces.push(...writer.take());
  }
  return [...pieces, ...writer.take()];
}
