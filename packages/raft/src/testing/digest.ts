import type { Entry } from '../entry.ts';

/** FNV-1a over everything that was applied, in order. */
export class Digest {
  value = 0x811c9dc5;

  static fromBytes(bytes: Uint8Array): Digest {
    const digest = new Digest();
    if (bytes.length >= 4) digest.value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    return digest;
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, this.value);
    return bytes;
  }

  add(entry: Entry): void {
    for (const part of [entry.term, entry.index, entry.type, entry.data.length]) this.#mix(part);
    for (const byte of entry.data) this.#mix(byte);
  }

  #mix(part: number): void {
    this.value = Math.imul(this.value ^ part, 0x01000193) >>> 0;
  }
}
