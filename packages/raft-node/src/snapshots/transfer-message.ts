import { VarintReader, varintBytes, writeVarint } from '../bytes/varint.ts';

/**
 * Why a node does not receive a snapshot (any more).
 *
 * - `stale`: it has heard of a later leader than the one that offers it.
 * - `superseded`: it receives another one.
 * - `full`: its disk has no space for it.
 * - `damaged`: what arrived, or was found on its disk, is not what was announced.
 * - `failed`: its disk failed.
 * - `unknown`: it knows nothing of this transfer.
 */
export const refusalReasons = ['stale', 'superseded', 'full', 'damaged', 'failed', 'unknown'] as const;

/** One of {@link refusalReasons}. */
export type RefusalReason = (typeof refusalReasons)[number];

/**
 * What two nodes say about a snapshot that one sends to the other. All of it carries the transfer's number, which the sender has chosen.
 *
 * From the sender:
 * - `offer`: this snapshot, by its size and the CRC32C of all its bytes, for this message of the core's, encoded.
 * - `piece`: these bytes, from this position on. Its encoding is {@link createPiece}'s.
 * - `cancel`: no more of it comes.
 *
 * From the receiver:
 * - `checking`: it looks at what is there, and gets on with that.
 * - `accept`: send what comes from this position on.
 * - `received`: so many bytes are written.
 * - `done`: all of it was received, and the core has its message.
 * - `refuse`: no more of it is wanted.
 */
export type TransferMessage =
  | {
      readonly type: 'offer';
      readonly transfer: number;
      readonly sizeBytes: number;
      readonly checksum: number;
      readonly message: Uint8Array;
    }
  | { readonly type: 'piece'; readonly transfer: number; readonly position: number; readonly data: Uint8Array }
  | { readonly type: 'cancel'; readonly transfer: number }
  | { readonly type: 'checking'; readonly transfer: number }
  | { readonly type: 'accept'; readonly transfer: number; readonly position: number }
  | { readonly type: 'received'; readonly transfer: number; readonly bytes: number }
  | { readonly type: 'done'; readonly transfer: number }
  | { readonly type: 'refuse'; readonly transfer: number; readonly reason: RefusalReason };

/** What a sender says. */
export type SenderMessage = Extract<TransferMessage, { type: 'offer' | 'piece' | 'cancel' }>;

/** What a receiver says. */
export type ReceiverMessage = Exclude<TransferMessage, SenderMessage>;

/** A message with room for the bytes that it brings, so that they are read from the file into the place that they are sent from. */
export interface Piece {
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** The part of it to be filled. */
  readonly data: Uint8Array;
}

/*
 * One byte for the type, then the transfer's number and what else there is as varints; a piece's data and an offer's message are the rest.
 * Reasons travel by their place in the list, to which more may be appended.
 */
const types = { offer: 0, piece: 1, cancel: 2, checking: 3, accept: 4, received: 5, done: 6, refuse: 7 } as const;
const noBytes = new Uint8Array(0);

/** Makes room for a piece. */
export function createPiece(transfer: number, position: number, dataBytes: number): Piece {
  const headBytes = 1 + varintBytes(transfer) + varintBytes(position);
  const bytes = new Uint8Array(headBytes + dataBytes);
  writeHead(bytes, types.piece, [transfer, position]);
  return { bytes, data: bytes.subarray(headBytes) };
}

/** Writes a message. */
export function encodeTransfer(message: Exclude<TransferMessage, { type: 'piece' }>): Uint8Array {
  const { type, transfer } = message;
  switch (type) {
    case 'offer':
      return encode(types.offer, [transfer, message.sizeBytes, message.checksum], message.message);
    case 'accept':
      return encode(types.accept, [transfer, message.position], noBytes);
    case 'received':
      return encode(types.received, [transfer, message.bytes], noBytes);
    case 'refuse':
      return encode(types.refuse, [transfer, refusalReasons.indexOf(message.reason)], noBytes);
    case 'cancel':
    case 'checking':
    case 'done':
      return encode(types[type], [transfer], noBytes);
  }
}

/** Reads a message; its data are views of `bytes`. Undefined when it is none. */
export function decodeTransfer(bytes: Uint8Array): TransferMessage | undefined {
  const reader = new VarintReader(bytes, 1);
  const message = read(bytes[0], reader);
  return reader.broken || !reader.atEnd ? undefined : message;
}

function read(type: number | undefined, reader: VarintReader): TransferMessage | undefined {
  const transfer = reader.varint();
  switch (type) {
    case types.offer: {
      const [sizeBytes, checksum] = [reader.varint(), reader.varint()];
      return { type: 'offer', transfer, sizeBytes, checksum, message: reader.rest() };
    }
    case types.piece: {
      const position = reader.varint();
      return { type: 'piece', transfer, position, data: reader.rest() };
    }
    case types.cancel:
      return { type: 'cancel', transfer };
    case types.checking:
      return { type: 'checking', transfer };
    case types.accept:
      return { type: 'accept', transfer, position: reader.varint() };
    case types.received:
      return { type: 'received', transfer, bytes: reader.varint() };
    case types.done:
      return { type: 'done', transfer };
    case types.refuse:
      return { type: 'refuse', transfer, reason: refusalReasons[reader.varint()] ?? 'failed' };
    default:
      return undefined;
  }
}

function encode(type: number, numbers: readonly number[], rest: Uint8Array): Uint8Array {
  const headBytes = numbers.reduce((sum, value) => sum + varintBytes(value), 1);
  const bytes = new Uint8Array(headBytes + rest.length);
  writeHead(bytes, type, numbers);
  bytes.set(rest, headBytes);
  return bytes;
}

function writeHead(bytes: Uint8Array, type: number, numbers: readonly number[]): void {
  bytes[0] = type;
  let position = 1;
  for (const value of numbers) position = writeVarint(bytes, position, value);
}
