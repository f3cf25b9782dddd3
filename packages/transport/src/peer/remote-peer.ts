import type { Clock, Logger, Random, SocketAddress, Timer } from '@streambus/runtime';
import type { AnyChannel } from '../channel.ts';
import type { Link } from '../connection/link.ts';
import type { OpenLinks } from '../connection/open-links.ts';
import { PeerConnection } from '../connection/peer-connection.ts';
import { PeerTraffic } from '../connection/peer-traffic.ts';
import { ChannelReceiver, type HandlerTable } from '../connection/receivers.ts';
import { countsOf } from '../counts.ts';
import type { DialResult } from '../handshake/dial.ts';
import { isRestarted, judgeRival } from '../handshake/judge-hello.ts';
import { LogLimit } from '../log-limit.ts';
import type { BreakerState } from '../metrics.ts';
import type { NodeId } from '../options.ts';
import {
  type ConnectFailure,
  connectFailures,
  type PeerDownReason,
  peerDownReasons,
  type RefusalReason,
  type SendDropCause,
} from '../reasons.ts';
import type { ResolvedOptions } from '../resolve-options.ts';
import { Outbox } from '../send/outbox.ts';
import type { PeerUp, SendResult } from '../transport.ts';
import type { Hello, Refusal } from '../wire/hello.ts';
import { Backoff } from './backoff.ts';
import { Outage } from './outage.ts';

/** Whom a peer tells what happens to it. */
export interface RemotePeerEvents {
  onUp(peer: PeerUp): void;
  onDown(id: NodeId, reason: PeerDownReason): void;
  onGone(id: NodeId): void;
  onUnreachable(id: NodeId): void;
  onRoom(id: NodeId, channel: string): void;
  /** This node refused what it found where it dialled. */
  onRefused(refusal: Refusal, address: SocketAddress): void;
}

/** What a peer needs of its transport. */
export interface RemotePeerDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly links: OpenLinks;
  readonly handlers: HandlerTable;
  readonly events: RemotePeerEvents;
  /** One attempt to get a connection. */
  dial(peer: RemotePeer, signal: AbortSignal): Promise<DialResult>;
}

/**
 * A peer for as long as it is one: what waits for it, its connection while there is one, and the attempts to get one.
 *
 * Both sides make attempts. The lower id's become the connection; with one of its own the higher id only asks to be dialled, which ends the
 * other side's waiting, and learns whether anybody listens there.
 */
export class RemotePeer {
  readonly id: NodeId;
  readonly outbox: Outbox;
  readonly receivers: readonly ChannelReceiver[];
  readonly traffic: PeerTraffic = new PeerTraffic();
  readonly connectFailures: Record<ConnectFailure, number> = countsOf(connectFailures);
  readonly disconnects: Record<PeerDownReason, number> = countsOf(peerDownReasons);
  connects = 0;
  address: SocketAddress;
  readonly #options: ResolvedOptions;
  readonly #its: RemotePeerDependencies;
  readonly #backoff: Backoff;
  readonly #outage: Outage;
  /** By channel. */
  readonly #undecodable: LogLimit<string>;
  #connection: PeerConnection | undefined;
  #attempt: AbortController | undefined;
  #attemptDone: Promise<void> = Promise.resolve();
  /** The peer asked to be dialled while an attempt was under way. */
  #attemptAgain = false;
  #retry: Timer | undefined;
  #running = false;
  #lossTold = false;

  constructor(id: NodeId, address: SocketAddress, options: ResolvedOptions, dependencies: RemotePeerDependencies) {
    this.id = id;
    this.address = address;
    this.#options = options;
    this.#its = dependencies;
    this.outbox = new Outbox(options.channels, options.maxMessageBytes);
    this.receivers = options.channels.map(
      (channel, number) => new ChannelReceiver(channel, number, dependencies.handlers),
    );
    this.#backoff = new Backoff(options, dependencies.random);
    this.#undecodable = new LogLimit(dependencies.clock);
    this.#outage = new Outage(dependencies.clock, options.breakerOpensAfterMs, () => this.#openBreaker());
  }

  get connection(): PeerConnection | undefined {
    return this.#connection;
  }

