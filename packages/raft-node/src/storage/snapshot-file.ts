import { CodecError, decodeSnapshotMetadata, encodeSnapshotMetadata } from '@streambus/codec';
import { checksummedFramePayload, checksummedFrames, createFrameHeader, encodeChecksummedFrame } from '@streambus/log';
import type { SnapshotMetadata } from '@streambus/raft';
import { assert, type Disk, parentDirectory, readWholeFile } from '@streambus/runtime';
import { RaftNodeError } from '../errors.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import type { StateMachineSnapshot } from '../state-machine.ts';

/*
 * A snapshot file is a row of the log's checksummed frames, numbered from 0: metadata, sessions, the state in pieces, and an empty frame
 * that says that nothing is missing.
 */
const maxPieceBytes = 1024 * 1024;
const empty = new Uint8Array(0);

/** A snapshot read from a file. */
export interface SnapshotContent {
  readonly metadata: SnapshotMetadata;
  readonly sessions: Uint8Array;
  readonly state: Uint8Array;
}

/**
 * Replaces the file, so that after a crash at any moment the old or the new one is there, whole. The state is taken and written piece
 * by piece, with turns of the event loop in between.
 *
 * @returns the file's size in bytes
 */
export async function writeSnapshotFile(
  disk: Disk,
  path: string,
  metadata: SnapshotMetadata,
  snapshot: SessionedSnapshot,
): Promise<number> {
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  const file = await disk.open(temporary, 'create');
  let sizeBytes = 0;
  try {
    let number = 0;
    for (const payload of payloads(metadata, snapshot)) {
      const { chunks } = encodeChecksummedFrame({ firstOffset: number++, payload: [payload] });
      await file.write(chunks, sizeBytes);
      for (const chunk of chunks) sizeBytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(parentDirectory(path));
  return sizeBytes;
}

/**
 * Reads the file; undefined when there is none.
 *
 * @throws RaftNodeError `RAFT_NODE_STORAGE_DAMAGED` with the byte at which it stops being a snapshot
 */
export async function readSnapshotFile(disk: Disk, path: string): Promise<SnapshotContent | undefined> {
  if ((await disk.stat(path)) === undefined) return undefined;
  const bytes = await readWholeFile(disk, path);
  const [head, sessions, ...rest] = framePayloads(path, bytes);
  const end = rest.pop();
  if (head === undefined || sessions === undefined || end?.length !== 0) {
    throw damaged(path, bytes.length, 'the snapshot is incomplete');
  }
  return { metadata: readMetadata(path, head), sessions, state: joined(rest) };
}

/** The snapshot's pieces as they go into frames; none but the last is empty. */
export function* statePieces(state: StateMachineSnapshot): Generator<Uint8Array, void, void> {
  for (const piece of state instanceof Uint8Array ? [state] : state) {
    for (let from = 0; from < piece.length; from += maxPieceBytes) yield piece.subarray(from, from + maxPieceBytes);
  }
}

/** One piece out of many. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}

function* payloads(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Generator<Uint8Array, void, void> {
  yield encodeSnapshotMetadata(metadata);
  yield snapshot.sessions;
  yield* statePieces(snapshot.state);
  yield empty;
}

function readMetadata(path: string, bytes: Uint8Array): SnapshotMetadata {
  try {
    return decodeSnapshotMetadata(bytes);
  } catch (thrown) {
    if (thrown instanceof CodecError) throw damaged(path, 0, thrown.message);
    throw thrown;
  }
}

function framePayloads(path: string, bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const header = createFrameHeader();
  let position = 0;
  while (position < bytes.length) {
    const fits =
      bytes.length - position >= checksummedFrames.headerBytes &&
      checksummedFrames.readHeader(bytes, position, header) &&
      header.firstOffset === found.length &&
      header.sizeBytes <= bytes.length - position &&
      checksummedFrames.verify(bytes, position, header.sizeBytes);
    if (!fits) throw damaged(path, position, 'a piece of the snapshot is not what was written');
    found.push(checksummedFramePayload(bytes.subarray(position, position + header.sizeBytes)));
    position += header.sizeBytes;
  }
  assert(position === bytes.length, 'the frames of a snapshot end past its file');
  return found;
}

function damaged(path: string, position: number, what: string): RaftNodeError {
  return new RaftNodeError('RAFT_NODE_STORAGE_DAMAGED', `${path}: ${what}, from byte ${position}`, {
    file: path,
    position,
  });
}
