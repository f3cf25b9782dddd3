import { KafkaError } from '../kafka-error.ts';

/** What a user may choose of a {@link FrameCutter}. */
export interface FrameCutterOptions {
  /** The longest frame that is taken, without the 4 bytes of its length. Default 104,857,600 (100 MiB), as Kafka's `socket.request.max.bytes`. */
  readonly maxFrameBytes?: number;
}

/** Cuts the bytes of one connection into the frames of the protocol: an int32 length, then that many bytes. */
export interface FrameCutter {
  /**
   * Takes the next bytes and gives the frames that they complete, without their lengths.
   *
   * A frame that lies within `chunk` is a view of it; another one is a buffer of exactly its size.
   *
   * @throws KafkaError `KAFKA_FRAME_TOO_LARGE` or, for a negative length, `KAFKA_MALFORMED`; the cutter then takes nothing more and
   * throws the same again, since where the next frame begins is unknown
   */
  push(chunk: Uint8Array): Uint8Array[];
  /** Bytes allocated for a frame that is not yet whole. */
  readonly pendingBytes: number;
}

/** A buffer for a frame that comes in pieces begins no larger than this, or with room for a few times what is there of it. */
const firstPieceBytes = 4096;

/** A frame's buffer grows to this many times the bytes received: large enough to copy most of them once, small enough that a peer pays. */
const growthFactor = 4;

const defaultMaxFrameBytes = 100 * 1024 * 1024;

/** Makes a cutter for one connection. */
export function createFrameCutter(options: FrameCutterOptions = {}): FrameCutter {
  return new Cutter(options.maxFrameBytes ?? defaultMaxFrameBytes);
}

class Cutter implements FrameCutter {
  readonly #maxFrameBytes: number;
  readonly #prefix = new Uint8Array(4);
  #prefixBytes = 0;
  /** The frame that is not yet whole; set once its length is known. */
  #partial: { readonly length: number; received: number; bytes: Uint8Array } | undefined;
  #failure: KafkaError | undefined;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get pendingBytes(): number {
    return this.#prefixBytes + (this.#partial?.bytes.length ?? 0);
  }

  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#failure !== undefined) throw this.#failure;
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      at = this.#partial === undefined ? this.#begin(chunk, at, frames) : this.#fill(this.#partial, chunk, at, frames);
    }
    return frames;
  }

  /** Reads a length and, where the whole frame follows, the frame. */
  #begin(chunk: Uint8Array, at: number, frames: Uint8Array[]): number {
    const taken = Math.min(4 - this.#prefixBytes, chunk.length - at);
    this.#prefix.set(chunk.subarray(at, at + taken), this.#prefixBytes);
    this.#prefixBytes += taken;
    if (this.#prefixBytes < 4) return at + taken;
    this.#prefixBytes = 0;
    const [a = 0, b = 0, c = 0, d = 0] = this.#prefix;
    const length = (a << 24) | (b << 16) | (c << 8) | d;
    this.#checkLength(length);
    const start = at + taken;
    if (length <= chunk.length - start) {
      frames.push(chunk.subarray(start, start + length));
      return start + length;
    }
    const pieceBytes = Math.max(firstPieceBytes, (chunk.length - start) * growthFactor);
    this.#partial = { length, received: 0, bytes: Buffer.allocUnsafeSlow(Math.min(length, pieceBytes)) };
    return start;
  }

  #fill(
    partial: { readonly length: number; received: number; bytes: Uint8Array },
    chunk: Uint8Array,
    at: number,
    frames: Uint8Array[],
  ): number {
    const taken = Math.min(partial.length - partial.received, chunk.length - at);
    const received = partial.received + taken;
    if (received > partial.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(partial.length, received * growthFactor));
      grown.set(partial.bytes.subarray(0, partial.received));
      partial.bytes = grown;
    }
    partial.bytes.set(chunk.subarray(at, at + taken), partial.received);
    partial.received = received;
    if (received === partial.length) {
      frames.push(partial.bytes);
      this.#partial = undefined;
    }
    return at + taken;
  }

  #checkLength(length: number): void {
    if (length >= 0 && length <= this.#maxFrameBytes) return;
    this.#failure =
      length < 0
        ? new KafkaError('KAFKA_MALFORMED', `frame length is ${length}; it must be at least 0`)
        : new KafkaError(
            'KAFKA_FRAME_TOO_LARGE',
            `frame length is ${length}; at most ${this.#maxFrameBytes} are taken`,
          );
    throw this.#failure;
  }
}
