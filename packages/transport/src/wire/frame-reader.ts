import {
  carriesMessage,
  counterBytes,
  frameHeaderBytes,
  frameKind,
  goodbyeBytes,
  maxChunkBytes,
  messageLengthBytes,
  readCounter,
  readUint32,
} from './frame.ts';
import { ProtocolViolation } from './protocol-violation.ts';

/** Who is told of frames, in the order in which they came. */
export interface FrameSink {
  /** @param bytes - a view of the received chunk where the message lay in one, else memory of its own */
  onMessage(channel: number, bytes: Uint8Array): void;
  onPing(token: number): void;
  onPong(token: number): void;
  onAcknowledge(receivedBytes: number): void;
  onGoodbye(reasonCode: number): void;
}

/** What a reader accepts. */
export interface FrameReaderOptions {
  /** How many channels the sender has; a message of another number is a violation. */
  readonly channelCount: number;
  /**
   * Which of them this side has: a message of another one is a violation too, so that this side's own channels are the measure of
   * what is held for the sender. Default: all.
   */
  readonly isReceived?: (channel: number) => boolean;
  readonly maxMessageBytes: number;
}

/** A message of which not all chunks are there. */
interface PartialMessage {
  readonly bytes: Uint8Array;
  filled: number;
}

/** The longest part of a frame that is read before its payload: a header and the length of the message. */
const maxPrefixBytes = frameHeaderBytes + messageLengthBytes;

const nothing = new Uint8Array(0);

