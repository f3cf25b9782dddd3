import { crc32c } from '@node-rs/crc32';
import { CodecError, decodeSnapshotMetadata, encodeSnapshotMetadata } from '@streambus/codec';
import { checksummedFrames, createFrameHeader, encodeChecksummedFrame } from '@streambus/log';
import type { SnapshotMetadata } from '@streambus/raft';
import { joined } from '../bytes/joined.ts';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import type { StateMachineSnapshot } from '../state-machine.ts';
import type { SnapshotIdentity } from './snapshot-store.ts';

/*
 * A snapshot, on a disk and between nodes, is a row of the log's checksummed frames, numbered from 0: metadata, sessions, the state in
 * pieces, and an empty frame that says that nothing is missing.
 */
const maxPieceBytes = 1024 * 1024;
const maxMetadataBytes = 1024 * 1024;
const firstStateFrame = 2;
const empty = new Uint8Array(0);

/** The frames of a snapshot, each in the chunks that it is written in, made one by one. */
export function* snapshotFrames(
  metadata: SnapshotMetadata,
  snapshot: SessionedSnapshot,
): Generator<readonly Uint8Array[], void, void> {
  let number = 0;
  for (const payload of payloads(metadata, snapshot)) {
    yield encodeChecksummedFrame({ firstOffset: number++, payload: [payload] }).chunks;
  }
}

/**
 * Follows the bytes of a snapshot as they come, in pieces of any size, and says whether they are one so far; it keeps none of them but the
 * metadata.
 */
export class SnapshotFrameChecker {
  readonly #header = new Uint8Array(checksummedFrames.headerBytes);
  #headerBytes = 0;
  /** What is left of the payload of the frame that has begun. */
  #payloadLeft = 0;
  #frameChecksum = 0;
  #frames = 0;
  #metadataPieces: Uint8Array[] = [];
  #metadata: SnapshotMetadata | undefined;
  #ended = false;
  #bytes = 0;
  #checksum = 0;
  #wholeBytes = 0;
  #wholeChecksum = 0;

  /** How many bytes were taken. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the last whole frame ends. */
  get wholeBytes(): number {
    return this.#wholeBytes;
  }

  /** CRC32C of all that was taken. */
  get checksum(): number {
    return this.#checksum;
  }

  /** What the snapshot is of, once that was read. */
  get metadata(): SnapshotMetadata | undefined {
    return this.#metadata;
  }

  /** Whether nothing is missing. */
  get complete(): boolean {
    return this.#ended;
  }

  /** Whether all that was taken is this snapshot, and nothing is missing. */
  isWhole({ metadata, sizeBytes, checksum }: SnapshotIdentity): boolean {
    const isIt = this.#metadata?.index === metadata.index && this.#metadata.term === metadata.term;
    return this.#ended && isIt && this.#bytes === sizeBytes && this.#checksum === checksum;
  }

  /** Takes the next bytes. @returns false when they, with those before, are no snapshot; then nothing more is to be given */
  add(bytes: Uint8Array): boolean {
    let position = 0;
    while (position < bytes.length) {
      if (this.#ended) return false;
      const taken = this.#inHeader ? this.#addHeader(bytes, position) : this.#addPayload(bytes, position);
      if (taken === 0) return false;
      position += taken;
      if (!this.#inHeader && this.#payloadLeft === 0 && !this.#endFrame()) return false;
    }
    return true;
  }

  /** Forgets the frame that has only begun. */
  rewind(): void {
    this.#headerBytes = 0;
    this.#payloadLeft = 0;
    if (this.#metadata === undefined) this.#metadataPieces = [];
    this.#bytes = this.#wholeBytes;
    this.#checksum = this.#wholeChecksum;
  }

  get #inHeader(): boolean {
    return this.#headerBytes < this.#header.length;
  }

  /** @returns how many bytes were taken; 0 when they are no header */
  #addHeader(bytes: Uint8Array, position: number): number {
    const taken = this.#take(bytes, position, this.#header.length - this.#headerBytes);
    this.#header.set(taken, this.#headerBytes);
    this.#headerBytes += taken.length;
    if (this.#inHeader) return taken.length;
    const header = createFrameHeader();
    const fits = checksummedFrames.readHeader(this.#header, 0, header) && header.firstOffset === this.#frames;
    if (!fits) return 0;
    this.#payloadLeft = header.sizeBytes - this.#header.length;
    if (this.#frames === 0 && this.#payloadLeft > maxMetadataBytes) return 0;
    // As the frame's format has it: first the CRC32C of everything after it.
    this.#frameChecksum = crc32c(this.#header.subarray(4));
    return taken.length;
  }

  #addPayload(bytes: Uint8Array, position: number): number {
    const taken = this.#take(bytes, position, this.#payloadLeft);
    this.#frameChecksum = crc32c(taken, this.#frameChecksum);
    this.#payloadLeft -= taken.length;
    if (this.#frames === 0) this.#metadataPieces.push(taken.slice());
    return taken.length;
  }

  #take(bytes: Uint8Array, position: number, maxBytes: number): Uint8Array {
    const taken = bytes.subarray(position, position + maxBytes);
    this.#bytes += taken.length;
    this.#checksum = crc32c(taken, this.#checksum);
    return taken;
  }

  #endFrame(): boolean {
    const wanted = new DataView(this.#header.buffer).getUint32(0);
    if (this.#frameChecksum !== wanted) return false;
    if (this.#frames === 0 && !this.#readMetadata()) return false;
    const payloadBytes = this.#bytes - this.#wholeBytes - this.#header.length;
    this.#ended = this.#frames >= firstStateFrame && payloadBytes === 0;
    this.#frames++;
    this.#headerBytes = 0;
    this.#wholeBytes = this.#bytes;
    this.#wholeChecksum = this.#checksum;
    return true;
  }

  #readMetadata(): boolean {
    try {
      this.#metadata = decodeSnapshotMetadata(joined(this.#metadataPieces));
    } catch (thrown) {
      if (thrown instanceof CodecError) return false;
      throw thrown;
    }
    this.#metadataPieces = [];
    return true;
  }
}

/** The state's pieces as they go into frames; none is empty. */
function* statePieces(state: StateMachineSnapshot): Generator<Uint8Array, void, void> {
  for (const piece of state instanceof Uint8Array ? [state] : state) {
    for (let from = 0; from < piece.length; from += maxPieceBytes) yield piece.subarray(from, from + maxPieceBytes);
  }
}

function* payloads(metadata: SnapshotMetadata, snapshot: SessionedSnapshot): Generator<Uint8Array, void, void> {
  yield encodeSnapshotMetadata(metadata);
  yield snapshot.sessions;
  yield* statePieces(snapshot.state);
  yield empty;
}
