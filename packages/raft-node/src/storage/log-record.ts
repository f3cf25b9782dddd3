import {
  type Entry,
  EntryType,
  type HardState,
  type LogIndex,
  logIndex,
  nodeId,
  type Term,
  term,
} from '@streambus/raft';
import { assert } from '@streambus/runtime';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';

/** The last entry that a snapshot stands for. */
export interface LogBeginning {
  readonly index: LogIndex;
  readonly term: Term;
}

/**
 * One frame of the log on disk: the hard state as of this write, and the entries written with it. Each record carries the whole hard
 * state, so the last one is enough and everything before the first needed entry can go.
 *
 * Invariants:
 * 1. The entries follow one another by index.
 * 2. With `beginsAfter`, they follow that, and a snapshot at that entry or a later one is durable.
 */
export interface LogRecord {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
  /** A leader's snapshot has taken the place of the log: no entry of an earlier record counts. */
  readonly beginsAfter?: LogBeginning | undefined;
}

/*
 * Layout, numbers as varints: 1 (the version, one byte), term, vote, commit, count of entries, index of the first one; then for each
 * entry: term, type, length of its data, data; then, in a record with `beginsAfter` only: 1 (which field follows), its index, its term.
 */
const version = 1;
const beginsAfterField = 1;

/**
 * Writes a record into one piece of memory, which is cheaper to write and to checksum than one piece per entry. This is the hot path, and
 * the layout is nobody else's, so it is written by hand: protobuf takes four times as long for the same entries.
 */
export function encodeLogRecord({ hardState, entries, beginsAfter }: LogRecord): Uint8Array {
  const first = entries[0]?.index ?? 0;
  const head = [hardState.term, hardState.vote, hardState.commit, entries.length, first];
  const tail = beginsAfter === undefined ? [] : [beginsAfterField, beginsAfter.index, beginsAfter.term];
  const bytes = new Uint8Array(recordBytes(head, entries, tail));
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
  for (const value of tail) position = writeVarint(bytes, position, value);
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
  const beginsAfter = reader.atEnd ? undefined : readBeginning(reader);
  const whole = !reader.broken && reader.atEnd && entries.every((entry) => isEntryType(entry.type));
  return whole ? { hardState, entries, beginsAfter } : undefined;
}

function readBeginning(reader: VarintReader): LogBeginning | undefined {
  if (reader.varint() !== beginsAfterField) reader.broken = true;
  return { index: logIndex(reader.varint()), term: term(reader.varint()) };
}

function readEntry(reader: VarintReader, index: number): Entry {
  const entryTerm = term(reader.varint());
  const type = reader.varint() as EntryType;
  return { term: entryTerm, index: logIndex(index), type, data: reader.take(reader.varint()) };
}

function isEntryType(value: number): value is EntryType {
  return value === EntryType.normal || value === EntryType.confChange || value === EntryType.confChangeV2;
}

function recordBytes(head: readonly number[], entries: readonly Entry[], tail: readonly number[]): number {
  let bytes = 1;
  for (const value of head) bytes += varintBytes(value);
  for (const value of tail) bytes += varintBytes(value);
  for (const { term: entryTerm, data } of entries) {
    bytes += varintBytes(entryTerm) + 1 + varintBytes(data.length) + data.length;
  }
  return bytes;
}
