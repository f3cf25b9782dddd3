/**
 * What a frame's header says. One object is filled again and again, so that walking a file allocates nothing.
 *
 * Invariants, checked by the log after every {@link FrameFormat.readHeader}:
 * 1. `sizeBytes` is at least the format's `headerBytes`.
 * 2. `firstOffset` < `nextOffset`, both from 0 to 2^53-1.
 */
export interface FrameHeader {
  /** The whole frame, header included. */
  sizeBytes: number;
  /** The offset of its first record. */
  firstOffset: number;
  /** The offset after its last record. */
  nextOffset: number;
  /** The latest timestamp in it, in milliseconds since 1970; -1 when it has none. */
  maxTimestampMs: number;
}

/**
 * How a log tells frames apart. The log knows nothing else of what it stores.
 *
 * A format is pure: the same bytes give the same answer, and nothing is thrown for bad bytes.
 */
export interface FrameFormat {
  /** Names the format in the log's checkpoint, so that a folder of one format is not read as another. */
  readonly name: string;
  /** How many bytes {@link readHeader} looks at; no frame is shorter. */
  readonly headerBytes: number;
  /**
   * Reads the header of a frame that begins at `position`; at least {@link headerBytes} are there, the rest of the frame may not be.
   *
   * @param into - filled when the result is true
   * @returns false when no frame can begin with these bytes
   */
  readHeader(bytes: Uint8Array, position: number, into: FrameHeader): boolean;
  /**
   * Whether a whole frame is what was written, by its checksum.
   *
   * @param position - where it begins
   * @param sizeBytes - its size as {@link readHeader} gave it; so many bytes are there
   */
  verify(bytes: Uint8Array, position: number, sizeBytes: number): boolean;
}

/** An empty {@link FrameHeader} to be filled. */
export function createFrameHeader(): FrameHeader {
  return { sizeBytes: 0, firstOffset: 0, nextOffset: 0, maxTimestampMs: -1 };
}

/** Reads a header and holds it to the invariants of {@link FrameHeader}. */
export function readFrameHeader(format: FrameFormat, bytes: Uint8Array, position: number, into: FrameHeader): boolean {
  return (
    format.readHeader(bytes, position, into) &&
    into.sizeBytes >= format.headerBytes &&
    into.firstOffset >= 0 &&
    into.firstOffset < into.nextOffset &&
    Number.isSafeInteger(into.nextOffset)
  );
}
