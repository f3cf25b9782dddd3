import { isLocalMessage, type Message, MessageType, type NodeId, nodeId } from '@streambus/raft';
import type { Logger } from '@streambus/runtime';
import type { AnyChannel, Channel, Transport } from '@streambus/transport';
import type { ForwardMessage } from '../forwarding/forward-message.ts';
import { channelOf, type RaftChannels } from './raft-channels.ts';

/** Where a node's peers are reached: what of a transport it uses. */
export type RaftTransport = Pick<Transport, 'send' | 'receive' | 'subscribe' | 'connectedPeers'>;

/** Who hears of peers. */
export interface PeerNetworkHandlers {
  onMessage(message: Message): void;
  onForward(from: NodeId, message: ForwardMessage): void;
  onUp(id: NodeId): void;
  /** The connection was lost, and what was under way with it. */
  onDown(id: NodeId): void;
  /** The peer's process has ended. */
  onGone(id: NodeId): void;
  /** Messages to this peer were lost. */
  onUnreachable(id: NodeId): void;
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
  readonly #connected = new Set<number>();
  #handlers: PeerNetworkHandlers | undefined;
  #unsubscribe: (() => void) | undefined;

  /** Takes the channels at once, so that the transport may be started before the node or after it. */
  constructor(parts: PeerNetworkParts) {
    this.#parts = parts;
    const { transport, channels } = parts;
    const onMessage = (from: number, message: Message): void => this.#receive(from, message);
    transport.receive(channels.urgent, onMessage);
    transport.receive(channels.append, onMessage);
    transport.receive(channels.forward, (from, message) => this.#handlers?.onForward(nodeId(from), message));
  }

  /** Begins to hand out what comes. What came before is lost, as messages may be. */
  start(handlers: PeerNetworkHandlers): void {
    const { transport } = this.#parts;
    this.#handlers = handlers;
    for (const { id } of transport.connectedPeers()) this.#connected.add(id);
    this.#unsubscribe = transport.subscribe({
      onPeerUp: ({ id }) => {
        this.#connected.add(id);
        handlers.onUp(nodeId(id));
      },
      onPeerDown: (id) => {
        this.#connected.delete(id);
        handlers.onDown(nodeId(id));
      },
      onPeerGone: (id) => handlers.onGone(nodeId(id)),
      onUnreachable: (id) => handlers.onUnreachable(nodeId(id)),
    });
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#handlers = undefined;
  }

  isConnected(id: NodeId): boolean {
    return this.#connected.has(id);
  }

  /** @returns whether it was queued */
  send(message: Message): boolean {
    return this.#send(message.to, channelOf(this.#parts.channels, message), message);
  }

  /** @returns whether it was queued */
  forward(to: NodeId, message: ForwardMessage): boolean {
    return this.#send(to, this.#parts.channels.forward, message);
  }

  #send<Message>(to: NodeId, channel: Channel<Message> & AnyChannel, message: Message): boolean {
    return this.#parts.transport.send(to, channel, message) === 'queued';
  }

  #receive(from: number, message: Message): void {
    if (this.#handlers === undefined) return;
    const { self, logger } = this.#parts;
    // Who is to lead next is the sender of that request, whoever passes it on.
    const isOwn = message.from === from || message.type === MessageType.transferLeader;
    const forged = !isOwn || message.to !== self || isLocalMessage(message.type);
    // Proposals come over a channel of their own, where their proposer learns what becomes of them.
    if (forged || message.type === MessageType.propose) {
      logger.warn(
        { peer: from, from: message.from, to: message.to, type: message.type },
        'dropped a message that no peer sends',
      );
      return;
    }
    this.#handlers.onMessage(message);
  }
}
