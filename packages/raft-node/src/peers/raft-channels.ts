import { decodeMessage, encodeMessage } from '@streambus/codec';
import { type Message, MessageType } from '@streambus/raft';
import { type AnyChannel, bytesCodec, type Channel, type Codec, defineChannel, jsonCodec } from '@streambus/transport';
import { decodeForward, encodeForward, type ForwardMessage } from '../forwarding/forward-message.ts';
import type { Introduction } from './introductions.ts';

/** What a node says to its peers, by how it has to travel. */
export interface RaftChannels {
  /** Who one is, before anything else. */
  readonly introduction: Channel<Introduction>;
  /** Small, and worth more the earlier it comes: heartbeats, votes, acknowledgements, read rounds. */
  readonly urgent: Channel<Message>;
  /** Entries. */
  readonly append: Channel<Message>;
  /** Proposals on their way to the leader, and what became of them. */
  readonly forward: Channel<ForwardMessage>;
  /** Snapshots, in pieces. */
  readonly snapshot: Channel<Uint8Array>;
  /** All of them, for the transport's options. */
  readonly all: readonly AnyChannel[];
}

const messageCodec: Codec<Message> = { encode: encodeMessage, decode: decodeMessage };
const forwardCodec: Codec<ForwardMessage> = { encode: encodeForward, decode: decodeForward };

/**
 * The channels of one Raft group over a transport, which may have others beside them.
 *
 * @param group - tells groups apart that share a transport; default `raft`
 */
export function createRaftChannels(group = 'raft'): RaftChannels {
  // A message of Raft's that is older than a connection is worth nothing: the core sends what is needed again.
  const whilePeerIsDown = 'drop';
  const introduction = defineChannel({
    name: `${group}.introduction`,
    codec: jsonCodec<Introduction>(),
    priority: 'urgent',
    whilePeerIsDown,
  });
  const urgent = defineChannel({
    name: `${group}.urgent`,
    codec: messageCodec,
    priority: 'urgent',
    maxQueuedMessages: 4096,
    whilePeerIsDown,
  });
  const append = defineChannel({
    name: `${group}.append`,
    codec: messageCodec,
    maxQueuedMessages: 1024,
    maxQueuedBytes: 64 * 1024 * 1024,
    whilePeerIsDown,
  });
  const forward = defineChannel({
    name: `${group}.forward`,
    codec: forwardCodec,
    maxQueuedMessages: 16_384,
    maxQueuedBytes: 64 * 1024 * 1024,
    whilePeerIsDown,
  });
  const snapshot = defineChannel({
    name: `${group}.snapshot`,
    codec: bytesCodec,
    priority: 'bulk',
    maxQueuedMessages: 16,
    whilePeerIsDown,
  });
  return {
    introduction,
    urgent,
    append,
    forward,
    snapshot,
    all: [introduction, urgent, append, forward, snapshot],
  };
}

/** How a message of the core's travels. */
export function channelOf(channels: RaftChannels, { type }: Message): Channel<Message> {
  return type === MessageType.append || type === MessageType.propose ? channels.append : channels.urgent;
}
