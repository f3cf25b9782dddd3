/**
 * The frames that follow the handshake; PROTOCOL.md has them as a table. A frame is a header of five bytes (kind, channel, length of
 * what follows in three bytes, most significant first) and its payload.
 */
export const frameHeaderBytes = 5;

/** Most payload of a frame: what an urgent message can have to wait for once it is being written. */
export const maxChunkBytes = 65_536;

/** Kinds of frames. */
export const frameKind = {
  /** A whole message. */
  message: 1,
  /** The first chunk of a longer message: four bytes with the length of the message, then bytes of it. */
  firstChunk: 2,
  /** More of the message that the channel's first chunk began. It is whole when the length is reached. */
  nextChunk: 3,
  /** Eight bytes, sent back unread in a pong. */
  ping: 4,
  pong: 5,
  /** Eight bytes: how many bytes of the frames above have arrived on this connection. */
  acknowledge: 6,
  /** The reason (one byte) why the sender ends the connection. Nothing follows. */
  goodbye: 7,
} as const;

/** Bytes of the message's length at the beginning of a first chunk. */
export const messageLengthBytes = 4;

/** Bytes of the payload of pings, pongs and acknowledgements. */
export const counterBytes = 8;

/** Bytes of the payload of a goodbye. */
export const goodbyeBytes = 1;

/** Whether it is one of the kinds that carry messages, which are those that are acknowledged. */
export function carriesMessage(kind: number): boolean {
  return kind >= frameKind.message && kind <= frameKind.nextChunk;
}

/** Writes a header. */
export function writeHeader(target: Uint8Array, at: number, kind: number, channel: number, length: number): void {
  target[at] = kind;
  target[at + 1] = channel;
  target[at + 2] = length >>> 16;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}

/** Writes an integer from 0 to 2^32-1. */
export function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** Reads what {@link writeUint32} wrote. */
export function readUint32(source: Uint8Array, at: number): number {
  return (
    (((source[at] as number) << 24) |
      ((source[at + 1] as number) << 16) |
      ((source[at + 2] as number) << 8) |
      (source[at + 3] as number)) >>>
    0
  );
}

/** Writes an integer from 0 to 2^53-1, in eight bytes. */
export function writeCounter(target: Uint8Array, at: number, value: number): void {
  writeUint32(target, at, Math.floor(value / 2 ** 32));
  writeUint32(target, at + 4, value % 2 ** 32);
}

/** Reads what {@link writeCounter} wrote. What another writer put there may be larger than a safe integer. */
export function readCounter(source: Uint8Array, at: number): number {
  return readUint32(source, at) * 2 ** 32 + readUint32(source, at + 4);
}
