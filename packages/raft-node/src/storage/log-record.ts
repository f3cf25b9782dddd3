import { type Entry, EntryType, type HardState, logIndex, nodeId, term } from '@streambus/raft';
import { assert } from '@streambus/runtime';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';

/**
 * One frame of the log on disk: the hard state as of this write, and the entries written with it. Each record carries the whole hard
 * state, so the last one is enough and everything before the first needed entry can go.
 *
 * Invariant: the entries follow one another by index.
 */
export interface LogRecord {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

/*
 * Layout, numbers as varints: 1 (the version, one byte), term, vote, commit, count of entries, index of the first one; then for each
 * entry: term, type, length of its data, data.
 */
const version = 1;

/**
 * Writes a record into one piece of memory, which is cheaper to write and to checksum than one piece per entry. This is the hot path, and
 * the layout is nobody else's, so it is written by hand: protobuf takes four times as long for the same entries.
 */
export function encodeLogRecord({ hardState, entries }: LogRecord): Uint8Array {
  const first = entries[0]?.index ?? 0;
  const head = [hardState.term, hardState.vote, hardState.commit, entries.length, first];
  const bytes = new Uint8Array(recordBytes(head, entries));
  bytes[0] = version;
  let position = 1;
  for (const value of head) position = writeVarint(bytes, position, value);
  for (const entry of entries) {
    position = writeVarint(bytes, position, entry.term);
    position = writeVarint(bytes, position, entry.type);
    position = writeVarint(bytes, position, entry.data.length);
    bytes.set(entry.data, position);
    position += entry.data.length;
  }
  assert(position === bytes.length, 'a log record has another length than computed');
  return bytes;
}

/** Reads a record; its entries' data are views. Undefined when the bytes are no record of this version. */
export function decodeLogRecord(bytes: Uint8Array): LogRecord | undefined {
  if (bytes[0] !== version) return undefined;
  const reader = new VarintReader(bytes, 1);
  const hardState = { term: term(reader.varint()), vote: nodeId(reader.varint()), commit: logIndex(reader.varint()) };
  const count = reader.varint();
  const first = reader.varint();
  const entries: Entry[] = [];
  while (entries.length < count && !reader.broken) entries.push(readEntry(reader, first + entries.length));
  const whole = !reader.broken && reader.atEnd && entries.every((entry) => isEntryType(entry.type));
  return whole ? { hardState, entries } : undefined;
}

function readEntry(reader: VarintReader, index: number): Entry {
  const entryTerm = term(reader.varint());
  const type = reader.varint() as EntryType;
  return { term: entryTerm, index: logIndex(index), type, data: reader.take(reader.varint()) };
}

function isEntryType(value: number): value is EntryType {
  return value === EntryType.normal || value === EntryType.confChange || value === EntryType.confChangeV2;
}

function recordBytes(head: readonly number[], entries: readonly Entry[]): number {
  let bytes = 1;
  for (const value of head) bytes += varintBytes(value);
  for (const { term: entryTerm, data } of entries) {
    bytes += varintBytes(entryTerm) + 1 + varintBytes(data.length) + data.length;
  }
  return bytes;
}
