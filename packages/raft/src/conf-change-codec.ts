import {
  type ConfChange,
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  isConfChangeV1,
} from './conf-change.ts';
import { type Entry, EntryType, emptyBytes } from './entry.ts';
import { RaftError } from './errors.ts';
import { nodeId, noNode } from './identifiers.ts';

/**
 * Membership changes as bytes in an entry: protobuf, field for field as the field's `raftpb` has it. The core reads
 * them in proposals that were forwarded to it, so it brings the few lines of protobuf that they need.
 */

/** What {@link encodeConfChange} gives: the entry's type and data. */
export interface EncodedConfChange {
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** The entry that carries a change. */
export function encodeConfChange(change: ConfChange | ConfChangeV2): EncodedConfChange {
  if (isConfChangeV1(change)) return { type: EntryType.confChange, data: encodeV1(change) };
  return { type: EntryType.confChangeV2, data: encodeV2(change) };
}

/**
 * The change that a committed entry carries; undefined for a normal entry.
 *
 * @throws RaftError `RAFT_CONF_CHANGE_INVALID` when its data is no such change
 */
export function decodeConfChange(entry: Pick<Entry, 'type' | 'data'>): ConfChange | ConfChangeV2 | undefined {
  switch (entry.type) {
    case EntryType.confChange:
      return decodeV1(entry.data);
    case EntryType.confChangeV2:
      return decodeV2(entry.data);
    default:
      return undefined;
  }
}

function encodeV1(change: ConfChange): Uint8Array {
  const bytes: number[] = [];
  pushVarintField(bytes, 1, change.id);
  pushVarintField(bytes, 2, change.type);
  pushVarintField(bytes, 3, change.nodeId);
  if (change.context.length > 0) pushBytesField(bytes, 4, change.context);
  return Uint8Array.from(bytes);
}

function encodeV2(change: ConfChangeV2): Uint8Array {
  const bytes: number[] = [];
  pushVarintField(bytes, 1, change.transition);
  for (const single of change.changes) {
    const part: number[] = [];
    pushVarintField(part, 1, single.type);
    pushVarintField(part, 2, single.nodeId);
    pushBytesField(bytes, 2, part);
  }
  if (change.context.length > 0) pushBytesField(bytes, 3, change.context);
  return Uint8Array.from(bytes);
}

function decodeV1(data: Uint8Array): ConfChange {
  let change: ConfChange = { id: 0, type: ConfChangeType.addNode, nodeId: noNode, context: emptyBytes };
  for (const field of readFields(data)) {
    if (field.number === 1) change = { ...change, id: varintOf(field) };
    else if (field.number === 2) change = { ...change, type: changeTypeOf(varintOf(field)) };
    else if (field.number === 3) change = { ...change, nodeId: nodeId(varintOf(field)) };
    else if (field.number === 4) change = { ...change, context: bytesOf(field) };
  }
  return change;
}

function decodeV2(data: Uint8Array): ConfChangeV2 {
  const changes: ConfChangeSingle[] = [];
  let transition: ConfChangeTransition = ConfChangeTransition.auto;
  let context = emptyBytes;
  for (const field of readFields(data)) {
    if (field.number === 1) transition = transitionOf(varintOf(field));
    else if (field.number === 2) changes.push(decodeSingle(bytesOf(field)));
    else if (field.number === 3) context = bytesOf(field);
  }
  return { transition, changes, context };
}

function decodeSingle(data: Uint8Array): ConfChangeSingle {
  let single: ConfChangeSingle = { type: ConfChangeType.addNode, nodeId: noNode };
  for (const field of readFields(data)) {
    if (field.number === 1) single = { ...single, type: changeTypeOf(varintOf(field)) };
    else if (field.number === 2) single = { ...single, nodeId: nodeId(varintOf(field)) };
  }
  return single;
}

function changeTypeOf(value: number): ConfChangeType {
  if (value === 0 || value === 1 || value === 2 || value === 3) return value;
  return refuse(`membership change type is ${value}; it must be 0 to 3`);
}

function transitionOf(value: number): ConfChangeTransition {
  if (value === 0 || value === 1 || value === 2) return value;
  return refuse(`membership change transition is ${value}; it must be 0 to 2`);
}

/** One field of a protobuf message: a varint or bytes; other wire types do not occur here. */
interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const wireVarint = 0;
const wireBytes = 2;

function* readFields(data: Uint8Array): Generator<WireField> {
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[position];
      if (byte === undefined || scale > 2 ** 49)
        return refuse(`membership change has a broken varint at byte ${position}`);
      position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
  };
  while (position < data.length) {
    const key = readVarint();
    const wireType = key % 8;
    const number = Math.floor(key / 8);
    if (wireType === wireVarint) {
      yield { number, value: readVarint() };
    } else if (wireType === wireBytes) {
      const length = readVarint();
      if (position + length > data.length) refuse(`membership change ends within field ${number}`);
      yield { number, value: data.subarray(position, position + length) };
      position += length;
    } else {
      refuse(`membership change has wire type ${wireType} in field ${number}; it must be 0 or 2`);
    }
  }
}

function varintOf(field: WireField): number {
  if (typeof field.value !== 'number') return refuse(`membership change field ${field.number} is bytes, not a number`);
  if (!Number.isSafeInteger(field.value))
    return refuse(`membership change field ${field.number} is ${field.value}, above 2^53-1`);
  return field.value;
}

function bytesOf(field: WireField): Uint8Array {
  if (typeof field.value === 'number') return refuse(`membership change field ${field.number} is a number, not bytes`);
  return field.value;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function pushVarintField(bytes: number[], number: number, value: number): void {
  pushVarint(bytes, number * 8 + wireVarint);
  pushVarint(bytes, value);
}

function pushBytesField(bytes: number[], number: number, value: ArrayLike<number>): void {
  pushVarint(bytes, number * 8 + wireBytes);
  pushVarint(bytes, value.length);
  for (let index = 0; index < value.length; index += 1) bytes.push(value[index] ?? 0);
}

function refuse(message: string): never {
  throw new RaftError('RAFT_CONF_CHANGE_INVALID', message);
}
