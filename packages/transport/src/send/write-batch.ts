import { counterBytes, frameHeaderBytes, writeCounter, writeHeader, writeUint32 } from '../wire/frame.ts';

/** Bytes are collected in pieces of this size, which are used up over many batches. */
const slabBytes = 65_536;

/** A longer piece goes out as it is: another piece of a vectored write costs less than copying it. */
const copyBelowBytes = 2048;

/**
 * Collects what one write takes to the socket: headers and short messages side by side in memory of its own, long ones as views.
 * Nothing that was handed out is written to again.
 */
export class WriteBatch {
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;
  /** Where in the slab the run of short pieces began that is not among the pieces yet. */
  #runFrom = 0;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  /** Of this batch so far. */
  get bytes(): number {
    return this.#bytes;
  }

  header(kind: number, channel: number, length: number): void {
    const at = this.#room(frameHeaderBytes);
    writeHeader(this.#slab, at, kind, channel, length);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    writeUint32(this.#slab, at, value);
  }

  counter(value: number): void {
    const at = this.#room(counterBytes);
    writeCounter(this.#slab, at, value);
  }

  append(bytes: Uint8Array): void {
    if (bytes.length > copyBelowBytes) {
      this.#endRun();
      this.#pieces.push(bytes);
      this.#bytes += bytes.length;
      return;
    }
    const at = this.#room(bytes.length);
    this.#slab.set(bytes, at);
  }

  /** The pieces in order; the batch is empty again. */
  take(): readonly Uint8Array[] {
    this.#endRun();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  #room(length: number): number {
    if (this.#used + length > slabBytes) {
      this.#endRun();
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
      this.#runFrom = 0;
    }
    const at = this.#used;
    this.#used += length;
    this.#bytes += length;
    return at;
  }

  #endRun(): void {
    if (this.#used > this.#runFrom) this.#pieces.push(this.#slab.subarray(this.#runFrom, this.#used));
    this.#runFrom = this.#used;
  }
}
