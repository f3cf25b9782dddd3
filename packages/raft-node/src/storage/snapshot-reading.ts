import { checksummedFramePayload, checksummedFrames, createFrameHeader } from '@streambus/log';
import { damagedSnapshot } from './snapshot-damage.ts';
import type { SnapshotReader } from './snapshot-store.ts';

/** So much is read at once; a frame that is larger, alone. */
const blockBytes = 1024 * 1024;

/**
 * What is in a snapshot, one by one: the metadata's bytes, the sessions, and the pieces of the state, as views of what was read at once.
 *
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` with the byte at which it stops being a snapshot; `RAFT_NODE_STORAGE_FAILED`
 */
export async function* snapshotPayloads(reader: SnapshotReader): AsyncGenerator<Uint8Array, void, void> {
  const { sizeBytes } = reader.identity;
  const frames = { position: 0, number: 0, nextBytes: 0 };
  while (frames.position < sizeBytes) {
    const { position } = frames;
    const length = Math.min(Math.max(blockBytes, frames.nextBytes), sizeBytes - position);
    const block = new Uint8Array(length);
    const isWhole = (await reader.read(block, position)) === length;
    for (let payload = take(block, position, frames, reader); payload !== undefined; ) {
      if (frames.position === sizeBytes && payload.length === 0) return;
      yield payload;
      payload = take(block, position, frames, reader);
    }
    const stuck = frames.position === position && frames.nextBytes <= length;
    if (!isWhole || stuck) break;
  }
  throw damagedSnapshot(reader.path, frames.position);
}

/** How far the frames are read. */
interface FrameCursor {
  /** Where the next one begins. */
  position: number;
  number: number;
  /** Its size, where its header was read and it is not whole in the block. */
  nextBytes: number;
}

/** The payload of the next frame, where that is whole in this block. */
function take(
  block: Uint8Array,
  blockPosition: number,
  frames: FrameCursor,
  { identity, path }: SnapshotReader,
): Uint8Array | undefined {
  const at = frames.position - blockPosition;
  frames.nextBytes = 0;
  if (block.length - at < checksummedFrames.headerBytes) return undefined;
  const header = createFrameHeader();
  const begins =
    checksummedFrames.readHeader(block, at, header) &&
    header.firstOffset === frames.number &&
    header.sizeBytes <= identity.sizeBytes - frames.position;
  if (!begins) throw damagedSnapshot(path, frames.position);
  frames.nextBytes = header.sizeBytes;
  if (header.sizeBytes > block.length - at) return undefined;
  if (!checksummedFrames.verify(block, at, header.sizeBytes)) throw damagedSnapshot(path, frames.position);
  frames.position += header.sizeBytes;
  frames.number++;
  return checksummedFramePayload(block.subarray(at, at + header.sizeBytes));
}
