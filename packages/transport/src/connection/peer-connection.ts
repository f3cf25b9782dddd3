import { assert, type Clock, type NetworkError } from '@streambus/runtime';
import type { NodeId } from '../options.ts';
import { type PeerDownReason, peerDownReasons } from '../reasons.ts';
import { FlightWindow } from '../send/flight-window.ts';
import type { Outbox } from '../send/outbox.ts';
import { WriteBatch } from '../send/write-batch.ts';
import { counterBytes, frameKind, goodbyeBytes, maxChunkBytes } from '../wire/frame.ts';
import { FrameReader, type FrameSink } from '../wire/frame-reader.ts';
import type { Hello } from '../wire/hello.ts';
import { ProtocolViolation } from '../wire/protocol-violation.ts';
import { IdleWatch } from './idle-watch.ts';
import type { Link } from './link.ts';
import type { OpenLinks } from './open-links.ts';
import type { PeerTraffic } from './peer-traffic.ts';
import type { ChannelReceiver } from './receivers.ts';

/** What is given to the socket at once. More waits, where it can still be overtaken. */
const maxWriteBytes = 128 * 1024;

/** What may arrive before it is acknowledged. */
const acknowledgeEveryBytes = maxChunkBytes;

/** What a connection needs. */
export interface PeerConnectionOptions {
  readonly peerId: NodeId;
  /** The peer's. */
  readonly hello: Hello;
  readonly maxMessageBytes: number;
  readonly pingIntervalMs: number;
  readonly idleTimeoutMs: number;
}

/** Who owns a connection and what it fills and counts. */
export interface PeerConnectionDependencies {
  readonly clock: Clock;
  readonly link: Link;
  readonly links: OpenLinks;
  readonly outbox: Outbox;
  /** By number here. */
  readonly receivers: readonly ChannelReceiver[];
  readonly traffic: PeerTraffic;
  /** It is over; once, and not when the owner closed it. */
  onDown(reason: PeerDownReason, detail: string): void;
  /** A message could not be decoded. */
  onUndecodable(channel: string, error: Error): void;
  /** Queues have become shorter. */
  onSent(): void;
}

/** An established connection with a peer: frames what the outbox holds, hands out what arrives, and watches over the peer's life. */
export class PeerConnection implements FrameSink {
  readonly hello: Hello;
  readonly establishedMs: number;
  readonly window: FlightWindow = new FlightWindow();
  readonly #options: PeerConnectionOptions;
  readonly #its: PeerConnectionDependencies;
  readonly #reader: FrameReader;
  readonly #batch = new WriteBatch();
  readonly #idleWatch: IdleWatch;
  /** Who receives the channel that the peer's frames give this number. */
  readonly #receiverOf: readonly (ChannelReceiver | undefined)[];
  #flushWanted = false;
  #flushWantedMs: number | undefined;
  #flushedThisTurn = false;
  #socketFull = false;
  #closed = false;
  #acknowledgedBytes = 0;
  #acknowledgeWanted = false;
  #pongWanted: number | undefined;
  #pingWanted = false;
  /** The ping that was not answered yet, and when it left first. One at a time: the answer to it says all. */
  #ping: { readonly token: number; readonly sentMs: number } | undefined;
  #lastToken = 0;

