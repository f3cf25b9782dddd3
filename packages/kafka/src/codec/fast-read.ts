import { malformed } from './failures.ts';

/** Where {@link readUvarint} stopped: a second result without an object for it. */
export const cursor = { at: 0 };

/** Up to here a loop over bytes beats the call into the runtime's decoder. */
const shortStringBytes = 6;

/** Reads an unsigned varint of up to 32 bits, leaving the position behind it in {@link cursor}; -1 where the bytes end inside. */
export function readUvarint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  let scale = 1;
  for (let place = at; place < end && scale <= 268_435_456; place++, scale *= 128) {
    const byte = bytes[place] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) {
      cursor.at = place + 1;
      return value <= 0xffff_ffff ? value : malformed('varint', value, 'at most 2^32-1');
    }
  }
  return scale > 268_435_456 ? malformed('varint', value, 'a varint of at most 5 bytes') : -1;
}

/** The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function readText(bytes: Buffer, at: number, length: number): string {
  const end = at + length;
  if (length <= shortStringBytes) {
    let text = '';
    for (let place = at; place < end; place++) {
      const byte = bytes[place] ?? 0;
      if (byte > 127) return bytes.toString('utf8', at, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return bytes.toString('utf8', at, end);
}
