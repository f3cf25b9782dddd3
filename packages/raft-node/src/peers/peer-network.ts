import { isLocalMessage, type Message, MessageType, type NodeId, nodeId } from '@streambus/raft';
import type { Logger } from '@streambus/runtime';
import type { AnyChannel, Channel, SendResult, Transport } from '@streambus/transport';
import type { ForwardMessage } from '../forwarding/forward-message.ts';
import type { KnownPeers } from '../storage/known-peers.ts';
import { Introductions } from './introductions.ts';
import { channelOf, type RaftChannels } from './raft-channels.ts';

/** Where a node's peers are reached: what of a transport it uses. */
export type RaftTransport = Pick<Transport, 'send' | 'receive' | 'subscribe' | 'connectedPeers'>;

/** Who hears of peers. */
export interface PeerNetworkHandlers {
  onMessage(message: Message): void;
  onForward(from: NodeId, message: ForwardMessage): void;
  /** Both are connected, and have let each other in. */
  onUp(id: NodeId): void;
  /** A peer knows this node with another storage, and hears nothing from it. */
  onRefused(by: NodeId, knownStorageId: string): void;
  /** The connection was lost, and what was under way with it. */
  onDown(id: NodeId): void;
  /** The peer's process has ended. */
  onGone(id: NodeId): void;
  /** Messages to this peer were lost. */
  onUnreachable(id: NodeId): void;
  /** About a snapshot, or a part of one. */
  onSnapshot(from: NodeId, bytes: Uint8Array): void;
  /** There is room again for {@link PeerNetwork.sendSnapshot}, after it had none. */
  onSnapshotRoom(to: NodeId): void;
}

/** Who this node is, and whom it knows. */
export interface PeerNetworkIdentity {
  readonly storageId: string;
  readonly knownPeers: KnownPeers;
}

/** What a peer network needs. */
export interface PeerNetworkParts {
  readonly self: NodeId;
  readonly transport: RaftTransport;
  readonly channels: RaftChannels;
  readonly logger: Logger;
}

/** Brings a node's messages to its peers and theirs to it, each over the channel that it belongs on. */
export class PeerNetwork {
  readonly #parts: PeerNetworkParts;
  #running: Running | undefined;
  /** Takes the channels at once, so that the transport may be started before the node or after it. */
  constructor(parts: PeerNetworkParts) {
    this.#parts = parts;
    const { transport, channels } = parts;
    const onMessage = (from: number, message: Message): void => this.#receive(nodeId(from), message);
    transport.receive(channels.urgent, onMessage);
    transport.receive(channels.append, onMessage);
    transport.receive(channels.forward, (from, message) => this.#heard(from)?.onForward(nodeId(from), message));
    transport.receive(channels.snapshot, (from, bytes) => this.#heard(from)?.onSnapshot(nodeId(from), bytes));
    transport.receive(channels.introduction, (from, introduction) => {
      this.#running?.introductions.receive(nodeId(from), introduction);
    });
  }

  /** Begins to hand out what comes. What came before is lost, as messages may be. */
  start(identity: PeerNetworkIdentity, handlers: PeerNetworkHandlers): void {
    const { transport, channels, logger } = this.#parts;
    const introductions = new Introductions({
      ...identity,
      logger,
      send: (to, introduction) => this.#send(to, channels.introduction, introduction),
      onIntroduced: (id) => handlers.onUp(id),
      onRefused: (by, knownStorageId) => handlers.onRefused(by, knownStorageId),
    });
    const unsubscribe = transport.subscribe({
      onPeerUp: ({ id }) => introductions.onUp(nodeId(id)),
      onPeerDown: (id) => {
        introductions.onDown(nodeId(id));
        handlers.onDown(nodeId(id));
      },
      onPeerGone: (id) => handlers.onGone(nodeId(id)),
      onUnreachable: (id) => handlers.onUnreachable(nodeId(id)),
      onRoom: (id, channel) => {
        if (channel === channels.snapshot.name) handlers.onSnapshotRoom(nodeId(id));
      },
    });
    this.#running = { handlers, introductions, unsubscribe };
    for (const { id } of transport.connectedPeers()) introductions.onUp(nodeId(id));
  }

  stop(): void {
    this.#running?.unsubscribe();
    this.#running = undefined;
  }

  onTick(): void {
    this.#running?.introductions.onTick();
  }

  /** Whether this node and that one hear each other. */
  isConnected(id: NodeId): boolean {
    return this.#running?.introductions.isIntroduced(id) === true;
  }

  /** @returns whether it was queued */
  send(message: Message): boolean {
    return this.#send(message.to, channelOf(this.#parts.channels, message), message);
  }

  /** @returns whether it was queued */
  forward(to: NodeId, message: ForwardMessage): boolean {
    return this.#send(to, this.#parts.channels.forward, message);
  }

  sendSnapshot(to: NodeId, bytes: Uint8Array): SendResult {
    const { transport, channels } = this.#parts;
    return transport.send(to, channels.snapshot, bytes);
  }

  #send<Message>(to: NodeId, channel: Channel<Message> & AnyChannel, message: Message): boolean {
    return this.#parts.transport.send(to, channel, message) === 'queued';
  }

  /** Who hears a peer that was let in. */
  #heard(from: number): PeerNetworkHandlers | undefined {
    return this.#running?.introductions.hears(nodeId(from)) === true ? this.#running.handlers : undefined;
  }

  #receive(from: NodeId, message: Message): void {
    const { self, logger } = this.#parts;
    // Who is to lead next is the sender of that request, whoever passes it on.
    const isOwn = message.from === from || message.type === MessageType.transferLeader;
    const forged = !isOwn || message.to !== self || isLocalMessage(message.type);
    // They come over channels of their own: proposals so that their proposer learns what becomes of them, snapshots with their bytes.
    if (forged || message.type === MessageType.propose || message.type === MessageType.snapshot) {
      const fields = { peer: from, from: message.from, to: message.to, type: message.type };
      logger.warn(fields, 'dropped a message that no peer sends');
      return;
    }
    this.#heard(from)?.onMessage(message);
  }
}

interface Running {
  readonly handlers: PeerNetworkHandlers;
  readonly introductions: Introductions;
  readonly unsubscribe: () => void;
}
