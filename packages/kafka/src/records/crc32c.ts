import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/** Below this the table beats the call into native code. */
const nativeFromBytes = 160;

const tables: readonly Uint32Array[] = sliceTables();
const [table0 = noTable(), table1 = noTable(), table2 = noTable(), table3 = noTable()] = tables;

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of the bytes from `start` to before `end`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return end - start < nativeFromBytes ? tableCrc32c(bytes, start, end) : nativeCrc32c(bytes.subarray(start, end));
}

/** The same by tables, four bytes at a time. */
export function tableCrc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc =
      (table3[crc & 0xff] ?? 0) ^
      (table2[(crc >>> 8) & 0xff] ?? 0) ^
      (table1[(crc >>> 16) & 0xff] ?? 0) ^
      (table0[crc >>> 24] ?? 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}

/** Table `n` advances a byte over `n` more zero bytes, so that four bytes are looked up side by side. */
function sliceTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    return crc >>> 0;
  });
  const tables = [first];
  for (let slice = 1; slice < 4; slice++) {
    const previous = tables[slice - 1] ?? first;
    tables.push(previous.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] ?? 0)));
  }
  return tables;
}

function noTable(): Uint32Array {
  return new Uint32Array(256);
}
