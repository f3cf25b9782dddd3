import { notCompressed } from './limits.ts';

const magic = 0x184d2204;

/** Bits of a frame's first descriptor byte (LZ4 frame format 1.6, "Frame Descriptor"). */
const flags = { blockChecksum: 0x10, contentSize: 0x08, dictionaryId: 0x01 } as const;

/** The bit of a block's size that says that it is stored as it is. */
const storedBit = 0x8000_0000;

/**
 * What an LZ4 frame decompresses to, by walking its blocks without decompressing them; no further than to beyond `enough`.
 *
 * The library decompresses into memory without a limit, and the format need not say the size.
 */
export function lz4DecompressedBytes(frame: Uint8Array, enough: number): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (frame.length < 7 || view.getUint32(0, true) !== magic) notCompressed('lz4', 'no frame begins here');
  const descriptor = view.getUint8(4);
  const checksumBytes = descriptor & flags.blockChecksum ? 4 : 0;
  let at = 7 + (descriptor & flags.contentSize ? 8 : 0) + (descriptor & flags.dictionaryId ? 4 : 0);
  let total = 0;
  while (total <= enough) {
    if (at + 4 > frame.length) notCompressed('lz4', 'the frame has no end');
    const word = view.getUint32(at, true);
    if (word === 0) return total;
    const length = word & ~storedBit;
    at += 4;
    if (length > frame.length - at) notCompressed('lz4', `a block takes ${length} of ${frame.length - at}`);
    total += word & storedBit ? length : blockDecompressedBytes(frame, at, at + length);
    at += length + checksumBytes;
  }
  return total;
}

/** Adds up the literals and matches of a block (LZ4 block format, "Compressed block format"). */
function blockDecompressedBytes(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; ) {
    const token = bytes[at++] ?? 0;
    let literals = token >>> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) literals += more = bytes[at++] ?? 0;
    }
    total += literals;
    at += literals;
    // The last sequence is literals alone.
    if (at >= end) break;
    at += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      let more = 255;
      while (more === 255 && at < end) match += more = bytes[at++] ?? 0;
    }
    total += match;
  }
  return total;
}
