import {
  type AnyChannel,
  bytesCodec,
  type Channel,
  defineChannel,
  jsonCodec,
  type TransportOptions,
} from '@streambus/transport';

const kib = 1024;

export const host = '127.0.0.1';
export const clusterId = 'fuzzed';

/** Between those who dial it and those whom it dials; nothing that is mutated becomes one of these ids by chance. */
export const victimId = 0x1200_5a5a_0003;

/** Well-behaved peers, which must never notice: one dials the victim, one is dialled. */
export const witnessIds = { dials: 0x0042_1357_9bdf, isDialled: 0x1f00_2468_ace1 } as const;

/** Peers of the victim that are none. */
export const badPeerIds = {
  /** What they send is compared with what arrives: each has one connection at a time, and never cuts it off. */
  checked: [101, 102, 103, 104, 105, 106, 107, 108],
  /** The victim sends to them all the time. */
  talkedTo: [201, 202, 203, 204],
  /** Many processes that claim to be one. */
  contested: [301],
  /** For handshakes that are timed. */
  timed: [401],
  /** The victim dials them. */
  dialled: [0x1f00_0000_0001, 0x1f00_0000_0002, 0x1f00_0000_0003],
} as const;

export const allBadPeerIds: readonly number[] = Object.values(badPeerIds).flat();

/** None of what they ask is ever dropped for want of room, be the machine as busy as it may. */
const forWitnesses = {
  codec: bytesCodec,
  priority: 'urgent',
  maxQueuedMessages: 4096,
  maxQueuedBytes: 1024 * kib,
} as const;
const small = { maxQueuedMessages: 64, maxQueuedBytes: 256 * kib } as const;

/** What the victim has. */
export const channels = {
  questions: defineChannel<Uint8Array>({ name: 'questions', ...forWitnesses }),
  answers: defineChannel<Uint8Array>({ name: 'answers', ...forWitnesses }),
  bytes: defineChannel<Uint8Array>({ name: 'bytes', codec: bytesCodec, ...small }),
  json: defineChannel<unknown>({ name: 'json', codec: jsonCodec(), ...small }),
  urgent: defineChannel<Uint8Array>({ name: 'urgent', codec: bytesCodec, priority: 'urgent', ...small }),
  bulk: defineChannel<Uint8Array>({
    name: 'bulk',
    codec: bytesCodec,
    priority: 'bulk',
    whenFull: 'drop-oldest',
    whilePeerIsDown: 'drop',
    ...small,
  }),
  /** Nobody receives it. */
  unheard: defineChannel<Uint8Array>({ name: 'unheard', codec: bytesCodec, ...small }),
} as const;

export const channelList: readonly AnyChannel[] = Object.values(channels);
export const channelNames: readonly string[] = channelList.map(({ name }) => name);

/** The channels whose contents are compared: name and handler alike. */
export const comparedChannels: readonly Channel<Uint8Array>[] = [channels.bytes, channels.urgent, channels.bulk];

/** What the victim allows; the rest is as by default. */
export const limits = {
  maxMessageBytes: 256 * kib,
  handshakeTimeoutMs: 4000,
  idleTimeoutMs: 4000,
  pingIntervalMs: 500,
  minBackoffMs: 20,
  maxBackoffMs: 1000,
  maxHandshakes: 256,
  maxHandshakesPerAddress: 64,
} as const satisfies Partial<TransportOptions>;

/** As the transport has them, and PROTOCOL.md or docs/LIMITS.md say. */
const helloBytes = 8192 + 7;
const chunkBytes = 64 * kib;
const socketQueueBytes = (1024 + 256) * kib;
const endingLinks = 256;

/**
 * The most that the victim can hold for others by its own limits: of each unfinished handshake a hello and what is being read; of each
 * peer the unfinished message and the queue of each channel, what is being read, and what the socket has not taken; the same
 * for connections that end.
 */
export function heldBytesBound(peers: number): number {
  const handshakes = limits.maxHandshakes * (helloBytes + chunkBytes);
  const queues = channelList.reduce((sum, { maxQueuedBytes }) => sum + maxQueuedBytes, 0);
  const unfinished = channelList.length * limits.maxMessageBytes;
  const perPeer = queues + unfinished + chunkBytes + socketQueueBytes;
  return handshakes + peers * perPeer + endingLinks * socketQueueBytes;
}
