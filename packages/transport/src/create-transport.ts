import {
  assert,
  type Clock,
  type Logger,
  type SocketAddress,
  silentLogger,
  type TlsCertificate,
  type TlsCredentials,
  type TlsPeer,
} from '@streambus/runtime';
import type { AnyChannel, Channel } from './channel.ts';
import { OpenLinks } from './connection/open-links.ts';
import type { HandlerTable } from './connection/receivers.ts';
import { TransportError } from './errors.ts';
import { Acceptor, type Admission } from './handshake/acceptor.ts';
import { checkCredentials } from './handshake/check-credentials.ts';
import { type DialResult, dial } from './handshake/dial.ts';
import { judgeHello } from './handshake/judge-hello.ts';
import type { LinkSecurity } from './handshake/secure-link.ts';
import { judgeCertificate } from './handshake/verify-certificate.ts';
import { Listeners } from './listeners.ts';
import type { TransportMetrics } from './metrics.ts';
import type { NodeId, Peer, TransportOptions } from './options.ts';
import { peerMetrics } from './peer/peer-metrics.ts';
import { RemotePeer, type RemotePeerDependencies } from './peer/remote-peer.ts';
import { RefusalLog } from './refusal-log.ts';
import { type ResolvedOptions, resolveOptions, resolvePeers } from './resolve-options.ts';
import type {
  MessageHandler,
  PeerUp,
  SendResult,
  Transport,
  TransportDependencies,
  TransportListener,
} from './transport.ts';
import { type Hello, protocolVersion, type Refusal } from './wire/hello.ts';

/**
 * Makes a transport. Nothing happens before {@link Transport.start}.
 *
 * @throws TransportError `TRANSPORT_INVALID_OPTION`, `TRANSPORT_PLAINTEXT_REFUSED`, `TRANSPORT_CREDENTIALS`
 */
export function createTransport(options: TransportOptions, dependencies: TransportDependencies): Transport {
  return new SocketTransport(options, dependencies);
}

class SocketTransport implements Transport {
  readonly nodeId: NodeId;
  readonly #options: ResolvedOptions;
  readonly #its: TransportDependencies;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #links: OpenLinks;
  readonly #acceptor: Acceptor;
  readonly #refusals: RefusalLog;
  readonly #listeners = new Listeners();
  readonly #handlers: HandlerTable;
  readonly #channelNumbers: ReadonlyMap<AnyChannel, number>;
  readonly #peers = new Map<NodeId, RemotePeer>();
  /** Peers that were removed and have not ended yet. */
  readonly #leaving = new Set<Promise<void>>();
  readonly #instance: Uint8Array;
  readonly #drops = { 'unknown-peer': 0, stopped: 0 };
  #security: LinkSecurity | undefined;
  #credentials: TlsCredentials | undefined;
  /** The own one, of those credentials. */
  #certificate: TlsCertificate | undefined;
  #incarnation = 0;
  #phase: 'new' | 'starting' | 'running' | 'stopped' = 'new';
  /** As set last. */
  #wantedPeers: ReadonlyMap<NodeId, SocketAddress> = new Map();
  #stopping: Promise<void> | undefined;

  constructor(options: TransportOptions, dependencies: TransportDependencies) {
    this.#options = resolveOptions(options);
    this.#its = dependencies;
    this.nodeId = this.#options.nodeId;
    this.#clock = dependencies.clock;
    this.#logger = (dependencies.logger ?? silentLogger).child({ component: 'transport', node: this.nodeId });
    this.#instance = dependencies.random.bytes(8);
    this.#links = new OpenLinks(this.#clock);
    this.#refusals = new RefusalLog(this.#clock, this.#logger);
    this.#channelNumbers = new Map(this.#options.channels.map((channel, number) => [channel, number]));
    this.#handlers = this.#options.channels.map(() => undefined);
    if (options.tls !== undefined) this.#secure(options.tls.credentials);
    this.#acceptor = this.#createAcceptor();
  }

