/** Chance, as everything outside runtime sees it. */
export interface Random {
  /** An integer from 0 to 2^32-1. */
  uint32(): number;
  /** An integer from 0 to `bound`-1; `bound` is from 1 to 2^32. */
  below(bound: number): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** A random UUID (RFC 9562, version 4) in its 36 characters. */
export function randomUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
