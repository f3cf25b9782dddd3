import { crc32c } from '@node-rs/crc32';
import { readInt64, readUint32, writeInt64, writeUint32 } from './big-endian.ts';
import { SparseIndex } from './sparse-index.ts';

/*
 * Both index files are a row of blocks, each appended by one write. Big-endian:
 *   0  uint32  mark
 *   4  uint32  count of entries
 *   8  uint32  CRC32C of bytes 0 to 7 and of the entries
 *  12          entries: in .index      uint32 relative offset, uint32 position
 *                       in .timeindex  int64 latest timestamp before the frame, uint32 its relative offset
 * A block of one file has its twin, with the same entries, in the other.
 */
const blockHeaderBytes = 12;
const mark = 0x53424958;
const offsetEntryBytes = 8;
const timeEntryBytes = 12;

/** The twin blocks that hold the entries of an index. */
export interface IndexBlocks {
  readonly offsets: Uint8Array;
  readonly times: Uint8Array;
}

/** Encodes an index as one block for each file. */
export function encodeIndexBlocks(index: SparseIndex): IndexBlocks {
  const offsets = new Uint8Array(blockHeaderBytes + index.length * offsetEntryBytes);
  const times = new Uint8Array(blockHeaderBytes + index.length * timeEntryBytes);
  for (let entry = 0; entry < index.length; entry++) {
    const offsetAt = blockHeaderBytes + entry * offsetEntryBytes;
    writeUint32(offsets, offsetAt, index.relativeOffset(entry));
    writeUint32(offsets, offsetAt + 4, index.position(entry));
    const timeAt = blockHeaderBytes + entry * timeEntryBytes;
    writeInt64(times, timeAt, index.timestampBefore(entry));
    writeUint32(times, timeAt + 8, index.relativeOffset(entry));
  }
  seal(offsets, index.length);
  seal(times, index.length);
  return { offsets, times };
}

/** Decodes both files; undefined when anything in them is wrong, or they do not fit each other. */
export function decodeIndexFiles(files: IndexBlocks): SparseIndex | undefined {
  const offsetEntries = entryPositions(files.offsets, offsetEntryBytes);
  const timeEntries = entryPositions(files.times, timeEntryBytes);
  if (offsetEntries === undefined || timeEntries === undefined || offsetEntries.length !== timeEntries.length) {
    return undefined;
  }
  const index = new SparseIndex();
  for (const [entry, offsetAt] of offsetEntries.entries()) {
    const timeAt = timeEntries[entry] ?? 0;
    const relativeOffset = readUint32(files.offsets, offsetAt);
    const position = readUint32(files.offsets, offsetAt + 4);
    const timestampBefore = readInt64(files.times, timeAt);
    const fits = readUint32(files.times, timeAt + 8) === relativeOffset;
    if (!fits || !index.accepts(relativeOffset, position, timestampBefore)) return undefined;
    index.add(relativeOffset, position, timestampBefore);
  }
  return index;
}

/** Where each entry of a file begins; undefined when a block is not whole. */
function entryPositions(bytes: Uint8Array, entryBytes: number): number[] | undefined {
  const positions: number[] = [];
  for (let block = 0; block < bytes.length; ) {
    const count = readUint32(bytes, block + 4);
    const end = block + blockHeaderBytes + count * entryBytes;
    if (end > bytes.length || readUint32(bytes, block) !== mark) return undefined;
    if (readUint32(bytes, block + 8) !== checksum(bytes.subarray(block, end))) return undefined;
    for (let at = block + blockHeaderBytes; at < end; at += entryBytes) positions.push(at);
    block = end;
  }
  return positions;
}

function seal(block: Uint8Array, count: number): void {
  writeUint32(block, 0, mark);
  writeUint32(block, 4, count);
  writeUint32(block, 8, checksum(block));
}

function checksum(block: Uint8Array): number {
  return crc32c(block.subarray(blockHeaderBytes), crc32c(block.subarray(0, 8)));
}
