import { CoordinatorError } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });
const two32 = 2 ** 32;
const shortTextBytes = 32;

/** The longest text that a 16-bit length can say, in bytes of UTF-8. */
export const maxTextBytes = 32_767;

/** How many bytes a text takes in UTF-8. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

/**
 * Writes the protocol's non-flexible types, growing as needed.
 *
 * Most records take less than 64 bytes: an array of exactly their size then lives on the heap like any small object, and
 * costs a fraction of what a view of a larger buffer does.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** @param expectedBytes - what it will take if all texts are ASCII */
  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes);
  }

  int16(value: number): void {
    const at = this.#grow(2);
    this.#bytes[at] = value >> 8;
    this.#bytes[at + 1] = value;
  }

  int32(value: number): void {
    const at = this.#grow(4);
    this.#bytes[at] = value >> 24;
    this.#bytes[at + 1] = value >> 16;
    this.#bytes[at + 2] = value >> 8;
    this.#bytes[at + 3] = value;
  }

  /** `value` must be a safe integer. */
  int64(value: number): void {
    this.int32(Math.floor(value / two32));
    this.int32(value);
  }

  text(value: string): void {
    const length = textBytes(value);
    this.int16(length);
    const at = this.#grow(length);
    if (length !== value.length) encoder.encodeInto(value, this.#bytes.subarray(at));
    else for (let index = 0; index < length; index++) this.#bytes[at + index] = value.charCodeAt(index);
  }

  nullableText(value: string | null): void {
    if (value === null) this.int16(-1);
    else this.text(value);
  }

  bytes(value: Uint8Array): void {
    this.int32(value.length);
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  /** Makes room; the array is another one afterwards, maybe. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads the protocol's non-flexible types; throws `COORDINATOR_RECORD_INVALID` past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: () => string;
  #at = 0;

  /** @param what - says what the bytes are, for the message of an error */
  constructor(bytes: Uint8Array, what: () => string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  int16(field: string): number {
    const at = this.#take(2, field);
    return ((this.#byte(at) << 24) | (this.#byte(at + 1) << 16)) >> 16;
  }

  int32(field: string): number {
    const at = this.#take(4, field);
    return (this.#byte(at) << 24) | (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
  }

  int64(field: string): number {
    const high = this.int32(field);
    const low = this.int32(field) >>> 0;
    const value = high * two32 + low;
    if (!Number.isSafeInteger(value)) throw this.invalid(`${field} is ${value}, beyond ±(2^53-1)`);
    return value;
  }

  text(field: string): string {
    const value = this.nullableText(field);
    if (value === null) throw this.invalid(`${field} is null`);
    return value;
  }

  nullableText(field: string): string | null {
    const length = this.int16(field);
    if (length === -1) return null;
    const at = this.#take(length, field);
    return length <= shortTextBytes ? this.#shortText(at, length, field) : this.#decode(at, length, field);
  }

  /** A view, not a copy; null becomes empty. */
  bytes(field: string): Uint8Array {
    const length = this.int32(field);
    if (length === -1) return new Uint8Array(0);
    const at = this.#take(length, field);
    return this.#bytes.subarray(at, at + length);
  }

  /** The length of an array whose elements take at least `minElementBytes`. */
  arrayLength(field: string, minElementBytes: number): number {
    const length = this.int32(field);
    const fits = length >= 0 && length * minElementBytes <= this.#bytes.length - this.#at;
    if (!fits) throw this.invalid(`${field} claims ${length} elements in ${this.#bytes.length - this.#at} bytes`);
    return length;
  }

  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  /** Most texts are short and ASCII: the decoder's set-up would cost more than they do. */
  #shortText(at: number, length: number, field: string): string {
    let text = '';
    for (let index = at; index < at + length; index++) {
      const byte = this.#byte(index);
      if (byte >= 0x80) return this.#decode(at, length, field);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #decode(at: number, length: number, field: string): string {
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch (cause) {
      throw this.invalid(`${field} is not UTF-8`, cause);
    }
  }

  invalid(reason: string, cause?: unknown): CoordinatorError {
    const options = cause === undefined ? {} : { cause };
    return new CoordinatorError('COORDINATOR_RECORD_INVALID', `${this.#what()}: ${reason}`, options);
  }

  #take(count: number, field: string): number {
    const at = this.#at;
    if (count < 0 || at + count > this.#bytes.length) {
      throw this.invalid(`${field} needs ${count} bytes at ${at} of ${this.#bytes.length}`);
    }
    this.#at += count;
    return at;
  }
}