  constructor(options: PeerConnectionOptions, dependencies: PeerConnectionDependencies) {
    this.#options = options;
    this.#its = dependencies;
    this.hello = options.hello;
    const { clock, receivers } = dependencies;
    this.establishedMs = clock.monotonicMs();
    const { channelNames, idleTimeoutMs } = options.hello;
    this.#receiverOf = channelNames.map((name) => receivers.find(({ channel }) => channel.name === name));
    this.#reader = new FrameReader(this, {
      channelCount: channelNames.length,
      isReceived: (channel) => this.#receiverOf[channel] !== undefined,
      maxMessageBytes: options.maxMessageBytes,
    });
    const tickMs = Math.max(1, Math.min(options.pingIntervalMs, Math.floor(idleTimeoutMs / 3)));
    this.#idleWatch = new IdleWatch(
      clock,
      { tickMs, idleTimeoutMs: options.idleTimeoutMs },
      {
        onTick: () => this.#wantPing(),
        onIdle: () => this.#fail('silent', `nothing arrived for ${options.idleTimeoutMs} ms`),
      },
    );
  }

  /** Begins to read and write. The first frame is a ping, which also tells the acceptor that its hello has arrived. */
  start(): void {
    this.#wantPing();
    this.#its.link.read({
      onData: (chunk) => this.#receive(chunk),
      onDrain: () => {
        this.#socketFull = false;
        this.#flush();
      },
      onGone: (error) => this.#gone(error),
    });
  }

  /** When what leaves next was begun to be queued; undefined when nothing waits for its turn, or nobody has looked at the clock for it. */
  get flushWantedMs(): number | undefined {
    return this.#flushWanted ? this.#flushWantedMs : undefined;
  }

  /**
   * Something waits in the outbox: it leaves when this turn's work is done, with all that is queued until then.
   *
   * @param nowMs - where the caller has looked at the clock
   */
  requestFlush(nowMs?: number): void {
    if (this.#flushWanted || this.#socketFull || this.#closed) return;
    this.#flushWanted = true;
    this.#flushWantedMs = nowMs;
    // The first of a turn leaves at once; whatever comes after it in the same turn leaves together at the turn's end.
    if (!this.#flushedThisTurn) queueMicrotask(() => this.#flush());
  }

  /**
   * Ends the connection, telling the peer why; resolves when it is gone. The owner hears nothing more.
   *
   * @param reason - as the peer will hear it
   */
  async close(reason: PeerDownReason): Promise<void> {
    if (this.#closed) return;
    this.#shut();
    const { link, links } = this.#its;
    this.#batch.header(frameKind.goodbye, 0, goodbyeBytes);
    this.#batch.append(Uint8Array.of(peerDownReasons.indexOf(reason) + 1));
    this.#its.traffic.sentBytes += this.#batch.bytes;
    link.write(this.#batch.take());
    links.end(link);
    await link.untilClosed();
  }

  onMessage(channel: number, bytes: Uint8Array): void {
    const receiver = this.#receiverOf[channel];
    if (receiver === undefined) return;
    const error = receiver.receive(this.#options.peerId, bytes);
    if (error !== undefined) this.#its.onUndecodable(receiver.channel.name, error);
  }

  onPing(token: number): void {
    this.#pongWanted = token;
    this.requestFlush();
  }

  onPong(token: number): void {
    if (this.#ping?.token !== token) return;
    this.#its.traffic.noteRoundTrip(this.#its.clock.monotonicMs() - this.#ping.sentMs);
    this.#ping = undefined;
  }

  onAcknowledge(receivedBytes: number): void {
    const { window } = this;
    if (receivedBytes > window.sentBytes || receivedBytes < window.sentBytes - window.inflightBytes) {
      throw new ProtocolViolation(`an acknowledgement of ${receivedBytes} bytes where ${window.sentBytes} were sent`);
    }
    window.acknowledged(receivedBytes, this.#its.clock.monotonicMs());
    this.requestFlush();
  }

  onGoodbye(reasonCode: number): void {
    const reason = peerDownReasons[reasonCode - 1] ?? 'ended';
    this.#fail(reason === 'local-stop' ? 'stopped' : reason, 'the peer said goodbye');
  }

  #receive(chunk: Uint8Array): void {
    this.#idleWatch.heard();
    this.#its.traffic.receivedBytes += chunk.length;
    try {
      this.#reader.read(chunk);
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    if (this.#closed || this.#reader.messageFrameBytes - this.#acknowledgedBytes < acknowledgeEveryBytes) return;
    this.#acknowledgeWanted = true;
    this.requestFlush();
  }

  /** What a handler throws is its owner's; what was read is then incomplete, so the connection cannot go on either. */
  #refuse(thrown: unknown): void {
    if (!(thrown instanceof ProtocolViolation)) {
      this.#fail('protocol', 'a message handler threw');
      throw thrown;
    }
    if (this.#closed) return;
    void this.close('protocol');
    this.#its.onDown('protocol', thrown.message);
  }

  #wantPing(): void {
    this.#pingWanted = true;
    this.requestFlush();
  }

  #flush(): void {
    this.#flushWanted = false;
    if (this.#closed || this.#socketFull) return;
    const { clock, link, outbox, traffic } = this.#its;
    const nowMs = clock.monotonicMs();
    this.#writeControl(nowMs);
    const messageBytes = outbox.fill(this.#batch, maxWriteBytes, this.window.room(), nowMs);
    if (messageBytes > 0) this.window.sent(messageBytes, nowMs);
    if (this.#batch.bytes === 0) return;
    traffic.sentBytes += this.#batch.bytes;
    this.#socketFull = !link.write(this.#batch.take());
    this.#noteFlushed();
    if (messageBytes > 0) this.#its.onSent();
    if (outbox.hasReady(this.window.room())) this.requestFlush();
  }

  #noteFlushed(): void {
    if (this.#flushedThisTurn) return;
    this.#flushedThisTurn = true;
    this.#its.clock.nextTurn(() => {
      this.#flushedThisTurn = false;
      if (this.#flushWanted) this.#flush();
    });
  }

  #writeControl(nowMs: number): void {
    if (this.#pongWanted !== undefined) {
      this.#batch.header(frameKind.pong, 0, counterBytes);
      this.#batch.counter(this.#pongWanted);
      this.#pongWanted = undefined;
    }
    if (this.#pingWanted) {
      this.#pingWanted = false;
      // One that is unanswered is sent again: the peer must hear something, however long its answers take.
      this.#ping ??= { token: ++this.#lastToken, sentMs: nowMs };
      this.#batch.header(frameKind.ping, 0, counterBytes);
      this.#batch.counter(this.#ping.token);
    }
    if (this.#acknowledgeWanted) {
      this.#acknowledgeWanted = false;
      this.#acknowledgedBytes = this.#reader.messageFrameBytes;
      this.#batch.header(frameKind.acknowledge, 0, counterBytes);
      this.#batch.counter(this.#acknowledgedBytes);
    }
  }

  #gone(error: NetworkError | undefined): void {
    if (error === undefined) this.#fail('ended', 'the peer closed the connection');
    else this.#fail(error.code === 'NETWORK_TIMEOUT' ? 'silent' : 'reset', error.message);
  }

  #fail(reason: PeerDownReason, detail: string): void {
    if (this.#closed) return;
    this.#shut();
    this.#its.link.destroy();
    this.#its.onDown(reason, detail);
  }

  #shut(): void {
    assert(!this.#closed, 'a connection is shut once');
    this.#closed = true;
    this.#reader.stop();
    this.#idleWatch.stop();
  }
}
