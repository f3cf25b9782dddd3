import { TransportError } from './errors.ts';

/** Turns the messages of one channel into bytes and back. Pure: the same message gives the same bytes on every node. */
export interface Codec<Message> {
  /** The transport takes the bytes over: they must not change afterwards. */
  encode(message: Message): Uint8Array;
  /**
   * @param bytes - a view of what was received. It may be kept, and then keeps the whole piece of the network's buffer alive
   * @throws when the bytes are no such message; the message is then dropped and counted as `undecodable`
   */
  decode(bytes: Uint8Array): Message;
}

/**
 * Who goes first on the one connection.
 *
 * - `urgent`: before everything else, and never held back by how much is under way: heartbeats, votes. Keep it small.
 * - `normal`: the work itself.
 * - `bulk`: what may wait, such as snapshots: one byte for every four of `normal` while both wait, all of the line otherwise.
 */
export type ChannelPriority = 'urgent' | 'normal' | 'bulk';

/** What happens to a message that finds its queue full. */
export type WhenFull = 'drop-newest' | 'drop-oldest';

/** What one wants of a channel. */
export interface ChannelOptions<Message> {
  /** 1 to 64 bytes of UTF-8. Peers find each other's channels by it; numbers on the wire are agreed on by the handshake. */
  readonly name: string;
  readonly codec: Codec<Message>;
  /** Default `normal`. */
  readonly priority?: ChannelPriority;
  /** Most messages that wait for one peer; default 256. */
  readonly maxQueuedMessages?: number;
  /**
   * Most bytes that wait for one peer; default 16 MiB. A message that is larger than that, and not than the transport's
   * `maxMessageBytes`, is taken when it is alone.
   */
  readonly maxQueuedBytes?: number;
  /** Default `drop-newest`. */
  readonly whenFull?: WhenFull;
  /**
   * `keep`: what is sent while the peer is not connected waits for it, until the breaker opens. `drop`: it is dropped at once, and what
   * waits when a connection is lost is dropped with it. Default `keep`.
   */
  readonly whilePeerIsDown?: 'keep' | 'drop';
}

/**
 * A named kind of message between peers. Order is kept within a channel, and each message is delivered at most once: whatever was
 * under way when a connection was lost is lost, so a channel's sequence may have gaps there and nowhere else.
 */
export interface Channel<Message> extends Required<ChannelOptions<Message>> {}

/** A channel of any messages, where their type does not matter. */
// biome-ignore lint/suspicious/noExplicitAny: a channel both takes and gives its messages, so no other type stands for all of them
export type AnyChannel = Channel<any>;

const maxChannelNameBytes = 64;

/**
 * Fills in a channel's defaults.
 *
 * @throws TransportError `TRANSPORT_INVALID_OPTION`
 */
export function defineChannel<Message>(options: ChannelOptions<Message>): Channel<Message> {
  const channel = {
    priority: 'normal',
    maxQueuedMessages: 256,
    maxQueuedBytes: 16 * 1024 * 1024,
    whenFull: 'drop-newest',
    whilePeerIsDown: 'keep',
    ...options,
  } as const;
  if (!channel.name.isWellFormed()) {
    throw new TransportError(
      'TRANSPORT_INVALID_OPTION',
      `the channel name '${channel.name}' is no text: it has half of a surrogate pair`,
    );
  }
  const nameBytes = new TextEncoder().encode(channel.name).length;
  if (nameBytes < 1 || nameBytes > maxChannelNameBytes) {
    throw new TransportError(
      'TRANSPORT_INVALID_OPTION',
      `the channel name '${channel.name}' has ${nameBytes} bytes; 1 to ${maxChannelNameBytes} are allowed`,
    );
  }
  for (const bound of ['maxQueuedMessages', 'maxQueuedBytes'] as const) {
    if (Number.isSafeInteger(channel[bound]) && channel[bound] >= 1) continue;
    throw new TransportError(
      'TRANSPORT_INVALID_OPTION',
      `${bound} of channel '${channel.name}' is ${channel[bound]}; an integer from 1 on is allowed`,
    );
  }
  return channel;
}

/** Messages that are bytes already. */
export const bytesCodec: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

/** Messages as JSON. What arrives is trusted to have the type. */
export function jsonCodec<Message>(): Codec<Message> {
  return {
    encode: (message) => new TextEncoder().encode(JSON.stringify(message)),
    decode: (bytes) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Message,
  };
}
