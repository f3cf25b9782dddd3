const prefixBytes = 4;
/** Copying so few bytes costs less than another piece of a write. */
const copiedBytes = 1024;
const slabBytes = 64 * 1024;

/** Puts the length before each message. Small ones are copied together, large ones are left where they are. */
export class FrameWriter {
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #from = 0;
  #to = 0;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Of all that was added and not taken. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: Uint8Array): void {
    const isCopied = message.length <= copiedBytes;
    if (this.#to + prefixBytes + (isCopied ? message.length : 0) > slabBytes) this.#turn();
    this.#to = this.#slab.writeUInt32BE(message.length, this.#to);
    if (isCopied) {
      this.#slab.set(message, this.#to);
      this.#to += message.length;
    } else {
      this.#cut();
      this.#pieces.push(message);
    }
    this.#bytes += prefixBytes + message.length;
  }

  /** @returns what was added since the last time, in pieces that make one write */
  take(): readonly Uint8Array[] {
    this.#cut();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  #turn(): void {
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
    this.#from = 0;
    this.#to = 0;
  }

  #cut(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#slab.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}

/** Finds the messages in what arrives: views of it where they are whole, copied together where they are not. */
export class FrameReader {
  readonly #onMessage: (message: Uint8Array) => void;
  /** Of a length that has not arrived whole. */
  readonly #prefix: Buffer = Buffer.alloc(prefixBytes);
  #prefixFilled = 0;
  /** A message that has not arrived whole. */
  #partial: Buffer | undefined;
  #partialFilled = 0;

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial !== undefined) at += this.#fill(this.#partial, chunk, at);
      else if (this.#prefixFilled > 0 || chunk.length - at < prefixBytes) at += this.#fillPrefix(chunk, at);
      else at = this.#begin(chunk, at + prefixBytes, chunk.readUInt32BE(at));
    }
  }

  #fillPrefix(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#prefix, this.#prefixFilled, at, at + prefixBytes - this.#prefixFilled);
    this.#prefixFilled += copied;
    if (this.#prefixFilled < prefixBytes) return copied;
    this.#prefixFilled = 0;
    return this.#begin(chunk, at + copied, this.#prefix.readUInt32BE(0)) - at;
  }

  /** @returns where the next one begins, if this one is whole */
  #begin(chunk: Buffer, at: number, length: number): number {
    const end = at + length;
    if (end <= chunk.length) {
      this.#onMessage(chunk.subarray(at, end));
      return end;
    }
    this.#partial = Buffer.allocUnsafeSlow(length);
    this.#partialFilled = 0;
    return at;
  }

  #fill(partial: Buffer, chunk: Buffer, at: number): number {
    const copied = chunk.copy(partial, this.#partialFilled, at, at + partial.length - this.#partialFilled);
    this.#partialFilled += copied;
    if (this.#partialFilled === partial.length) {
      this.#partial = undefined;
      this.#onMessage(partial);
    }
    return copied;
  }
}
