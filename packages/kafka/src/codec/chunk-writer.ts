import { assert } from '@streambus/runtime';
import type { RecordsInput } from '../schema/infer.ts';
import { invalidValue, maxStringBytes } from './failures.ts';

/** Small messages share one allocation of this size, one after the other. */
const slabBytes = 32 * 1024;

/** Views below this size are copied: one more chunk in a vectored write costs more than moving so few bytes. */
export const passThroughBytes = 512;

/** Up to here a loop over characters beats the call into the runtime's encoder. */
const shortStringChars = 16;

/**
 * Collects one message at a time as a list of chunks. What is written goes into a shared slab and is handed out as views
 * of it, never to be touched again; record bytes are handed through as they came.
 *
 * Compiled encoders keep `bytes` and `at` in variables of their own and store them back around calls.
 */
export class ChunkWriter {
  /** The slab. */
  bytes: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  view: DataView = viewOf(this.bytes);
  /** Where the next byte goes. */
  at = 0;
  /** Where the chunk being written began. Positions kept over a call of `grow` are relative to it. */
  start = 0;
  #chunks: Uint8Array[] = [];
  #busy = false;

  /** Writes one message by `write`; a failure leaves the writer ready for the next. */
  collect(write: (writer: ChunkWriter) => void): Uint8Array[] {
    assert(!this.#busy, 'a message is encoded from inside the encoding of another');
    this.#busy = true;
    this.#chunks = [];
    this.at = this.start;
    try {
      write(this);
      this.#cut();
      return this.#chunks;
    } finally {
      this.#busy = false;
      this.#chunks = [];
      if (this.bytes.length > slabBytes) this.#replaceSlab(slabBytes);
    }
  }

  /** As `collect`, with the frame's length (int32) before it. */
  collectFrame(write: (writer: ChunkWriter) => void): Uint8Array[] {
    const chunks = this.collect((writer) => {
      writer.reserve(4);
      writer.at += 4;
      write(writer);
    });
    const [first] = chunks;
    assert(first !== undefined, 'a frame has a first chunk, that of its length');
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, -4);
    new DataView(first.buffer, first.byteOffset, 4).setInt32(0, length);
    return chunks;
  }

  /** Makes sure that `length` bytes can be written at `at`. */
  reserve(length: number): void {
    if (this.at + length > this.bytes.length) this.grow(length);
  }

  /** Moves the chunk being written to a new slab with room for `length` bytes more. */
  grow(length: number): void {
    const written = this.at - this.start;
    const old = this.bytes.subarray(this.start, this.at);
    this.#replaceSlab(Math.max(slabBytes, 2 * (written + length)));
    this.bytes.set(old, 0);
    this.at = written;
  }

  int16(value: number): void {
    this.reserve(2);
    this.view.setInt16(this.at, value);
    this.at += 2;
  }

  int32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.at, value);
    this.at += 4;
  }

  uvarint(value: number): void {
    this.reserve(5);
    this.at = writeUvarint(this.bytes, this.at, value);
  }

  /** A string behind an int16 length. */
  string(value: string, what: string): void {
    this.reserve(2 + 3 * value.length);
    this.at = writeString(this.bytes, this.at, value, what);
  }

  /** Bytes without a length: copied where few, else handed through. */
  raw(bytes: Uint8Array): void {
    if (bytes.length >= passThroughBytes) {
      this.#cut();
      this.#chunks.push(bytes);
      return;
    }
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** One view of record bytes, or several, behind their length. */
  records(value: RecordsInput, flexible: boolean, what: string): void {
    const length = value instanceof Uint8Array ? value.length : listLength(value, what);
    if (flexible) this.uvarint(length + 1);
    else this.int32(length);
    if (value instanceof Uint8Array) this.raw(value);
    else for (const view of value) this.raw(view);
  }

  /** Writes the size of a tagged field of which one byte was left free at `sizeAt` (relative to `start`). */
  closeTagged(sizeAt: number): void {
    const place = this.start + sizeAt;
    const size = this.at - place - 1;
    const extra = uvarintBytes(size) - 1;
    if (extra > 0) {
      this.reserve(extra);
      const moved = this.start + sizeAt + 1;
      this.bytes.copyWithin(moved + extra, moved, this.at);
      this.at += extra;
    }
    writeUvarint(this.bytes, this.start + sizeAt, size);
  }

  #cut(): void {
    if (this.at > this.start) this.#chunks.push(this.bytes.subarray(this.start, this.at));
    this.start = this.at;
  }

  #replaceSlab(length: number): void {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.view = viewOf(this.bytes);
    this.start = 0;
    this.at = 0;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function listLength(list: readonly Uint8Array[], what: string): number {
  if (!Array.isArray(list)) return invalidValue(what, list, 'records');
  return list.reduce(
    (sum, view) => (view instanceof Uint8Array ? sum + view.length : invalidValue(what, view, 'records')),
    0,
  );
}

/** Bytes that an unsigned varint takes. */
export function uvarintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** Writes an unsigned varint; gives the position behind it. */
export function writeUvarint(bytes: Uint8Array, at: number, value: number): number {
  let place = at;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[place++] = (rest % 128) + 128;
  bytes[place++] = rest;
  return place;
}

/** Writes a string behind an int16 length; three bytes a character have to be free. Gives the position behind it. */
export function writeString(bytes: Buffer, at: number, value: string, what: string): number {
  const length = writeText(bytes, at + 2, value, what);
  bytes[at] = length >> 8;
  bytes[at + 1] = length;
  return at + 2 + length;
}

/** Writes a string behind a compact length; three bytes a character have to be free. Gives the position behind it. */
export function writeCompactString(bytes: Buffer, at: number, value: string, what: string): number {
  // A string of ASCII takes as many bytes as characters; that guess is nearly always right.
  const guess = uvarintBytes(value.length + 1);
  const length = writeText(bytes, at + guess, value, what);
  const needed = uvarintBytes(length + 1);
  if (needed !== guess) bytes.copyWithin(at + needed, at + guess, at + guess + length);
  writeUvarint(bytes, at, length + 1);
  return at + needed + length;
}

function writeText(bytes: Buffer, at: number, value: string, what: string): number {
  const chars = value.length;
  let index = 0;
  if (chars <= shortStringChars) {
    for (; index < chars; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) break;
      bytes[at + index] = code;
    }
    if (index === chars) return chars;
  }
  const length = bytes.write(value, at, 'utf8');
  if (length > maxStringBytes) invalidValue(`${what} length`, length, `at most ${maxStringBytes} bytes`);
  return length;
}
