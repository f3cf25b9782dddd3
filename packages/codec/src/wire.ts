import { toError } from '@streambus/runtime';
import protobuf from 'protobufjs/minimal.js';
import { CodecError } from './errors.ts';

/** What the readers of protobufjs have that ours uses; their own typings know 64-bit numbers as `Long` only. */
interface ReaderBase {
  readonly buf: Uint8Array;
  pos: number;
  readonly len: number;
  discardUnknown: boolean;
}

const ReaderBase = protobuf.Reader as unknown as new (bytes: Uint8Array) => ReaderBase;

/**
 * Reads 64-bit fields as numbers, and refuses those that a number cannot hold. It leaves protobufjs's global
 * configuration (`util.Long`) alone, which others in this process may rely on.
 */
export class NumberReader extends ReaderBase {
  constructor(bytes: Uint8Array) {
    // A Buffer's views are Buffers; what is handed out is the same type whatever came in.
    super(bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.discardUnknown = true;
  }

  /** @throws CodecError `CODEC_NUMBER_TOO_LARGE` */
  uint64(): number {
    const first = this.#nextByte();
    if (first < 128) return first;
    let value = first - 128;
    // Nine more bytes at most; a sum of powers that passes 2^53 stays above it however it is rounded.
    for (let scale = 128; scale <= 2 ** 63; scale *= 128) {
      const byte = this.#nextByte();
      if (byte < 128) return checkedNumber(value + byte * scale);
      value += (byte - 128) * scale;
    }
    throw new RangeError('a varint has more than ten bytes');
  }

  #nextByte(): number {
    const byte = this.pos < this.len ? this.buf[this.pos] : undefined;
    if (byte === undefined) throw new RangeError(`a varint ends at byte ${this.pos}`);
    this.pos += 1;
    return byte;
  }
}

function checkedNumber(value: number): number {
  if (value <= Number.MAX_SAFE_INTEGER) return value;
  throw new CodecError('CODEC_NUMBER_TOO_LARGE', `a 64-bit field is about ${value}; it must be at most 2^53-1`);
}

/** Writes 64-bit numbers, of which most are small, without the detour over two halves. */
class NumberWriter extends protobuf.Writer {
  override uint64(value: number): protobuf.Writer {
    return value <= 0xffffffff ? this.uint32(value) : super.uint64(value);
  }
}

/** The part of a generated class that writes. */
export interface WireEncoder<Properties> {
  encode(message: Properties, writer: protobuf.Writer): protobuf.Writer;
}

/** The part of a generated class that reads. */
export interface WireDecoder<Shape> {
  decode(reader: protobuf.Reader): Shape;
}

/**
 * Writes a message by its generated class. What it gives lies in a slab of {@link slabBytes} with its neighbours, as small Buffers of
 * Node do: an array of its own would take longer to make than to fill.
 */
export function toBytes<Properties>(type: WireEncoder<Properties>, message: Properties): Uint8Array {
  const writer = slabWriter ?? freshWriter();
  // A writer that throws in the middle is not used again.
  slabWriter = undefined;
  const start = writer.pos;
  type.encode(message, writer);
  if (writer.buf.length > slabBytes) return writer.buf.slice(start, writer.pos);
  if (slabBytes - writer.pos >= minSlabRestBytes) slabWriter = writer;
  return writer.buf.subarray(start, writer.pos);
}

const slabBytes = 8192;
const minSlabRestBytes = 512;
let slabWriter: NumberWriter | undefined;

function freshWriter(): NumberWriter {
  const writer = new NumberWriter();
  writer.buf = new Uint8Array(slabBytes);
  return writer;
}

/**
 * Reads bytes by a generated class, then makes of it what this project uses; whatever goes wrong is a CodecError that
 * says what was to be read.
 */
export function fromBytes<Shape, Value>(
  what: string,
  type: WireDecoder<Shape>,
  bytes: Uint8Array,
  convert: (shape: Shape) => Value,
): Value {
  return convert(decoded(what, type, bytes));
}

function decoded<Shape>(what: string, type: WireDecoder<Shape>, bytes: Uint8Array): Shape {
  try {
    return type.decode(new NumberReader(bytes) as unknown as protobuf.Reader);
  } catch (error) {
    if (error instanceof CodecError) throw error;
    const cause = toError(error);
    throw new CodecError('CODEC_MALFORMED', `${bytes.length} bytes are no ${what}: ${cause.message}`, { cause });
  }
}
