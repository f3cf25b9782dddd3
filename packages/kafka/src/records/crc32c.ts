import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/** Below this the table beats the call into native code. */
const nativeFromBytes = 160;

const slices = 8;
const table: Int32Array = sliceTables();

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of the bytes from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return end - start < nativeFromBytes ? tableCrc32c(bytes, start, end) : nativeCrc32c(bytes.subarray(start, end));
}

/** The same by tables, eight bytes at a time. */
export function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (table[0x700 + (crc & 0xff)] ?? 0) ^
      (table[0x600 + ((crc >>> 8) & 0xff)] ?? 0) ^
      (table[0x500 + ((crc >>> 16) & 0xff)] ?? 0) ^
      (table[0x400 + (crc >>> 24)] ?? 0) ^
      (table[0x300 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (table[0x200 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (table[0x100 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (table[bytes[at + 7] ?? 0] ?? 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** The part `n` of 256 entries advances a byte over `n` more zero bytes, so that eight bytes are looked up side by side. */
function sliceTables(): Int32Array {
  const parts = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    parts[byte] = crc;
  }
  for (let entry = 256; entry < parts.length; entry++) {
    const crc = parts[entry - 256] ?? 0;
    parts[entry] = (crc >>> 8) ^ (parts[crc & 0xff] ?? 0);
  }
  return parts;
}
