import type { SeededRandom } from './seeded-random.ts';

/** What may befall a file while nobody looks; gives its bytes after that. */
export const damages = {
  /** It ends at a random byte. */
  cut: (bytes: Buffer, random: SeededRandom): Buffer => Buffer.from(bytes.subarray(0, random.below(bytes.length))),
  /** It is followed by zeros. */
  zeros: (bytes: Buffer, random: SeededRandom): Buffer => Buffer.concat([bytes, Buffer.alloc(random.between(1, 8192))]),
  /** It is followed by garbage. */
  garbage: (bytes: Buffer, random: SeededRandom): Buffer =>
    Buffer.concat([bytes, random.bytes(random.between(1, 8192))]),
  /** From a random byte on it is zeros, and one of them was none. */
  zeroed: (bytes: Buffer, random: SeededRandom): Buffer =>
    Buffer.from(bytes).fill(0, random.below(1 + bytes.findLastIndex((byte) => byte !== 0))),
  /** One bit is another. */
  flipped: (bytes: Buffer, random: SeededRandom): Buffer => flipped(bytes, random.below(bytes.length), random.below(8)),
} as const;

/** A kind of damage. */
export type DamageKind = keyof typeof damages;

/** All kinds. */
export const damageKinds: readonly DamageKind[] = Object.keys(damages) as DamageKind[];

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
  return damaged;
}

/** The first byte that is another, or is not there. */
export function firstDifference(before: Buffer, after: Buffer): number {
  const shared = Math.min(before.length, after.length);
  for (let at = 0; at < shared; at++) if (before[at] !== after[at]) return at;
  return shared;
}
