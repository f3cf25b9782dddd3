import type { Clock, Logger, Random, SocketAddress } from '@streambus/runtime';
import type { AnyChannel, Channel } from '../channel.ts';
import { countsOf } from '../counts.ts';
import { TransportError } from '../errors.ts';
import type { TransportMetrics } from '../metrics.ts';
import type { NodeId, Peer, TransportOptions } from '../options.ts';
import { type ConnectFailure, type ReceiveDropCause, type RefusalReason, refusalReasons } from '../reasons.ts';
import { type ResolvedOptions, resolveOptions, resolvePeers } from '../resolve-options.ts';
import type { MessageHandler, PeerUp, SendResult, Transport, TransportListener } from '../transport.ts';
import { type MemoryHello, MemoryPeer, type MemoryPeerHost } from './memory-peer.ts';

/** The network and the machines, as one node needs them. */
export interface MemoryTransportWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Larger than any before. */
  nextIncarnation(): number;
  /**
   * The node runs from now on, and is found where it listens.
   *
   * @throws TransportError `TRANSPORT_LISTEN`
   */
  join(node: MemoryTransport, listen: SocketAddress | undefined): SocketAddress | undefined;
  leave(node: MemoryTransport): void;
  dial(node: MemoryTransport, peer: Peer, onFailure: (failure: ConnectFailure) => void): () => void;
}

/** A transport in a world of memory. */
export class MemoryTransport implements Transport, MemoryPeerHost {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  frozen = false;
  readonly #world: MemoryTransportWorld;
  readonly #channels: ReadonlyMap<string, AnyChannel>;
  readonly #handlers = new Map<string, MessageHandler<unknown>>();
  readonly #listeners = new Set<{ readonly listener: TransportListener }>();
  readonly #peers = new Map<NodeId, MemoryPeer>();
  #state: 'new' | 'running' | 'stopped' = 'new';
  #wantedPeers: readonly Peer[] = [];
  #incarnation = 0;
  #address: SocketAddress | undefined;
  #acceptedConnections = 0;
  readonly #refused = countsOf(refusalReasons);
  readonly #sendDrops = { 'unknown-peer': 0, stopped: 0 };

  constructor(world: MemoryTransportWorld, options: TransportOptions) {
    this.#world = world;
    this.options = resolveOptions(options);
    this.clock = world.clock;
    this.random = world.random;
    this.logger = world.logger.child({ node: options.nodeId });
    this.#channels = new Map(options.channels.map((channel) => [channel.name, channel]));
  }

  get nodeId(): NodeId {
    return this.options.nodeId;
  }