  /** Who it is, while it is connected. */
  get up(): PeerUp | undefined {
    if (this.#connection === undefined) return undefined;
    const { incarnation, features } = this.#connection.hello;
    return { id: this.id, incarnation, features: (features & this.#options.features) >>> 0 };
  }

  get breaker(): BreakerState {
    if (!this.#outage.breakerIsOpen) return 'closed';
    return this.#attempt === undefined ? 'open' : 'half-open';
  }

  start(): void {
    this.#running = true;
    this.#outage.begin(undefined);
    this.#tryNow();
  }

  /** Ends everything; resolves when nothing is left. What waits is dropped. @param reason - as the peer will hear it */
  async stop(reason: 'removed' | 'local-stop'): Promise<void> {
    this.#running = false;
    this.#retry?.cancel();
    this.#outage.end();
    this.#attempt?.abort();
    const connection = this.#connection;
    if (connection !== undefined) {
      const closed = connection.close(reason);
      this.#lost(reason, 'this node ended it');
      await closed;
    }
    this.outbox.dropAll();
    await this.#attemptDone;
  }

  send(channelNumber: number, channel: AnyChannel, message: unknown): SendResult {
    const sender = this.outbox.senders[channelNumber];
    if (sender === undefined || !sender.known) return this.#dropped(channelNumber, 'no-such-channel');
    if (this.#connection === undefined && (this.#outage.breakerIsOpen || channel.whilePeerIsDown === 'drop')) {
      return this.#dropped(channelNumber, 'peer-down');
    }
    const bytes = channel.codec.encode(message);
    if (bytes.length > this.outbox.maxMessageBytes) return this.#dropped(channelNumber, 'too-large');
    // What is sent in one turn came at one time: reading the clock costs more than queueing a message.
    const nowMs = this.#connection?.flushWantedMs ?? this.#its.clock.monotonicMs();
    const outcome = sender.offer(bytes, nowMs);
    if (outcome !== 'queued') this.#noteLoss();
    if (outcome === 'dropped-newest') return 'queue-full';
    this.#connection?.requestFlush(nowMs);
    return 'queued';
  }

  /** Whether a hello may take the place of the connection that there is, if there is one. */
  admits(hello: Hello): boolean {
    return this.#connection === undefined || judgeRival(hello, this.#connection.hello) === 'replace';
  }

  /** The peer, which has the higher id, asks to be dialled. */
  knocked(hello: Hello): void {
    const connected = this.#connection;
    if (connected !== undefined && isRestarted(hello, connected.hello)) this.#replace(connected);
    if (this.#connection !== undefined) return;
    this.#backoff.reset();
    this.#tryNow();
  }

  /** A handshake that was accepted is complete. */
  accepted(link: Link, hello: Hello): void {
    const connected = this.#connection;
    if (!this.#running || !this.admits(hello)) {
      link.destroy();
      return;
    }
    if (connected !== undefined) this.#replace(connected);
    // Whoever heard that may have removed the peer.
    if (!this.#running) {
      link.destroy();
      return;
    }
    this.#attempt?.abort();
    this.#establish(link, hello);
  }

  /** The peer dialled, and did not like whom it reached. */
  refusedThisNode(reason: RefusalReason): void {
    this.connectFailures[reason]++;
  }

  /** This node dialled, and was refused by the peer, or the network failed. */
  #noteFailure(failure: ConnectFailure, detail: string): void {
    this.connectFailures[failure]++;
    // Asking to be dialled is answered with that reason; only the counter needs to know.
    if (failure === 'other-direction') return;
    const fields = { peer: this.id, address: this.address, failure, detail };
    if (this.#outage.isNews(failure)) this.#its.logger.warn(fields, 'a peer cannot be reached');
    else this.#its.logger.debug(fields, 'a peer still cannot be reached');
  }

  #tryNow(): void {
    if (this.#attempt !== undefined) {
      this.#attemptAgain = true;
      return;
    }
    this.#retry?.cancel();
    this.#attemptDone = this.#try();
  }

  #tryLater(delayMs: number): void {
    this.#retry?.cancel();
    // Whoever heard how the last attempt went may have ended it.
    if (!this.#running) return;
    this.#retry = this.#its.clock.setTimer(delayMs, () => this.#tryNow());
  }

  async #try(): Promise<void> {
    if (!this.#running || this.#connection !== undefined) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#attemptAgain = false;
    const result = await this.#its.dial(this, attempt.signal);
    this.#attempt = undefined;
    if (attempt.signal.aborted) {
      if (result.type === 'connected') result.link.destroy();
      // The connection for which it was given up is lost by now.
      if (this.#attemptAgain) this.#tryNow();
      return;
    }
    if (result.type === 'connected') this.#establish(result.link, result.hello);
    else this.#attemptFailed(result);
  }

  #attemptFailed(result: Exclude<DialResult, { readonly type: 'connected' }>): void {
    let again = this.#attemptAgain;
    if (result.type === 'refused') {
      this.#its.events.onRefused(result.refusal, this.address);
      this.#noteFailure(result.refusal.reason, result.refusal.detail);
    } else {
      this.#noteFailure(result.failure, result.detail);
      again ||= this.#outage.mayBeEnding(result.failure);
      if (result.failure === 'refused' && this.#outage.provesGone()) this.#its.events.onGone(this.id);
    }
    this.#tryLater(again ? 0 : this.#backoff.next());
  }

  #establish(link: Link, hello: Hello): void {
    this.#retry?.cancel();
    this.#outage.end();
    this.connects++;
    if (this.outbox.connected(hello)) this.#noteLoss();
    const { clock, links } = this.#its;
    const connection = new PeerConnection(
      { ...this.#options, peerId: this.id, hello },
      {
        clock,
        link,
        links,
        outbox: this.outbox,
        receivers: this.receivers,
        traffic: this.traffic,
        onDown: (reason, detail) => this.#lost(reason, detail),
        onUndecodable: (channel, error) => this.#noteUndecodable(channel, error),
        onSent: () => this.#noteSent(),
      },
    );
    this.#connection = connection;
    const { incarnation } = hello;
    this.#its.logger.info({ peer: this.id, incarnation, address: link.remoteAddress }, 'peer connected');
    if (this.up !== undefined) this.#its.events.onUp(this.up);
    // The listener may have ended it.
    if (this.#connection !== connection) return;
    connection.start();
    if (this.#connection === connection) this.#noteSent();
  }

  #replace(connected: PeerConnection): void {
    void connected.close('replaced');
    this.#lost('replaced', 'the peer has a newer connection');
  }

  #lost(reason: PeerDownReason, detail: string): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.disconnects[reason]++;
    if (this.outbox.disconnected()) this.#noteLoss();
    const expected = reason === 'stopped' || reason === 'removed' || reason === 'local-stop';
    this.#its.logger[expected ? 'info' : 'warn']({ peer: this.id, reason, detail }, 'peer disconnected');
    if (this.#running) this.#reconnect(connection, reason);
    this.#its.events.onDown(this.id, reason);
  }

  /** At once after a connection that held, so that it is soon known whether the peer is gone; else by the backoff. */
  #reconnect(lost: PeerConnection, reason: PeerDownReason): void {
    const { clock } = this.#its;
    this.#outage.begin(reason);
    const held = clock.monotonicMs() - lost.establishedMs >= this.#options.backoffResetAfterMs;
    if (held) this.#backoff.reset();
    this.#tryLater(held ? 0 : this.#backoff.next());
  }

  #openBreaker(): void {
    this.#its.logger.info({ peer: this.id }, 'a peer is away for too long: nothing is kept for it until it is back');
    if (this.outbox.dropAll()) this.#noteLoss();
  }

  #dropped(channelNumber: number, cause: SendDropCause): SendResult {
    const sender = this.outbox.senders[channelNumber];
    if (sender !== undefined) sender.drops[cause]++;
    if (cause !== 'too-large') this.#noteLoss();
    return cause;
  }

  #noteUndecodable(channel: string, error: Error): void {
    const more = this.#undecodable.admit(channel);
    if (more === undefined) return;
    this.#its.logger.warn(
      { peer: this.id, channel, err: error, ...more },
      'a message cannot be decoded; it is dropped',
    );
  }

  /** Told later: whoever sends is in the middle of something. */
  #noteLoss(): void {
    if (this.#lossTold || !this.#running) return;
    this.#lossTold = true;
    queueMicrotask(() => {
      if (this.#running) this.#its.events.onUnreachable(this.id);
    });
  }

  #noteSent(): void {
    if (this.outbox.isEmpty()) this.#lossTold = false;
    for (const sender of this.outbox.senders) {
      if (sender.takeRoom()) this.#its.events.onRoom(this.id, sender.channel.name);
    }
  }
}
