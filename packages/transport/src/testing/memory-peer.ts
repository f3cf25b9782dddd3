import type { Clock, Logger, Random, SocketAddress, Timer } from '@streambus/runtime';
import type { AnyChannel } from '../channel.ts';
import { countsOf } from '../counts.ts';
import { durationBoundsMs, Histogram } from '../histogram.ts';
import type { BreakerState, PeerMetrics } from '../metrics.ts';
import type { NodeId, Peer } from '../options.ts';
import {
  type ConnectFailure,
  connectFailures,
  type PeerDownReason,
  peerDownReasons,
  type ReceiveDropCause,
  type RefusalReason,
  type SendDropCause,
} from '../reasons.ts';
import type { PeerUp, SendResult, TransportListener } from '../transport.ts';
import { MemoryAttempts } from './memory-attempts.ts';
import type { MemoryChannel } from './memory-channel.ts';
import { type LinkEnd, type LinkOwner, windowBytes } from './memory-link.ts';
import { MemoryOutbox } from './memory-outbox.ts';

/** What one node tells another before they are connected. */
export interface MemoryHello {
  /** Tells one process from another with the same id. */
  readonly process: object;
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly meantNodeId: NodeId;
  readonly incarnation: number;
  readonly features: number;
  readonly maxMessageBytes: number;
  readonly channelNames: readonly string[];
}

/** The options that matter to a peer. */
export interface MemoryPeerOptions {
  readonly channels: readonly AnyChannel[];
  readonly features: number;
  readonly maxMessageBytes: number;
  readonly idleTimeoutMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffResetAfterMs: number;
  readonly breakerOpensAfterMs: number;
}

/** The node that has the peer. */
export interface MemoryPeerHost {
  readonly nodeId: NodeId;
  readonly frozen: boolean;
  readonly options: MemoryPeerOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Tries to connect: tells why that failed, or leads to {@link MemoryPeer.connect}. @returns what gives the attempt up */
  dial(peer: Peer, onFailure: (failure: ConnectFailure) => void): () => void;
  /** @returns why the message was dropped, if it was */
  handle(from: NodeId, channel: AnyChannel, bytes: Uint8Array): ReceiveDropCause | undefined;
  tell(tellOne: (listener: TransportListener) => void): void;
}

interface Connected {
  readonly end: LinkEnd;
  readonly hello: MemoryHello;
  readonly maxMessageBytes: number;
  readonly sinceMs: number;
}

/** How the connections of a process end that has ended. */
const endings: readonly PeerDownReason[] = ['stopped', 'ended', 'reset'];

/** One peer as one node sees it: its connection, or the attempts at one; what waits for it; and what is counted. */
export class MemoryPeer implements LinkOwner {
  readonly id: NodeId;
  readonly #host: MemoryPeerHost;
  readonly #outbox: MemoryOutbox;
  readonly #attempts: MemoryAttempts;
  #address: SocketAddress;
  #connected: Connected | undefined;
  /** Neither removed nor of a node that has stopped. */
  #active = true;
  #breaker: Timer | undefined;
  #breakerIsOpen = false;
  /** When to open it, where this process is frozen at that moment. */
  #breakerIsDue = false;
  /** The last connection ended as those of a process do that has ended. */
  #mayBeGone = false;
  /** Until the queues have been empty while the peer was connected. */
  #lossTold = false;
  #pumpArmed = false;
  #connects = 0;
  readonly #failures = countsOf(connectFailures);
  readonly #disconnects = countsOf(peerDownReasons);
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(host: MemoryPeerHost, peer: Peer) {
    this.id = peer.id;
    this.#host = host;
    this.#address = peer.address;
    this.#outbox = new MemoryOutbox(host.options.channels, (cause) => this.#noteDrop(cause));
    this.#attempts = new MemoryAttempts({
      clock: host.clock,
      random: host.random,
      minBackoffMs: host.options.minBackoffMs,
      maxBackoffMs: host.options.maxBackoffMs,
      dial: (onFailure) => host.dial({ id: this.id, address: this.#address }, onFailure),
      onFailure: (failure) => this.#noteFailure(failure),
    });
  }

  get nodeId(): NodeId {
    return this.#host.nodeId;
  }

  get frozen(): boolean {
    return this.#host.frozen;
  }

  get idleTimeoutMs(): number {
    return this.#host.options.idleTimeoutMs;
  }