/**
 * Cuts what arrives into frames, and puts chunks together. It holds at most one unfinished message for each channel, and each is
 * checked against the limit before memory is taken for it.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #options: FrameReaderOptions;
  /** The beginning of a frame whose prefix has not arrived whole. */
  readonly #prefix: Uint8Array = new Uint8Array(maxPrefixBytes);
  #prefixFilled = 0;
  /** The frame whose payload is under way; 0 between frames. */
  #kind = 0;
  #channel = 0;
  #payloadLeft = 0;
  #frameBytes = 0;
  #target: Uint8Array = nothing;
  #targetFilled = 0;
  readonly #partial: (PartialMessage | undefined)[];
  #messageFrameBytes = 0;
  #stopped = false;

  constructor(sink: FrameSink, options: FrameReaderOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#partial = new Array<PartialMessage | undefined>(options.channelCount).fill(undefined);
  }

  /** Bytes of frames with messages that have arrived whole, headers included. */
  get messageFrameBytes(): number {
    return this.#messageFrameBytes;
  }

  /** Tells the sink of nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#partial.fill(undefined);
    this.#target = nothing;
  }

  /** @throws ProtocolViolation after which nothing more may be read */
  read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      at = this.#kind === 0 ? this.#readPrefix(chunk, at) : this.#readPayload(chunk, at);
    }
  }

  /** Begins a frame, directly from the chunk where its prefix lies there whole. */
  #readPrefix(chunk: Uint8Array, at: number): number {
    if (this.#prefixFilled === 0 && chunk.length - at >= maxPrefixBytes) return this.#begin(chunk, at, chunk);
    let position = at;
    do {
      this.#prefix[this.#prefixFilled++] = chunk[position++] as number;
    } while (position < chunk.length && this.#prefixFilled < prefixLength(this.#prefix[0] as number));
    if (this.#prefixFilled < prefixLength(this.#prefix[0] as number)) return position;
    this.#prefixFilled = 0;
    this.#begin(this.#prefix, 0, undefined);
    return position;
  }

  /** @returns where the payload begins, or where the next frame does when this one was a whole message in `chunk` */
  #begin(source: Uint8Array, at: number, chunk: Uint8Array | undefined): number {
    const kind = source[at] as number;
    const channel = source[at + 1] as number;
    const length = ((source[at + 2] as number) << 16) | ((source[at + 3] as number) << 8) | (source[at + 4] as number);
    this.#check(kind, channel, length);
    const payloadAt = at + frameHeaderBytes;
    if (kind === frameKind.message && chunk !== undefined && payloadAt + length <= chunk.length) {
      this.#messageFrameBytes += frameHeaderBytes + length;
      this.#sink.onMessage(channel, chunk.subarray(payloadAt, payloadAt + length));
      return payloadAt + length;
    }
    this.#kind = kind;
    this.#channel = channel;
    this.#payloadLeft = length;
    this.#frameBytes = frameHeaderBytes + length;
    if (kind === frameKind.firstChunk) {
      this.#beginMessage(channel, readUint32(source, payloadAt), length);
      return payloadAt + messageLengthBytes;
    }
    if (kind === frameKind.nextChunk) this.#continueMessage(channel, length);
    else {
      this.#target = length === 0 ? nothing : Buffer.allocUnsafe(length);
      this.#targetFilled = 0;
      if (length === 0) this.#finish();
    }
    return payloadAt;
  }

  #check(kind: number, channel: number, length: number): void {
    if (carriesMessage(kind)) {
      if (channel >= this.#options.channelCount) {
        throw new ProtocolViolation(`channel ${channel} of ${this.#options.channelCount}`);
      }
      if (this.#options.isReceived?.(channel) === false) {
        throw new ProtocolViolation(`channel ${channel}, which this node does not have`);
      }
      const largest = kind === frameKind.firstChunk ? maxChunkBytes + messageLengthBytes : maxChunkBytes;
      if (length > largest) throw new ProtocolViolation(`a frame of ${length} bytes; at most ${largest} are allowed`);
      if (kind === frameKind.message && length > this.#options.maxMessageBytes) throw this.#tooLarge(length);
      if (kind === frameKind.message && this.#partial[channel] !== undefined) {
        throw new ProtocolViolation(`a message within a message of channel ${channel}`);
      }
      return;
    }
    const expected = controlLengths[kind];
    if (expected === undefined) throw new ProtocolViolation(`a frame of kind ${kind}`);
    if (length !== expected)
      throw new ProtocolViolation(`a frame of kind ${kind} with ${length} bytes, not ${expected}`);
  }

  #beginMessage(channel: number, messageBytes: number, length: number): void {
    if (this.#partial[channel] !== undefined) {
      throw new ProtocolViolation(`a message within a message of channel ${channel}`);
    }
    if (messageBytes > this.#options.maxMessageBytes) throw this.#tooLarge(messageBytes);
    const chunkBytes = length - messageLengthBytes;
    // Also keeps a message in chunks longer than one chunk: nobody gets memory for a frame without content.
    if (chunkBytes < 1 || chunkBytes >= messageBytes) {
      throw new ProtocolViolation(`a first chunk of ${chunkBytes} bytes for a message of ${messageBytes}`);
    }
    const partial = { bytes: Buffer.allocUnsafeSlow(messageBytes), filled: 0 };
    this.#partial[channel] = partial;
    this.#target = partial.bytes;
    this.#targetFilled = 0;
    this.#payloadLeft = chunkBytes;
  }

  #continueMessage(channel: number, length: number): void {
    const partial = this.#partial[channel];
    if (partial === undefined) throw new ProtocolViolation(`a next chunk without a first one on channel ${channel}`);
    if (length < 1 || partial.filled + length > partial.bytes.length) {
      throw new ProtocolViolation(
        `a chunk of ${length} bytes where ${partial.bytes.length - partial.filled} are left of the message`,
      );
    }
    this.#target = partial.bytes;
    this.#targetFilled = partial.filled;
  }

  #readPayload(chunk: Uint8Array, at: number): number {
    const part = Math.min(this.#payloadLeft, chunk.length - at);
    this.#target.set(part === chunk.length ? chunk : chunk.subarray(at, at + part), this.#targetFilled);
    this.#targetFilled += part;
    this.#payloadLeft -= part;
    if (this.#payloadLeft === 0) this.#finish();
    return at + part;
  }

  #finish(): void {
    const kind = this.#kind;
    const target = this.#target;
    this.#kind = 0;
    this.#target = nothing;
    if (carriesMessage(kind)) this.#messageFrameBytes += this.#frameBytes;
    if (kind === frameKind.message) this.#sink.onMessage(this.#channel, target);
    else if (carriesMessage(kind)) this.#finishChunk();
    else this.#control(kind, target);
  }

  #finishChunk(): void {
    const partial = this.#partial[this.#channel];
    if (partial === undefined) return;
    partial.filled = this.#targetFilled;
    if (partial.filled < partial.bytes.length) return;
    this.#partial[this.#channel] = undefined;
    this.#sink.onMessage(this.#channel, partial.bytes);
  }

  #control(kind: number, payload: Uint8Array): void {
    if (kind === frameKind.ping) this.#sink.onPing(readCounter(payload, 0));
    else if (kind === frameKind.pong) this.#sink.onPong(readCounter(payload, 0));
    else if (kind === frameKind.acknowledge) this.#sink.onAcknowledge(readCounter(payload, 0));
    else this.#sink.onGoodbye(payload[0] as number);
  }

  #tooLarge(bytes: number): ProtocolViolation {
    return new ProtocolViolation(`a message of ${bytes} bytes; at most ${this.#options.maxMessageBytes} are allowed`);
  }
}

const controlLengths: Readonly<Record<number, number>> = {
  [frameKind.ping]: counterBytes,
  [frameKind.pong]: counterBytes,
  [frameKind.acknowledge]: counterBytes,
  [frameKind.goodbye]: goodbyeBytes,
};

function prefixLength(kind: number): number {
  return kind === frameKind.firstChunk ? maxPrefixBytes : frameHeaderBytes;
}
