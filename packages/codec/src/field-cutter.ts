import { CodecError } from './errors.ts';

/** One field of a message, as it came. */
export interface WireField {
  readonly number: number;
  /** With its tag and its length. */
  readonly whole: Uint8Array;
  /** What it holds, where that has a length of its own: a message, a text. */
  readonly content: Uint8Array | undefined;
}

const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;
const maxVarintBytes = 10;
const maxLength = 2 ** 31 - 1;

/**
 * Cuts a message into its fields, whose bytes come in pieces of any size: the fields that are whole in what came, each once. Of what came
 * before, it keeps no more than the field that has only begun.
 */
export class FieldCutter {
  readonly #what: string;
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  /** Before so many bytes have come, the field that has begun is not whole. */
  #wantedBytes = 0;
  #takenBytes = 0;

  /** @param what - the message, for errors */
  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Takes the next bytes; the fields are views of them, or of a copy.
   *
   * @throws CodecError `CODEC_MALFORMED`
   */
  *add(piece: Uint8Array): Generator<WireField, undefined, undefined> {
    if (this.#begunBytes + piece.length < this.#wantedBytes) {
      this.#keep(piece);
      return;
    }
    const bytes = this.#withBegun(piece);
    for (let position = 0; position < bytes.length; ) {
      const field = this.#fieldAt(bytes, position);
      if (typeof field === 'number') {
        this.#wantedBytes = field;
        this.#keep(bytes.subarray(position));
        return;
      }
      position += field.whole.length;
      this.#takenBytes += field.whole.length;
      yield field;
    }
  }

  /** Every byte was given. @throws CodecError `CODEC_MALFORMED` in the middle of a field */
  end(): void {
    if (this.#begunBytes > 0) throw this.#malformed(`it ends ${this.#begunBytes} bytes after a field has begun`);
  }

  /** A copy: a view would keep all that was read with it. */
  #keep(piece: Uint8Array): void {
    this.#begun.push(piece.slice());
    this.#begunBytes += piece.length;
  }

  #withBegun(piece: Uint8Array): Uint8Array {
    if (this.#begunBytes === 0) return piece;
    const bytes = new Uint8Array(this.#begunBytes + piece.length);
    let position = 0;
    for (const part of [...this.#begun, piece]) {
      bytes.set(part, position);
      position += part.length;
    }
    this.#begun = [];
    this.#begunBytes = 0;
    this.#wantedBytes = 0;
    return bytes;
  }

  /** @returns how many bytes it takes at least, where it is not whole */
  #fieldAt(bytes: Uint8Array, start: number): WireField | number {
    const available = bytes.length - start;
    const tag = this.#varintAt(bytes, start);
    if (tag === undefined) return available + 1;
    const number = Math.floor(tag.value / 8);
    if (number === 0 || tag.value > 0xffff_ffff) throw this.#malformed(`there is a field ${number}`);
    const extent = this.#extentAt(bytes, tag.end, tag.value % 8);
    if (extent === undefined) return available + 1;
    if (extent.end - start > available) return extent.end - start;
    const whole = bytes.subarray(start, extent.end);
    return {
      number,
      whole,
      content: extent.begin === undefined ? undefined : bytes.subarray(extent.begin, extent.end),
    };
  }

  /** Where a field's value ends, and where what has a length begins; undefined where the bytes do not say yet. */
  #extentAt(
    bytes: Uint8Array,
    position: number,
    wireType: number,
  ): { readonly begin: number | undefined; readonly end: number } | undefined {
    switch (wireType) {
      case wireTypes.varint: {
        const varint = this.#varintAt(bytes, position);
        return varint && { begin: undefined, end: varint.end };
      }
      case wireTypes.fixed64:
        return { begin: undefined, end: position + 8 };
      case wireTypes.fixed32:
        return { begin: undefined, end: position + 4 };
      case wireTypes.lengthDelimited: {
        const length = this.#varintAt(bytes, position);
        if (length === undefined) return undefined;
        if (length.value > maxLength) throw this.#malformed(`a field has ${length.value} bytes`);
        return { begin: length.end, end: length.end + length.value };
      }
      default:
        throw this.#malformed(`a field has the wire type ${wireType}`);
    }
  }

  #varintAt(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | undefined {
    let value = 0;
    let scale = 1;
    for (let at = start; at < start + maxVarintBytes; at++) {
      const byte = bytes[at];
      if (byte === undefined) return undefined;
      value += (byte % 128) * scale;
      if (byte < 128) return { value, end: at + 1 };
      scale *= 128;
    }
    throw this.#malformed('a varint has more than ten bytes');
  }

  #malformed(why: string): CodecError {
    return new CodecError('CODEC_MALFORMED', `no ${this.#what} from byte ${this.#takenBytes} on: ${why}`);
  }
}
