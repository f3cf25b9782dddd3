import { CoordinatorError } from '../errors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });
const two32 = 2 ** 32;

/** The longest text that a 16-bit length can say, in bytes of UTF-8. */
export const maxTextBytes = 32_767;

/** How many bytes a text takes in UTF-8. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** Writes the protocol's non-flexible types, growing as needed. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(expectedBytes = 64) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes);
  }

  int16(value: number): void {
    const at = this.#grow(2);
    this.#bytes.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#grow(4);
    this.#bytes.writeInt32BE(value, at);
  }

  /** `value` must be a safe integer. */
  int64(value: number): void {
    const at = this.#grow(8);
    this.#bytes.writeInt32BE(Math.floor(value / two32), at);
    this.#bytes.writeUInt32BE(value >>> 0, at + 4);
  }

  text(value: string): void {
    const length = textBytes(value);
    this.int16(length);
    const at = this.#grow(length);
    this.#bytes.write(value, at);
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
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length);
  }

  /** Makes room; the buffer is another one afterwards, maybe. */
  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

/** Reads the protocol's non-flexible types; throws `COORDINATOR_RECORD_INVALID` past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  int16(field: string): number {
    return this.#view.getInt16(this.#take(2, field));
  }

  int32(field: string): number {
    return this.#view.getInt32(this.#take(4, field));
  }

  int64(field: string): number {
    const at = this.#take(8, field);
    const value = this.#view.getInt32(at) * two32 + this.#view.getUint32(at + 4);
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
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch (cause) {
      throw this.invalid(`${field} is not UTF-8`, cause);
    }
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

  invalid(reason: string, cause?: unknown): CoordinatorError {
    const options = cause === undefined ? {} : { cause };
    return new CoordinatorError('COORDINATOR_RECORD_INVALID', `${this.#what}: ${reason}`, options);
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
