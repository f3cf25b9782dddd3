import { checksummedFramePayload, checksummedFrames, createFrameHeader } from '@streambus/log';
import { damagedSnapshot } from './snapshot-damage.ts';
import type { SnapshotReader } from './snapshot-store.ts';

/**
 * What is in a snapshot, one by one: the metadata's bytes, the sessions, and the pieces of the state.
 *
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` with the byte at which it stops being a snapshot; `RAFT_NODE_STORAGE_FAILED`
 */
export async function* snapshotPayloads(reader: SnapshotReader): AsyncGenerator<Uint8Array, void, void> {
  const { sizeBytes } = reader.identity;
  let position = 0;
  for (let number = 0; ; number++) {
    const frame = await readFrame(reader, position, number);
    position += frame.length;
    const payload = checksummedFramePayload(frame);
    if (position === sizeBytes && payload.length === 0) return;
    if (position >= sizeBytes) throw damagedSnapshot(reader.path, position);
    yield payload;
  }
}

async function readFrame(reader: SnapshotReader, position: number, number: number): Promise<Uint8Array> {
  const header = createFrameHeader();
  const start = new Uint8Array(checksummedFrames.headerBytes);
  const begins =
    (await reader.read(start, position)) === start.length &&
    checksummedFrames.readHeader(start, 0, header) &&
    header.firstOffset === number &&
    header.sizeBytes <= reader.identity.sizeBytes - position;
  if (!begins) throw damagedSnapshot(reader.path, position);
  const frame = new Uint8Array(header.sizeBytes);
  const whole = (await reader.read(frame, position)) === frame.length;
  if (!whole || !checksummedFrames.verify(frame, 0, frame.length)) throw damagedSnapshot(reader.path, position);
  return frame;
}
