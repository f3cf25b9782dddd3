import { assert } from '@streambus/runtime';
import { createFrameHeader, type FrameFormat } from './frame-format.ts';

/** One whole frame. */
export interface FrameView {
  readonly bytes: Uint8Array;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly maxTimestampMs: number;
}

/**
 * Walks the frames in what `read` returned, in order.
 *
 * A frame that lies in one piece is a view of it; one that is spread over several pieces is joined by copying.
 */
export function* framesIn(format: FrameFormat, chunks: readonly Uint8Array[]): Generator<FrameView, void, void> {
  const header = createFrameHeader();
  const pieces = chunks.filter((chunk) => chunk.length > 0);
  let next = 0;
  let bytes = new Uint8Array(0);
  let position = 0;
  const need = (count: number): void => {
    while (bytes.length - position < count) {
      const chunk = pieces[next++];
      assert(chunk !== undefined, 'the pieces end inside a frame');
      bytes = position === bytes.length ? (chunk as Uint8Array<ArrayBuffer>) : joined(bytes.subarray(position), chunk);
      position = 0;
    }
  };
  while (position < bytes.length || next < pieces.length) {
    need(format.headerBytes);
    assert(format.readHeader(bytes, position, header), `the pieces hold no ${format.name} frame where one must begin`);
    const { sizeBytes, firstOffset, nextOffset, maxTimestampMs } = header;
    need(sizeBytes);
    yield { bytes: bytes.subarray(position, position + sizeBytes), firstOffset, nextOffset, maxTimestampMs };
    position += sizeBytes;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}
