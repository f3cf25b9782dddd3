import { KafkaError } from '../kafka-error.ts';

/** A position among records: the parts of the current one are numbers, so that walking many of them allocates nothing. */
export interface RecordCursor {
  /**
   * Goes to the next record.
   *
   * @returns whether there is one
   * @throws KafkaError `KAFKA_CORRUPT_BATCH` when its lengths do not fit, `KAFKA_NUMBER_TOO_LARGE` for a timestamp beyond 2^53-1
   */
  next(): boolean;
  /** Walks over the headers of the current record and holds their lengths against it. */
  checkHeaders(): void;
  /** Where the record begins, its length included. */
  readonly start: number;
  /** The position behind the record. */
  readonly end: number;
  /** Its timestamp seen from the batch's base timestamp, in ms. */
  readonly timestampDelta: number;
  /** Its offset seen from the batch's base offset. */
  readonly offsetDelta: number;
  /** Where the key begins. */
  readonly keyStart: number;
  /** Length of the key; -1 for null. */
  readonly keyBytes: number;
  /** Where the value begins. */
  readonly valueStart: number;
  /** Length of the value; -1 for null. */
  readonly valueBytes: number;
  readonly headerCount: number;
  /** Where the first header begins. */
  readonly headersStart: number;
}

/**
 * Walks the records of a batch, uncompressed: each a length, then as much (https://kafka.apache.org/documentation/#record).
 *
 * @param bytes - holds the records from `start` to before `end`
 */
export function createRecordCursor(bytes: Uint8Array, start = 0, end: number = bytes.length): RecordCursor {
  return new Cursor(bytes, start, end);
}

class Cursor implements RecordCursor {
  readonly #bytes: Uint8Array;
  readonly #sectionEnd: number;
  #at: number;
  start = 0;
  end: number;
  timestampDelta = 0;
  offsetDelta = 0;
  keyStart = 0;
  keyBytes = -1;
  valueStart = 0;
  valueBytes = -1;
  headerCount = 0;
  headersStart = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#sectionEnd = end;
    this.#at = start;
    this.end = start;
  }

  next(): boolean {
    if (this.end >= this.#sectionEnd) return false;
    this.start = this.end;
    this.#at = this.start;
    const length = this.#varint();
    this.end = this.#at + length;
    if (length < 0 || this.end > this.#sectionEnd) corrupt('record', length, this.#sectionEnd - this.#at);
    this.#at++; // A record's own attributes: no bit of them means anything.
    this.timestampDelta = this.#varlong();
    this.offsetDelta = this.#varint();
    this.keyBytes = this.#varint();
    this.keyStart = this.#at;
    this.#skip('key', this.keyBytes);
    this.valueBytes = this.#varint();
    this.valueStart = this.#at;
    this.#skip('value', this.valueBytes);
    this.headerCount = this.#varint();
    this.headersStart = this.#at;
    const left = this.end - this.#at;
    // A header takes two bytes at least; without any the record ends here.
    const fits = this.headerCount === 0 ? left === 0 : this.headerCount > 0 && this.headerCount * 2 <= left;
    if (!fits) corrupt('headers', this.headerCount, left);
    return true;
  }

  checkHeaders(): void {
    this.#at = this.headersStart;
    for (let left = this.headerCount; left > 0; left--) {
      const keyBytes = this.#varint();
      if (keyBytes < 0) corrupt('header key', keyBytes, this.end - this.#at);
      this.#skip('header key', keyBytes);
      this.#skip('header value', this.#varint());
    }
    if (this.#at !== this.end) corrupt('record', this.#at - this.start, this.end - this.start);
  }

  #skip(what: string, length: number): void {
    if (length < -1 || length > this.end - this.#at) corrupt(what, length, this.end - this.#at);
    if (length > 0) this.#at += length;
  }

  /** A zigzag varint of 32 bits. Most take one byte or two. */
  #varint(): number {
    const bytes = this.#bytes;
    const first = this.#byte(bytes);
    if (first < 128) return (first >>> 1) ^ -(first & 1);
    const second = this.#byte(bytes);
    if (second < 128) {
      const value = (first & 127) | (second << 7);
      return (value >>> 1) ^ -(value & 1);
    }
    return this.#longVarint(bytes, (first & 127) + (second & 127) * 128, 2 ** 14, 2 ** 32);
  }

  /** A zigzag varint of 64 bits. */
  #varlong(): number {
    const bytes = this.#bytes;
    const first = this.#byte(bytes);
    if (first < 128) return (first >>> 1) ^ -(first & 1);
    return this.#longVarint(bytes, first & 127, 128, 2 ** 64);
  }

  #longVarint(bytes: Uint8Array, low: number, firstScale: number, limit: number): number {
    let value = low;
    for (let scale = firstScale; scale < limit; scale *= 128) {
      const byte = this.#byte(bytes);
      value += (byte & 127) * scale;
      if (byte < 128) return value < limit ? unzigzag(value) : corrupt('varint', value, limit);
    }
    return corrupt('varint', value, limit);
  }

  #byte(bytes: Uint8Array): number {
    return this.#at < this.#sectionEnd ? (bytes[this.#at++] ?? 0) : corrupt('varint', 1, 0);
  }
}

function unzigzag(value: number): number {
  const result = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  if (Number.isSafeInteger(result) && value <= Number.MAX_SAFE_INTEGER) return result;
  throw new KafkaError('KAFKA_NUMBER_TOO_LARGE', `a number of a record is about ${result}; it must lie within ±2^52`);
}

function corrupt(what: string, length: number, left: number): never {
  throw new KafkaError('KAFKA_CORRUPT_BATCH', `${what} of a record takes ${length}; ${left} are left`);
}
