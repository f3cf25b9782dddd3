import { readInt32, writeInt32 } from '../records/integers.ts';
import { assertFits, notCompressed } from './limits.ts';

/** Snappy's block format: what the framing around it is made of. */
export interface SnappyBlocks {
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array): Uint8Array;
}

/** What a stream of snappy-java (xerial) begins with: the magic, then the version and the oldest compatible one (int32 each). */
const header = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);

/** Bytes of the header that tell it apart; versions may differ. */
const magicBytes = 8;

/** How much each block holds before compression; what snappy-java takes by default. */
const blockBytes = 32 * 1024;

/** Compresses into the framing of snappy-java, which every Kafka client reads: a header, then blocks behind their lengths (int32). */
export function snappyCompress(blocks: SnappyBlocks, bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [header];
  for (let at = 0; at < bytes.length; at += blockBytes) {
    const block = blocks.compress(bytes.subarray(at, at + blockBytes));
    const length = new Uint8Array(4);
    writeInt32(length, 0, block.length);
    pieces.push(length, block);
  }
  return Buffer.concat(pieces);
}

/** Decompresses what is in the framing of snappy-java, or else one bare block, as some clients write. */
export function snappyDecompress(blocks: SnappyBlocks, bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!isFramed(bytes)) {
    assertFits('snappy', blockDecompressedBytes(bytes), maxBytes);
    return blocks.decompress(bytes);
  }
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let at = header.length; at < bytes.length; ) {
    if (bytes.length - at < 4) notCompressed('snappy', 'the length of a block is cut off');
    const length = readInt32(bytes, at);
    at += 4;
    if (length < 0 || length > bytes.length - at)
      notCompressed('snappy', `a block takes ${length} of ${bytes.length - at}`);
    const block = bytes.subarray(at, at + length);
    total += blockDecompressedBytes(block);
    assertFits('snappy', total, maxBytes);
    pieces.push(blocks.decompress(block));
    at += length;
  }
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= header.length && header.subarray(0, magicBytes).every((byte, index) => bytes[index] === byte);
}

/** What a block says at its beginning, as an unsigned varint of 32 bits. */
function blockDecompressedBytes(block: Uint8Array): number {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    value += (byte & 127) * 128 ** index;
    if (byte < 128) return value;
  }
  return notCompressed('snappy', 'a block does not begin with its length');
}
