import { crc32c } from '@node-rs/crc32';
import { assert, assertSafeCount } from '@streambus/runtime';
import { readInt64, readUint32, writeInt64, writeUint32 } from './big-endian.ts';
import type { FrameFormat, FrameHeader } from './frame-format.ts';
import type { AppendFrame } from './log.ts';

/*
 * Layout, big-endian:
 *   0  uint32  CRC32C of everything after it
 *   4  uint32  mark
 *   8  uint32  size of the whole frame, in bytes
 *  12  uint32  count of offsets
 *  16  int64   first offset
 *  24  int64   latest timestamp, in milliseconds since 1970; -1 for none
 *  32          payload
 */
const headerBytes = 32;
const mark = 0x53424631;
const checksummedFrom = 4;
const maxSizeBytes = 2 ** 31 - 1;

/** The log's own format, for users who have none: length, CRC32C (RFC 3720), first offset, count, timestamp, payload. */
export const checksummedFrames: FrameFormat = {
  name: 'checksummed-1',
  headerBytes,
  readHeader(bytes: Uint8Array, position: number, into: FrameHeader): boolean {
    if (readUint32(bytes, position + 4) !== mark) return false;
    into.sizeBytes = readUint32(bytes, position + 8);
    into.firstOffset = readInt64(bytes, position + 16);
    into.nextOffset = into.firstOffset + readUint32(bytes, position + 12);
    into.maxTimestampMs = readInt64(bytes, position + 24);
    return into.sizeBytes >= headerBytes && into.firstOffset >= 0 && into.nextOffset > into.firstOffset;
  },
  verify(bytes: Uint8Array, position: number, sizeBytes: number): boolean {
    return crc32c(bytes.subarray(position + checksummedFrom, position + sizeBytes)) === readUint32(bytes, position);
  },
};

/** What goes into a {@link checksummedFrames} frame. */
export interface ChecksummedFrame {
  /** The offset of its first record. */
  readonly firstOffset: number;
  /** How many offsets it takes; default 1. */
  readonly count?: number;
  /** Default: none (-1). */
  readonly timestampMs?: number;
  /** Its content, in one piece or several; kept, not copied. */
  readonly payload: readonly Uint8Array[];
}

/** Puts a header before the payload: the result is ready to be appended. */
export function encodeChecksummedFrame(frame: ChecksummedFrame): AppendFrame {
  const { firstOffset, count = 1, timestampMs = -1, payload } = frame;
  assertSafeCount(firstOffset, 'firstOffset');
  assertSafeCount(firstOffset + count, 'firstOffset + count');
  assert(count >= 1 && count < 2 ** 32, () => `count is ${count}; it must be from 1 to 2^32-1`);
  assert(
    Number.isSafeInteger(timestampMs) && timestampMs >= -1,
    () => `timestampMs is ${timestampMs}; it must be -1 or later`,
  );
  const sizeBytes = payload.reduce((total, chunk) => total + chunk.length, headerBytes);
  assert(sizeBytes <= maxSizeBytes, () => `a frame of ${sizeBytes} bytes; at most ${maxSizeBytes} are allowed`);
  const header = new Uint8Array(headerBytes);
  writeUint32(header, 4, mark);
  writeUint32(header, 8, sizeBytes);
  writeUint32(header, 12, count);
  writeInt64(header, 16, firstOffset);
  writeInt64(header, 24, timestampMs);
  let checksum = crc32c(header.subarray(checksummedFrom));
  for (const chunk of payload) checksum = crc32c(chunk, checksum);
  writeUint32(header, 0, checksum);
  return { chunks: [header, ...payload], firstOffset, nextOffset: firstOffset + count, maxTimestampMs: timestampMs };
}

/** The content of a whole {@link checksummedFrames} frame, as a view. */
export function checksummedFramePayload(frame: Uint8Array): Uint8Array {
  return frame.subarray(headerBytes);
}
