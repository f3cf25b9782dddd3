import { kinds, magic, maxChunkBytes } from './wire-bytes.ts';

/** What a receiver must make of a stream of frames. */
export interface StreamVerdict {
  /** Whole messages in order, by the channel's number, each as a copy. */
  readonly messages: readonly { readonly channel: number; readonly bytes: Buffer }[];
  /**
   * - `open`: it goes on, or ends in the middle of a frame.
   * - `goodbye`: it says that it ends.
   * - `violation`: it is no such stream from somewhere on.
   * - `handshake`: it does not begin with a frame, so that the connection never becomes a peer's.
   */
  readonly end: 'open' | 'goodbye' | 'violation' | 'handshake';
  /** The reason of the goodbye, as a number. */
  readonly goodbye?: number;
}

/** What a stream is judged by. */
export interface StreamRules {
  /** By number: whether the receiver has that channel. */
  readonly isKnown: readonly boolean[];
  readonly maxMessageBytes: number;
  /** Whether the sender has dialled: its first frame completes the handshake, and instead of it a refusal may come. */
  readonly senderDialled: boolean;
}

interface Unfinished {
  readonly bytes: Buffer;
  filled: number;
}

const controlBytes: Readonly<Record<number, number>> = {
  [kinds.ping]: 8,
  [kinds.pong]: 8,
  [kinds.acknowledge]: 8,
  [kinds.goodbye]: 1,
};

/**
 * Reads a whole stream at once, in the plainest way: the twin that the transport's reader, which gets it in pieces, is compared with. The
 * receiver has sent no message itself, so that no acknowledgement but 0 is true.
 */
export function judgeStream(stream: Buffer, rules: StreamRules): StreamVerdict {
  if (rules.senderDialled && (stream.length === 0 || stream[0] === magic[0])) return { messages: [], end: 'handshake' };
  const messages: { channel: number; bytes: Buffer }[] = [];
  const unfinished = new Map<number, Unfinished>();
  for (let at = 0; at + 5 <= stream.length; ) {
    const kind = stream.readUInt8(at);
    const channel = stream.readUInt8(at + 1);
    const length = stream.readUIntBE(at + 2, 3);
    const payload = stream.subarray(at + 5, at + 5 + length);
    // The length of the message belongs to what is looked at first.
    if (kind === kinds.firstChunk && stream.length < at + 9) break;
    const announced = kind === kinds.firstChunk ? stream.readUInt32BE(at + 5) : 0;
    if (!isAllowed(kind, channel, length, announced, unfinished.get(channel), rules))
      return { messages, end: 'violation' };
    if (kind === kinds.firstChunk) unfinished.set(channel, { bytes: Buffer.alloc(announced), filled: 0 });
    if (payload.length < length) break;
    if (kind === kinds.goodbye) return { messages, end: 'goodbye', goodbye: payload.readUInt8(0) };
    if (kind === kinds.acknowledge && payload.some((byte) => byte !== 0)) return { messages, end: 'violation' };
    const whole = kind === kinds.message ? Buffer.from(payload) : addChunk(unfinished, channel, kind, payload);
    if (whole !== undefined) messages.push({ channel, bytes: whole });
    at += 5 + length;
  }
  return { messages, end: 'open' };
}

/** @returns the message that is whole now */
function addChunk(unfinished: Map<number, Unfinished>, channel: number, kind: number, payload: Buffer) {
  const message = unfinished.get(channel);
  if (message === undefined || (kind !== kinds.firstChunk && kind !== kinds.nextChunk)) return undefined;
  message.filled += payload.copy(message.bytes, message.filled, kind === kinds.firstChunk ? 4 : 0);
  if (message.filled < message.bytes.length) return undefined;
  unfinished.delete(channel);
  return message.bytes;
}

function isAllowed(
  kind: number,
  channel: number,
  length: number,
  announced: number,
  unfinished: Unfinished | undefined,
  { isKnown, maxMessageBytes }: StreamRules,
): boolean {
  const expected = controlBytes[kind];
  if (expected !== undefined) return length === expected;
  if (isKnown[channel] !== true) return false;
  switch (kind) {
    case kinds.message:
      return unfinished === undefined && length <= Math.min(maxChunkBytes, maxMessageBytes);
    case kinds.firstChunk:
      return (
        unfinished === undefined &&
        announced <= maxMessageBytes &&
        length >= 5 &&
        length <= maxChunkBytes + 4 &&
        length - 4 < announced
      );
    case kinds.nextChunk:
      return (
        unfinished !== undefined &&
        length >= 1 &&
        length <= maxChunkBytes &&
        unfinished.filled + length <= unfinished.bytes.length
      );
    default:
      return false;
  }
}
