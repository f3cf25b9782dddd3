import { assert } from '@streambus/runtime';
import { allocate } from '../bytes/slab.ts';
import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';
import type { SessionId, SessionStamp } from '../session.ts';

/*
 * What an entry's data is on this node: one byte for the kind, varints, then the proposal's own bytes.
 *
 *   plain    0, data
 *   stamped  1, session, sequence, first outstanding, data
 *   open     2, maxSessions
 *   close    3, session
 */
const kinds = { plain: 0, stamped: 1, open: 2, close: 3 } as const;

/** What an entry's data says. */
export type Envelope =
  | { readonly kind: 'plain'; readonly data: Uint8Array }
  | { readonly kind: 'stamped'; readonly stamp: SessionStamp; readonly data: Uint8Array }
  | { readonly kind: 'open'; readonly maxSessions: number }
  | { readonly kind: 'close'; readonly session: SessionId };

/** A proposal outside of any session; a copy. */
export function encodePlain(data: Uint8Array): Uint8Array {
  const bytes = allocate(1 + data.length);
  bytes[0] = kinds.plain;
  bytes.set(data, 1);
  return bytes;
}

/** A proposal within a session; a copy. */
export function encodeStamped(stamp: SessionStamp, data: Uint8Array): Uint8Array {
  return encode(kinds.stamped, [stamp.id, stamp.sequence, stamp.firstOutstanding], data);
}

/** Opens a session, and ends the least recently used beyond `maxSessions`. */
export function encodeOpen(maxSessions: number): Uint8Array {
  return encode(kinds.open, [maxSessions]);
}

/** Ends a session. */
export function encodeClose(session: SessionId): Uint8Array {
  return encode(kinds.close, [session]);
}

/** Reads what one of the encoders above made. An entry of another kind comes from a newer version: this one must not guess. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const reader = new VarintReader(bytes, 1);
  const envelope = readEnvelope(bytes[0], reader);
  assert(!reader.broken, () => `an entry of ${bytes.length} bytes ends inside its header`);
  return envelope;
}

function readEnvelope(kind: number | undefined, reader: VarintReader): Envelope {
  switch (kind) {
    case kinds.plain:
      return { kind: 'plain', data: reader.rest() };
    case kinds.stamped: {
      const id = reader.varint() as SessionId;
      const stamp = { id, sequence: reader.varint(), firstOutstanding: reader.varint() };
      return { kind: 'stamped', stamp, data: reader.rest() };
    }
    case kinds.open:
      return { kind: 'open', maxSessions: reader.varint() };
    case kinds.close:
      return { kind: 'close', session: reader.varint() as SessionId };
    default:
      return assert(false, `an entry begins with ${kind}; this version knows 0 to 3`) as never;
  }
}

function encode(kind: number, numbers: readonly number[], data?: Uint8Array): Uint8Array {
  let headerBytes = 1;
  for (const value of numbers) headerBytes += varintBytes(value);
  const bytes = allocate(headerBytes + (data?.length ?? 0));
  bytes[0] = kind;
  let position = 1;
  for (const value of numbers) position = writeVarint(bytes, position, value);
  if (data !== undefined) bytes.set(data, position);
  return bytes;
}
