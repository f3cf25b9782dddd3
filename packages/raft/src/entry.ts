import type { LogIndex, Term } from './identifiers.ts';

/** What an entry's data is; the numbers are those of the field's wire format (`raftpb.EntryType`). */
export const EntryType = {
  /** Bytes for the state machine. Empty data is the entry that a new leader begins its term with. */
  normal: 0,
  /** A {@link ConfChange} in its wire form. */
  confChange: 1,
  /** A {@link ConfChangeV2} in its wire form; empty data is the change that leaves a joint configuration. */
  confChangeV2: 2,
} as const;

/** One of {@link EntryType}. */
export type EntryType = (typeof EntryType)[keyof typeof EntryType];

/** One record of the replicated log (dissertation, section 3.5). Never changed after it was made. */
export interface Entry {
  /** The term of the leader that appended it; 0 in a proposal that no leader has taken yet. */
  readonly term: Term;
  /** Its place in the log; 0 in a proposal that no leader has taken yet. */
  readonly index: LogIndex;
  readonly type: EntryType;
  /** Never copied and never changed: what the proposer gave is what the state machine gets. */
  readonly data: Uint8Array;
}

/** No bytes, where a field has none. */
export const emptyBytes: Uint8Array = new Uint8Array(0);

/** Bytes of `value` as a base-128 varint. */
function varintBytes(value: number): number {
  // Comparisons where divisions would do: this runs several times per entry.
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  if (value < 0x1000_0000) return 4;
  let bytes = 4;
  for (let rest = value / 0x1000_0000; rest >= 1; rest /= 128) bytes += 1;
  return bytes;
}

/**
 * The size of an entry in bytes, as every byte limit of this package counts it: its length in the field's wire format
 * (protobuf `raftpb.Entry`), so that a limit means the same on every implementation.
 */
export function entryBytes(entry: Entry): number {
  const payload = entry.data.length === 0 ? 0 : 1 + varintBytes(entry.data.length) + entry.data.length;
  return 2 + 1 + varintBytes(entry.term) + 1 + varintBytes(entry.index) + payload;
}

/** The size of entries together, as byte limits count it. */
export function entriesBytes(entries: readonly Entry[]): number {
  let total = 0;
  for (const entry of entries) total += entryBytes(entry);
  return total;
}

/** Bytes of data alone: what a proposer is charged for, so that an empty entry is always free. */
export function payloadBytes(entries: readonly Entry[]): number {
  let total = 0;
  for (const entry of entries) total += entry.data.length;
  return total;
}

/** The longest head of `entries` within `maxBytes`, but never nothing of something. */
export function limitEntries(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  let total = 0;
  let count = 0;
  for (const entry of entries) {
    total += entryBytes(entry);
    if (total > maxBytes && count > 0) return entries.slice(0, count);
    count += 1;
  }
  return entries;
}
