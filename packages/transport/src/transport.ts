import type { Clock, Logger, Network, Random, SocketAddress, Startable, Tls, TlsCredentials } from '@streambus/runtime';
import type { Channel } from './channel.ts';
import type { TransportMetrics } from './metrics.ts';
import type { NodeId, Peer } from './options.ts';
import type { PeerDownReason, SendDropCause } from './reasons.ts';

/** What a transport takes from outside. */
export interface TransportDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  /** Needed with `tls`. */
  readonly tls?: Tls;
  /** Default: silent. */
  readonly logger?: Logger;
}

/** What became of a message: `queued`, or why it was dropped. `queued` is no promise of delivery. */
export type SendResult = 'queued' | SendDropCause;

/** A peer that is connected. */
export interface PeerUp {
  readonly id: NodeId;
  readonly incarnation: number;
  /** The bits of {@link TransportOptions.features} that both have. */
  readonly features: number;
}

/** What there is to hear about peers. Listeners are called in order of subscription, in the turn in which it happens. */
export interface TransportListener {
  onPeerUp?(peer: PeerUp): void;
  /** The connection is over. `silent` is a partition, a frozen process or a lost machine; see {@link onPeerGone} for the rest. */
  onPeerDown?(id: NodeId, reason: PeerDownReason): void;
  /**
   * The peer's process is gone: its connection ended, and then its machine answered that nobody listens at its address. At most once between
   * two {@link onPeerUp}; typically within a round trip of {@link onPeerDown}.
   */
  onPeerGone?(id: NodeId): void;
  /**
   * Messages to this peer were dropped before they left. Once, until the peer's queues have been empty again while it was connected. What was
   * under way when a connection ended may be lost too, and nobody knows: {@link onPeerDown} tells of that.
   */
  onUnreachable?(id: NodeId): void;
  /** After a message was dropped for a full queue, newest or oldest: half of the channel's bounds are free again. */
  onRoom?(id: NodeId, channel: string): void;
}

/** Receives the messages of a channel, one by one, in order. It must not block; what it throws is not caught. */
export type MessageHandler<Message> = (from: NodeId, message: Message) => void;

/**
 * One node's connections with its peers: one for each pair, used both ways, dialled by the node with the lower id.
 *
 * Invariants:
 * 1. At most one established connection for each peer.
 * 2. Messages of a channel arrive in the order in which they were sent, each at most once.
 * 3. {@link send} does no input or output, waits for nothing, and holds no more than the channel's bounds.
 * 4. After {@link stop} no timer, socket or listener of this transport is left.
 */
export interface Transport extends Startable, AsyncDisposable {
  readonly nodeId: NodeId;
  /** As bound; undefined without `listen`, and before {@link start}. */
  readonly address: SocketAddress | undefined;
  /**
   * Binds the listener and begins to dial. Resolves when it listens; nobody needs to be connected then. Called once; when it was rejected,
   * it may be called again.
   *
   * @throws TransportError `TRANSPORT_LISTEN`, after which it may be started again; `TRANSPORT_STATE`
   */
  start(): Promise<void>;
  /** Says goodbye to every peer, within a second, and closes everything. Harmless twice. */
  stop(): Promise<void>;
  /**
   * Queues a message for a peer, or drops it by the channel's rules; encodes it at once. Never blocks, and never throws for a cause that is
   * not in the program (a channel that was not given at construction, or a codec that throws).
   */
  send<Message>(to: NodeId, channel: Channel<Message>, message: Message): SendResult;
  /**
   * Sets who receives a channel; one handler for each. Best before {@link start}: what arrives for a channel without a handler is dropped.
   *
   * @throws TransportError `TRANSPORT_STATE` when it has one
   */
  receive<Message>(channel: Channel<Message>, handler: MessageHandler<Message>): void;
  /** Calls back with everything from now on; returns what ends that. */
  subscribe(listener: TransportListener): () => void;
  /**
   * Replaces the list of peers. Those that stay, with the same address, keep their connections; those that are left out are disconnected.
   * A changed address is used from the next attempt on.
   *
   * @throws TransportError `TRANSPORT_INVALID_OPTION`, `TRANSPORT_PLAINTEXT_REFUSED`; `TRANSPORT_STATE` while it does not run
   */
  setPeers(peers: readonly Peer[]): void;
  /** The peers that are connected, by id. */
  connectedPeers(): readonly PeerUp[];
  /**
   * Uses other credentials from the next handshake on; connections stay as they are.
   *
   * @throws TransportError `TRANSPORT_CREDENTIALS`, and goes on with those before
   */
  reloadCredentials(credentials: TlsCredentials): void;
  metrics(): TransportMetrics;
}