  get address(): SocketAddress | undefined {
    return this.#acceptor.address;
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new TransportError('TRANSPORT_STATE', 'a transport is started once');
    this.#phase = 'starting';
    this.#incarnation = this.#options.incarnation ?? this.#clock.wallTimeMs();
    if (this.#options.listen !== undefined) await this.#listen(this.#options.listen);
    // Stopped meanwhile.
    if (this.#phase !== 'starting') return;
    this.#phase = 'running';
    this.setPeers(this.#options.peers);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  send<Message>(to: NodeId, channel: Channel<Message>, message: Message): SendResult {
    const number = this.#numberOf(channel);
    if (this.#phase !== 'running') {
      this.#drops.stopped++;
      return 'stopped';
    }
    const peer = this.#peers.get(to);
    if (peer !== undefined) return peer.send(number, channel, message);
    this.#drops['unknown-peer']++;
    return 'unknown-peer';
  }

  receive<Message>(channel: Channel<Message>, handler: MessageHandler<Message>): void {
    const number = this.#numberOf(channel);
    if (this.#handlers[number] !== undefined) {
      throw new TransportError('TRANSPORT_STATE', `channel '${channel.name}' has a handler already`);
    }
    this.#handlers[number] = handler as MessageHandler<unknown>;
  }

  subscribe(listener: TransportListener): () => void {
    return this.#listeners.add(listener);
  }

  setPeers(peers: readonly Peer[]): void {
    if (this.#phase !== 'running') throw new TransportError('TRANSPORT_STATE', `setPeers while ${this.#phase}`);
    const wanted = new Map(resolvePeers(peers, this.#options).map((peer) => [peer.id, peer.address]));
    this.#wantedPeers = wanted;
    for (const id of [...this.#peers.keys()]) {
      if (wanted.has(id)) continue;
      this.#remove(id);
      // Whoever heard of that may have set other peers, or stopped this transport.
      if (this.#phase !== 'running' || this.#wantedPeers !== wanted) return;
    }
    for (const [id, address] of wanted) {
      const known = this.#peers.get(id);
      if (known === undefined) this.#add(id, address);
      else known.address = address;
    }
  }

  connectedPeers(): readonly PeerUp[] {
    const up = [...this.#peers.values()].flatMap(({ up }) => (up === undefined ? [] : [up]));
    return up.sort((one, other) => one.id - other.id);
  }

  reloadCredentials(credentials: TlsCredentials): void {
    if (this.#security === undefined) {
      throw new TransportError('TRANSPORT_CREDENTIALS', 'this transport was made without tls');
    }
    this.#secure(credentials);
    this.#logger.info({}, 'credentials reloaded');
  }

  metrics(): TransportMetrics {
    return {
      peers: [...this.#peers.values()].sort((one, other) => one.id - other.id).map(peerMetrics),
      acceptedConnections: this.#acceptor.acceptedConnections,
      handshakesInProgress: this.#acceptor.handshakesInProgress,
      refusedHandshakes: { ...this.#refusals.counts },
      sendDrops: { ...this.#drops },
      certificateValidUntilMs: this.#certificate?.validUntilMs,
    };
  }

  async #listen(address: SocketAddress): Promise<void> {
    try {
      await this.#acceptor.listen(address);
    } catch (thrown) {
      if (this.#phase === 'starting') this.#phase = 'new';
      throw thrown;
    }
  }

  async #stop(): Promise<void> {
    this.#phase = 'stopped';
    const peers = [...this.#peers.values()].map((peer) => peer.stop('local-stop'));
    await Promise.all([this.#acceptor.close(), ...peers, ...this.#leaving]);
    await this.#links.untilAllClosed();
  }

  #add(id: NodeId, address: SocketAddress): void {
    const peer = new RemotePeer(id, address, this.#options, this.#peerDependencies());
    this.#peers.set(id, peer);
    peer.start();
  }

  #remove(id: NodeId): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    this.#peers.delete(id);
    const left = peer.stop('removed');
    this.#leaving.add(left);
    void left.then(() => this.#leaving.delete(left));
  }

  #peerDependencies(): RemotePeerDependencies {
    const listeners = this.#listeners;
    return {
      clock: this.#clock,
      random: this.#its.random,
      logger: this.#logger,
      links: this.#links,
      handlers: this.#handlers,
      dial: (peer, signal) => this.#dial(peer, signal),
      events: {
        onUp: (peer) => listeners.tell((listener) => listener.onPeerUp?.(peer)),
        onDown: (id, reason) => listeners.tell((listener) => listener.onPeerDown?.(id, reason)),
        onGone: (id) => listeners.tell((listener) => listener.onPeerGone?.(id)),
        onUnreachable: (id) => listeners.tell((listener) => listener.onUnreachable?.(id)),
        onRoom: (id, channel) => listeners.tell((listener) => listener.onRoom?.(id, channel)),
        onRefused: (refusal, address) => this.#refusals.note(refusal, address, undefined),
      },
    };
  }

  #dial(peer: RemotePeer, signal: AbortSignal): Promise<DialResult> {
    const { connectTimeoutMs, handshakeTimeoutMs, certificateName } = this.#options;
    return dial(
      {
        peerId: peer.id,
        address: peer.address,
        hello: this.#helloTo(peer.id),
        certificateName: certificateName(peer.id),
        connectTimeoutMs,
        handshakeTimeoutMs,
        signal,
      },
      { clock: this.#clock, network: this.#its.network, security: this.#security, links: this.#links },
    );
  }

  #createAcceptor(): Acceptor {
    return new Acceptor(this.#options, {
      clock: this.#clock,
      network: this.#its.network,
      security: this.#security,
      links: this.#links,
      admit: (hello, certificate) => this.#admit(hello, certificate),
      established: (link, hello) => {
        const peer = this.#peers.get(hello.nodeId);
        if (peer === undefined) link.destroy();
        else peer.accepted(link, hello);
      },
      onRefused: (refusal, from, hello) => this.#refusals.note(refusal, from, hello?.nodeId),
      onRefusedByDialler: (refusal, address, hello, certificate) => {
        const nodeId = hello?.nodeId ?? this.#nodeNamedBy(certificate);
        this.#refusals.noteByDialler(refusal, address, nodeId);
        if (nodeId !== undefined) this.#peers.get(nodeId)?.refusedThisNode(refusal.reason);
      },
    });
  }

  /** The peer that a certificate names: whoever has not said yet who it is has proved it by then. */
  #nodeNamedBy(certificate: TlsPeer | undefined): NodeId | undefined {
    if (certificate?.verified !== true) return undefined;
    const { certificateName } = this.#options;
    return [...this.#peers.keys()].find((id) => certificate.names.includes(certificateName(id)));
  }

  #admit(hello: Hello, certificate: TlsPeer | undefined): Admission {
    const { nodeId } = hello;
    const refusal = judgeHello(hello, this.#options);
    if (refusal !== undefined) return { type: 'refuse', refusal };
    const peer = this.#peers.get(nodeId);
    if (peer === undefined)
      return refuse('unknown-node', `node ${nodeId} is not among the peers of node ${this.nodeId}`);
    const distrusted = certificate && judgeCertificate(certificate, nodeId, this.#options.certificateName(nodeId));
    if (distrusted !== undefined) return { type: 'refuse', refusal: distrusted };
    if (!peer.admits(hello)) {
      return refuse(
        'duplicate-node',
        `another process of node ${nodeId} is connected; this one has incarnation ${hello.incarnation}`,
      );
    }
    if (nodeId < this.nodeId) return { type: 'answer', hello: this.#helloTo(nodeId) };
    peer.knocked(hello);
    return refuse('other-direction', `node ${this.nodeId} dials node ${nodeId}`);
  }

  #helloTo(meantNodeId: NodeId): Hello {
    const { clusterId, features, maxMessageBytes, idleTimeoutMs, channels } = this.#options;
    return {
      minVersion: protocolVersion,
      maxVersion: protocolVersion,
      clusterId,
      nodeId: this.nodeId,
      meantNodeId,
      incarnation: this.#incarnation,
      instance: this.#instance,
      features,
      maxMessageBytes,
      idleTimeoutMs,
      channelNames: channels.map(({ name }) => name),
    };
  }

  #secure(credentials: TlsCredentials): void {
    const { tls } = this.#its;
    if (tls === undefined) throw new TransportError('TRANSPORT_INVALID_OPTION', "'tls' needs the dependency 'tls'");
    const { nodeId, certificateName } = this.#options;
    const use = { nodeId, certificateName: certificateName(nodeId), nowMs: this.#clock.wallTimeMs() };
    this.#certificate = checkCredentials(tls, credentials, use);
    this.#credentials = credentials;
    this.#security ??= {
      tls,
      credentials: () => {
        assert(this.#credentials !== undefined, 'a secured transport has credentials');
        return this.#credentials;
      },
    };
  }

  #numberOf(channel: AnyChannel): number {
    const number = this.#channelNumbers.get(channel);
    if (number !== undefined) return number;
    throw new TransportError('TRANSPORT_INVALID_OPTION', `channel '${channel.name}' was not given at construction`);
  }
}

function refuse(reason: Refusal['reason'], detail: string): Admission {
  return { type: 'refuse', refusal: { reason, detail } };
}
