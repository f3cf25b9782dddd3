/*
 * Unsigned base-128 varints of safe integers, least significant group first, as protobuf has them. Numbers above 2^31 are
 * split by division, because bitwise operators cut at 32 bits.
 */

/** Bytes that `value` takes. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Writes `value` at `position`; returns the position after it. */
export function writeVarint(target: Uint8Array, position: number, value: number): number {
  let at = position;
  let rest = value;
  while (rest >= 128) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

/** Reads one value after the other. Past the end, and for a value above 2^53-1, it is {@link VarintReader.broken} and gives 0. */
export class VarintReader {
  readonly bytes: Uint8Array;
  position: number;
  /** Whether something that was asked for was not there. */
  broken = false;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return Number.isSafeInteger(value) ? value : this.#fail();
    }
    return this.#fail();
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.position) this.#fail();
    const view = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return view;
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.take(this.bytes.length - this.position);
  }

  #fail(): number {
    this.broken = true;
    return 0;
  }
}
