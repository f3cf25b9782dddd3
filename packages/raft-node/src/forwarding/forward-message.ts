import { decodeConfChangeV2, encodeConfChangeV2 } from '@streambus/codec';
import type { ConfChangeV2 } from '@streambus/raft';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';
import { type RaftNodeErrorCode, raftNodeErrorCodes } from '../errors.ts';

/**
 * What nodes say about proposals that were made on one and belong to another, the leader.
 *
 * - `propose`: append these, all or none, in one go.
 * - `change`: append this membership change.
 * - `appended`: they are the entries from `firstIndex` on, of this term. Whether they commit, the proposer sees in its own log.
 * - `refused`: none of them is in any log.
 */
export type ForwardMessage =
  | { readonly type: 'propose'; readonly batch: number; readonly data: readonly Uint8Array[] }
  | { readonly type: 'change'; readonly batch: number; readonly change: ConfChangeV2 }
  | { readonly type: 'appended'; readonly batch: number; readonly firstIndex: number; readonly term: number }
  | { readonly type: 'refused'; readonly batch: number; readonly code: RaftNodeErrorCode; readonly message: string };

/** What a leader says to a proposer. */
export type ForwardAnswer = Extract<ForwardMessage, { type: 'appended' | 'refused' }>;

/** What a proposer says to a leader. */
export type ForwardRequest = Exclude<ForwardMessage, ForwardAnswer>;

/*
 * One byte for the type, then varints; lists and texts have their lengths before them. Codes travel as text: they are API, their order is not.
 */
const types = { propose: 0, appended: 1, refused: 2, change: 3 } as const;

/** Writes a message. */
export function encodeForward(message: ForwardMessage): Uint8Array {
  switch (message.type) {
    case 'propose':
      return encode(types.propose, [message.batch, message.data.length], message.data);
    case 'change':
      return encode(types.change, [message.batch], [encodeConfChangeV2(message.change)]);
    case 'appended':
      return encode(types.appended, [message.batch, message.firstIndex, message.term], []);
    case 'refused': {
      const texts = [message.code, message.message].map((text) => new TextEncoder().encode(text));
      return encode(types.refused, [message.batch], texts);
    }
  }
}

/** Reads a message; data are views of `bytes`. @throws Error when it is none */
export function decodeForward(bytes: Uint8Array): ForwardMessage {
  const reader = new VarintReader(bytes, 1);
  const message = read(bytes[0], reader);
  if (reader.broken || !reader.atEnd)
    throw new Error(`a forwarded message of ${bytes.length} bytes does not end where it says`);
  return message;
}

function read(type: number | undefined, reader: VarintReader): ForwardMessage {
  const batch = reader.varint();
  switch (type) {
    case types.propose: {
      const data: Uint8Array[] = [];
      for (let left = reader.varint(); left > 0 && !reader.broken; left--) data.push(reader.take(reader.varint()));
      return { type: 'propose', batch, data };
    }
    case types.change:
      return { type: 'change', batch, change: decodeConfChangeV2(reader.take(reader.varint())) };
    case types.appended:
      return { type: 'appended', batch, firstIndex: reader.varint(), term: reader.varint() };
    case types.refused: {
      const [code, message] = [readText(reader), readText(reader)];
      const known = raftNodeErrorCodes.find((one) => one === code);
      return { type: 'refused', batch, code: known ?? 'RAFT_NODE_NOT_LEADER', message };
    }
    default:
      throw new Error(`a forwarded message begins with ${type}; this version knows 0 to 3`);
  }
}

function readText(reader: VarintReader): string {
  return new TextDecoder().decode(reader.take(reader.varint()));
}

function encode(type: number, numbers: readonly number[], blobs: readonly Uint8Array[]): Uint8Array {
  let length = 1;
  for (const value of numbers) length += varintBytes(value);
  for (const blob of blobs) length += varintBytes(blob.length) + blob.length;
  const bytes = new Uint8Array(length);
  bytes[0] = type;
  let position = 1;
  for (const value of numbers) position = writeVarint(bytes, position, value);
  for (const blob of blobs) {
    position = writeVarint(bytes, position, blob.length);
    bytes.set(blob, position);
    position += blob.length;
  }
  return bytes;
}