  /** Undefined while it is not connected. */
  get up(): PeerUp | undefined {
    const hello = this.#connected?.hello;
    if (hello === undefined) return undefined;
    const features = (hello.features & this.#host.options.features) >>> 0;
    return { id: this.id, incarnation: hello.incarnation, features };
  }

  start(): void {
    this.#armBreaker();
    this.tryNow();
  }

  /** Ends it for good: `goodbye` is what the peer hears. */
  stop(goodbye: PeerDownReason, localReason: PeerDownReason): void {
    this.#deactivate();
    this.#disconnect(goodbye, localReason);
  }

  /** Ends it as the death of the process does: nobody here hears of it. */
  kill(): void {
    this.#deactivate();
    this.#connected?.end.close('ended');
    this.#connected = undefined;
  }

  /** Tries to connect at once, unless it does already or need not. */
  tryNow(): void {
    if (this.#active && this.#connected === undefined) this.#attempts.now();
  }

  /** Uses another address from the next attempt on. */
  moveTo(address: SocketAddress): void {
    this.#address = address;
  }

  /** Decides about a peer that dials; if it is connected, it has given that connection up or is another process. */
  refusalOf(hello: MemoryHello): RefusalReason | undefined {
    const known = this.#connected?.hello;
    if (known !== undefined && known.process !== hello.process && hello.incarnation <= known.incarnation) {
      return 'duplicate-node';
    }
    this.#disconnect('replaced', 'replaced');
    // Whoever was told of that may have removed the peer.
    if (!this.#active) return 'unknown-node';
    if (hello.nodeId < this.nodeId) return undefined;
    this.tryNow();
    return 'other-direction';
  }

  /** The connection is there; {@link announce} tells of it. */
  connect(end: LinkEnd, hello: MemoryHello): void {
    this.#attempts.end();
    this.#closeBreaker();
    this.#connects++;
    const maxMessageBytes = Math.min(hello.maxMessageBytes, this.#host.options.maxMessageBytes);
    this.#connected = { end, hello, maxMessageBytes, sinceMs: this.#host.clock.monotonicMs() };
    for (const [name, channel] of this.#outbox.channels) {
      if (!hello.channelNames.includes(name)) channel.dropAll('no-such-channel');
    }
  }

  /** Tells of a connection, unless whoever was told first has ended it. */
  announce(end: LinkEnd): void {
    const { up } = this;
    if (up === undefined || this.#connected?.end !== end) return;
    this.#host.logger.info({ peer: this.id, incarnation: up.incarnation }, 'peer up');
    this.#host.tell((listener) => listener.onPeerUp?.(up));
    this.#armPump();
  }

  send(channelName: string, bytes: Uint8Array): SendResult {
    const channel = this.#outbox.channels.get(channelName) as MemoryChannel;
    const cause = this.#whyNot(channel, bytes);
    if (cause !== undefined) channel.drop(cause);
    const result = cause ?? channel.offer(bytes, this.#host.clock.monotonicMs());
    this.#armPump();
    return result;
  }

  /** Ends the connection of both sides at once, losing what is under way. */
  reset(): void {
    this.#connected?.end.reset();
  }

  /** Looks again at what was in the way: a cut, a freeze. */
  refresh(): void {
    this.#connected?.end.refresh();
    this.#armPump();
    if (this.#breakerIsDue) this.#openBreaker();
  }

  onMessage(channelName: string, bytes: Uint8Array): void {
    const channel = this.#outbox.channels.get(channelName);
    // It was sent before the other side had seen the list of channels: there is no such moment here.
    if (channel === undefined) return;
    this.#receivedBytes += bytes.length;
    channel.received(bytes);
    const dropped = this.#host.handle(this.id, channel.channel, bytes);
    if (dropped !== undefined) channel.dropReceived(dropped);
  }

  onClosed(reason: PeerDownReason, hasLost: boolean): void {
    if (hasLost) this.#noteLoss();
    this.#noteDown(reason);
  }

  onArrived(): void {
    if (!this.#outbox.isEmpty) this.#armPump();
  }

  metrics(): PeerMetrics {
    return {
      id: this.id,
      connected: this.#connected !== undefined,
      breaker: this.#breakerState(),
      connects: this.#connects,
      connectFailures: { ...this.#failures },
      disconnects: { ...this.#disconnects },
      sentBytes: this.#sentBytes,
      receivedBytes: this.#receivedBytes,
      lastRoundTripMs: undefined,
      roundTripMs: new Histogram(durationBoundsMs).snapshot(),
      inflightBytes: this.#connected?.end.inflightBytes ?? 0,
      windowBytes,
      channels: Object.fromEntries([...this.#outbox.channels].map(([name, channel]) => [name, channel.metrics()])),
    };
  }

  #deactivate(): void {
    this.#active = false;
    this.#attempts.end();
    this.#closeBreaker();
  }

  #disconnect(goodbye: PeerDownReason, localReason: PeerDownReason): void {
    if (this.#connected === undefined) return;
    this.#connected.end.close(goodbye);
    this.#noteDown(localReason);
  }

  #noteDown(reason: PeerDownReason): void {
    const connected = this.#connected;
    if (connected === undefined) return;
    this.#connected = undefined;
    this.#disconnects[reason]++;
    this.#mayBeGone = endings.includes(reason);
    for (const channel of this.#outbox.channels.values()) {
      if (channel.channel.whilePeerIsDown === 'drop') channel.dropAll('peer-down');
    }
    if (this.#active) this.#reconnect(connected);
    this.#host.logger.info({ peer: this.id, reason }, 'peer down');
    this.#host.tell((listener) => listener.onPeerDown?.(this.id, reason));
  }

  /** At once after a connection that held; else later and later. */
  #reconnect({ sinceMs }: Connected): void {
    this.#armBreaker();
    const livedMs = this.#host.clock.monotonicMs() - sinceMs;
    if (livedMs < this.#host.options.backoffResetAfterMs) {
      this.#attempts.later();
    } else {
      this.#attempts.resetBackoff();
      this.#attempts.now();
    }
  }

  #noteFailure(failure: ConnectFailure): void {
    this.#failures[failure]++;
    this.#host.logger.debug({ peer: this.id, failure }, 'could not connect');
    if (failure !== 'refused' || !this.#mayBeGone) return;
    this.#mayBeGone = false;
    this.#host.tell((listener) => listener.onPeerGone?.(this.id));
  }

  #whyNot({ channel }: MemoryChannel, bytes: Uint8Array): SendDropCause | undefined {
    const connected = this.#connected;
    if (bytes.length > (connected?.maxMessageBytes ?? this.#host.options.maxMessageBytes)) return 'too-large';
    if (connected === undefined) {
      return this.#breakerIsOpen || channel.whilePeerIsDown === 'drop' ? 'peer-down' : undefined;
    }
    return connected.hello.channelNames.includes(channel.name) ? undefined : 'no-such-channel';
  }

  #armPump(): void {
    if (this.#pumpArmed || this.#connected === undefined) return;
    this.#pumpArmed = true;
    this.#host.clock.nextTurn(() => {
      this.#pumpArmed = false;
      this.#pump();
    });
  }

  /** Puts as much under way as may be. Not even `urgent` goes without bound: the process at the other end may be frozen. */
  #pump(): void {
    const connected = this.#connected;
    if (connected === undefined || this.frozen) return;
    const { end, maxMessageBytes } = connected;
    while (end.inflightBytes < 2 * windowBytes) {
      const channel = this.#outbox.next(end.inflightBytes < windowBytes);
      if (channel === undefined) break;
      const bytes = channel.take(this.#host.clock.monotonicMs(), maxMessageBytes);
      if (bytes === undefined) continue;
      this.#sentBytes += bytes.length;
      end.send(channel.channel.name, bytes);
    }
    if (this.#outbox.isEmpty) this.#lossTold = false;
    for (const [name, channel] of this.#outbox.channels) {
      if (channel.takeRoom()) this.#host.tell((listener) => listener.onRoom?.(this.id, name));
    }
  }

  #noteDrop(cause: SendDropCause): void {
    // Such a message is lost whether the peer can be reached or not.
    if (cause !== 'too-large') this.#noteLoss();
  }

  /** Told later in the turn: whoever sends is in the middle of something. */
  #noteLoss(): void {
    if (this.#lossTold || !this.#active) return;
    this.#lossTold = true;
    queueMicrotask(() => {
      if (this.#active) this.#host.tell((listener) => listener.onUnreachable?.(this.id));
    });
  }

  #breakerState(): BreakerState {
    if (!this.#breakerIsOpen) return 'closed';
    return this.#attempts.isTrying ? 'half-open' : 'open';
  }

  #armBreaker(): void {
    const { breakerOpensAfterMs } = this.#host.options;
    this.#breaker = this.#host.clock.setTimer(breakerOpensAfterMs, () => this.#openBreaker());
  }

  #openBreaker(): void {
    this.#breakerIsDue = this.frozen;
    if (this.#breakerIsDue) return;
    this.#breakerIsOpen = true;
    for (const channel of this.#outbox.channels.values()) channel.dropAll('peer-down');
  }

  #closeBreaker(): void {
    this.#breaker?.cancel();
    this.#breakerIsDue = false;
    this.#breakerIsOpen = false;
  }
}
