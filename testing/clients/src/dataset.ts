/** How the records of a topic are compressed. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** One of {@link codecs}. */
export type Codec = (typeof codecs)[number];

/** A record as every client can write and read it. */
export interface TestRecord {
  /** Null: none. */
  readonly key: string | null;
  readonly value: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Milliseconds; -1 where the writer cannot choose it. */
  readonly timestamp: number;
}

/** A small generator with a seed (mulberry32), so that every client sees the same records. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const words = ['order', 'paid', 'sent', 'Straße', '北京', 'naïve', '{"id":1}', '0123456789'];

/**
 * Records of 0 bytes to 100 KB, most of them small, with keys, headers and timestamps. Text without line ends, tabs and
 * commas, which is what kcat can write from its standard input.
 */
export function makeRecords(count: number, seed: number): TestRecord[] {
  const random = generator(seed);
  const filler = makeFiller(random);
  const base = 1_700_000_000_000;
  return Array.from({ length: count }, (_, index) => ({
    key: random() < 0.2 ? null : `key-${Math.floor(random() * 1000)}`,
    value: makeValue(random, filler, index),
    headers: Array.from({ length: Math.floor(random() * 3) }, (_unused, at): [string, string] => [
      `header-${at}`,
      words[Math.floor(random() * words.length)] ?? '',
    ]),
    timestamp: base + index * 10 + Math.floor(random() * 10),
  }));
}

function makeValue(random: () => number, filler: string, index: number): string {
  const kind = random();
  if (kind < 0.02) return '';
  const length = kind < 0.97 ? random() * 200 : kind < 0.998 ? random() * 4000 : random() * 100_000;
  const start = Math.floor(random() * 1000);
  return `${index}:${filler.slice(start, start + Math.floor(length))}`;
}

/** Text that compresses about as well as JSON does. */
function makeFiller(random: () => number): string {
  let text = '';
  while (text.length < 102_000) text += `${words[Math.floor(random() * words.length)]} ${Math.floor(random() * 1e6)} `;
  return text;
}
