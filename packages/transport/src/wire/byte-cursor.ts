import { readCounter, readUint32, writeCounter, writeUint32 } from './frame.ts';
import { ProtocolViolation } from './protocol-violation.ts';

const encoder = new TextEncoder();
// A name is what its bytes say; without `ignoreBOM` two different ones could be read as the same.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Collects the fields of a handshake message. */
export class FieldWriter {
  readonly #fields: Uint8Array[] = [];

  byte(value: number): this {
    this.#fields.push(Uint8Array.of(value));
    return this;
  }

  uint32(value: number): this {
    const bytes = new Uint8Array(4);
    writeUint32(bytes, 0, value);
    this.#fields.push(bytes);
    return this;
  }

  counter(value: number): this {
    const bytes = new Uint8Array(8);
    writeCounter(bytes, 0, value);
    this.#fields.push(bytes);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#fields.push(bytes);
    return this;
  }

  /** A length in one byte, and UTF-8. */
  text(value: string): this {
    const bytes = encoder.encode(value);
    return this.byte(bytes.length).raw(bytes);
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#fields);
  }
}

/** Reads the fields of a handshake message. Each read throws {@link ProtocolViolation} where the bytes end too early. */
export class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1)[0] as number;
  }

  uint32(): number {
    return readUint32(this.#take(4), 0);
  }

  counter(what: string): number {
    const value = readCounter(this.#take(8), 0);
    if (!Number.isSafeInteger(value)) throw new ProtocolViolation(`${what} is ${value}; at most 2^53-1 is allowed`);
    return value;
  }

  raw(length: number): Uint8Array {
    return this.#take(length);
  }

  text(what: string): string {
    const bytes = this.#take(this.byte());
    try {
      return decoder.decode(bytes);
    } catch {
      throw new ProtocolViolation(`${what} is no UTF-8`);
    }
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) {
      throw new ProtocolViolation(`${this.#bytes.length} bytes where at least ${this.#at + length} are needed`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
