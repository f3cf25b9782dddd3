const twoTo32 = 2 ** 32;

/** Reads an unsigned 32-bit number; bytes past the end count as zero. */
export function readUint32(bytes: Uint8Array, position: number): number {
  return (
    (((bytes[position] ?? 0) << 24) |
      ((bytes[position + 1] ?? 0) << 16) |
      ((bytes[position + 2] ?? 0) << 8) |
      (bytes[position + 3] ?? 0)) >>>
    0
  );
}

/** Reads a signed 64-bit number; beyond 2^53 it is not exact, which callers refuse by asking for a safe integer. */
export function readInt64(bytes: Uint8Array, position: number): number {
  return (readUint32(bytes, position) | 0) * twoTo32 + readUint32(bytes, position + 4);
}

export function writeUint32(bytes: Uint8Array, position: number, value: number): void {
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
}

/** Writes a safe integer, negative ones in two's complement. */
export function writeInt64(bytes: Uint8Array, position: number, value: number): void {
  writeUint32(bytes, position, Math.floor(value / twoTo32) >>> 0);
  writeUint32(bytes, position + 4, value >>> 0);
}