  get address(): SocketAddress | undefined {
    return this.#address;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') {
      throw new TransportError('TRANSPORT_STATE', `start of a transport that is ${this.#state}; it starts once`);
    }
    const { listen, incarnation } = this.options;
    this.#address = this.#world.join(this, listen);
    this.#incarnation = incarnation ?? this.#world.nextIncarnation();
    this.#state = 'running';
    this.setPeers(this.options.peers);
  }

  async stop(): Promise<void> {
    if (!this.#end()) return;
    for (const peer of this.#peers.values()) peer.stop('stopped', 'local-stop');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Ends it as `kill -9` does: at once, and nobody who listens here hears of it. */
  kill(): void {
    if (!this.#end()) return;
    for (const peer of this.#peers.values()) peer.kill();
  }

  send<Message>(to: NodeId, channel: Channel<Message>, message: Message): SendResult {
    this.#checkChannel(channel);
    const peer = this.#peers.get(to);
    if (this.#state !== 'running') return this.#countDrop('stopped');
    if (peer === undefined) return this.#countDrop('unknown-peer');
    return peer.send(channel.name, channel.codec.encode(message));
  }

  receive<Message>(channel: Channel<Message>, handler: MessageHandler<Message>): void {
    this.#checkChannel(channel);
    if (this.#handlers.has(channel.name)) {
      throw new TransportError('TRANSPORT_STATE', `channel '${channel.name}' has a handler; one is allowed`);
    }
    this.#handlers.set(channel.name, handler as MessageHandler<unknown>);
  }

  subscribe(listener: TransportListener): () => void {
    const subscription = { listener };
    this.#listeners.add(subscription);
    return () => {
      this.#listeners.delete(subscription);
    };
  }

  setPeers(peers: readonly Peer[]): void {
    if (this.#state !== 'running') {
      throw new TransportError('TRANSPORT_STATE', `setPeers of a transport that is ${this.#state}; it has to run`);
    }
    const resolved = resolvePeers(peers, this.options);
    this.#wantedPeers = resolved;
    const wanted = new Map(resolved.map((peer) => [peer.id, peer]));
    for (const [id, peer] of this.#peers) {
      if (wanted.has(id)) continue;
      this.#peers.delete(id);
      peer.stop('removed', 'removed');
      // Whoever was told may have stopped this node or set other peers.
      if (this.#state !== 'running' || this.#wantedPeers !== resolved) return;
    }
    for (const peer of wanted.values()) {
      const known = this.#peers.get(peer.id);
      if (known === undefined) this.#addPeer(peer);
      else known.moveTo(peer.address);
    }
  }

  connectedPeers(): readonly PeerUp[] {
    return this.#sortedPeers().flatMap(({ up }) => (up === undefined ? [] : [up]));
  }

  /** Nothing here looks at credentials. */
  reloadCredentials(): void {
    if (this.options.secure) return;
    throw new TransportError('TRANSPORT_CREDENTIALS', 'this transport was made without tls');
  }

  metrics(): TransportMetrics {
    return {
      peers: this.#sortedPeers().map((peer) => peer.metrics()),
      acceptedConnections: this.#acceptedConnections,
      handshakesInProgress: 0,
      refusedHandshakes: { ...this.#refused },
      sendDrops: { ...this.#sendDrops },
      certificateValidUntilMs: undefined,
    };
  }

  /** Looks again at what is in the way of anything. */
  refresh(): void {
    for (const peer of this.#peers.values()) peer.refresh();
  }

  /** Breaks the connection with a peer, for both. */
  resetConnection(id: NodeId): void {
    this.#peers.get(id)?.reset();
  }

  /** What this node says to whom it means to reach. */
  helloTo(meantNodeId: NodeId): MemoryHello {
    return {
      process: this,
      clusterId: this.options.clusterId,
      nodeId: this.nodeId,
      meantNodeId,
      incarnation: this.#incarnation,
      features: this.options.features,
      maxMessageBytes: this.options.maxMessageBytes,
      channelNames: [...this.#channels.keys()],
    };
  }

  /** Someone dials. @returns this side of the peer, to be connected; or why not */
  accept(hello: MemoryHello): MemoryPeer | RefusalReason {
    this.#acceptedConnections++;
    const peer = this.#peers.get(hello.nodeId);
    const reason = this.#refusalOf(hello) ?? (peer === undefined ? 'unknown-node' : peer.refusalOf(hello));
    if (reason === undefined) return peer as MemoryPeer;
    this.#refused[reason]++;
    this.logger.warn({ peer: hello.nodeId, reason }, 'refused a handshake');
    return reason;
  }

  peer(id: NodeId): MemoryPeer | undefined {
    return this.#peers.get(id);
  }

  dial(peer: Peer, onFailure: (failure: ConnectFailure) => void): () => void {
    return this.#world.dial(this, peer, onFailure);
  }

  handle(from: NodeId, channel: AnyChannel, bytes: Uint8Array): ReceiveDropCause | undefined {
    const handler = this.#handlers.get(channel.name);
    if (handler === undefined) return 'no-handler';
    let message: unknown;
    try {
      message = channel.codec.decode(bytes);
    } catch (err) {
      this.logger.warn({ peer: from, channel: channel.name, err }, 'dropped a message that cannot be decoded');
      return 'undecodable';
    }
    handler(from, message);
    return undefined;
  }

  tell(tellOne: (listener: TransportListener) => void): void {
    for (const subscription of [...this.#listeners]) {
      // One that was told before may have unsubscribed it.
      if (this.#listeners.has(subscription)) tellOne(subscription.listener);
    }
  }

  #end(): boolean {
    const wasRunning = this.#state === 'running';
    this.#state = 'stopped';
    if (wasRunning) this.#world.leave(this);
    return wasRunning;
  }

  #addPeer(peer: Peer): void {
    const added = new MemoryPeer(this, peer);
    this.#peers.set(peer.id, added);
    added.start();
  }

  #refusalOf(hello: MemoryHello): RefusalReason | undefined {
    if (hello.clusterId !== this.options.clusterId) return 'wrong-cluster';
    if (hello.nodeId === this.nodeId) return 'self';
    if (hello.meantNodeId !== this.nodeId) return 'wrong-node';
    return undefined;
  }

  #sortedPeers(): readonly MemoryPeer[] {
    return [...this.#peers.values()].sort((one, other) => one.id - other.id);
  }

  #countDrop(cause: 'unknown-peer' | 'stopped'): SendResult {
    this.#sendDrops[cause]++;
    return cause;
  }

  #checkChannel(channel: AnyChannel): void {
    if (this.#channels.get(channel.name) === channel) return;
    throw new TransportError(
      'TRANSPORT_INVALID_OPTION',
      `channel '${channel.name}' is not among those of this transport: ${[...this.#channels.keys()].join(', ')}`,
    );
  }
}
