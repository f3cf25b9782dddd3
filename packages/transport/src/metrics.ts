import type { HistogramSnapshot } from './histogram.ts';
import type { NodeId } from './options.ts';
import type { ConnectFailure, PeerDownReason, ReceiveDropCause, RefusalReason, SendDropCause } from './reasons.ts';

/**
 * Whether a peer is worth trying.
 *
 * - `closed`: yes; what is sent waits for it.
 * - `open`: it was away for `breakerOpensAfterMs`; what is sent is dropped at once, and nothing is kept for it.
 * - `half-open`: an attempt is under way; as `open` for what is sent.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** One channel with one peer. All counts grow from the start of the transport on. */
export interface ChannelMetrics {
  readonly sentMessages: number;
  /** Of messages, as encoded: without the headers of frames. */
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
  /** A gauge, bounded by the channel's `maxQueuedMessages`. */
  readonly queuedMessages: number;
  /** A gauge, bounded by the channel's `maxQueuedBytes`. */
  readonly queuedBytes: number;
  readonly sendDrops: Readonly<Record<SendDropCause, number>>;
  readonly receiveDrops: Readonly<Record<ReceiveDropCause, number>>;
  /** From `send` until the last byte was handed to the socket. */
  readonly timeInQueueMs: HistogramSnapshot;
}

/** One peer. */
export interface PeerMetrics {
  readonly id: NodeId;
  readonly connected: boolean;
  readonly breaker: BreakerState;
  /** Handshakes that were completed. */
  readonly connects: number;
  readonly connectFailures: Readonly<Record<ConnectFailure, number>>;
  readonly disconnects: Readonly<Record<PeerDownReason, number>>;
  /** All bytes of frames, headers included; not those of the handshake. Under TLS, before encryption. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Of the last ping; undefined until the first is answered. */
  readonly lastRoundTripMs: number | undefined;
  readonly roundTripMs: HistogramSnapshot;
  /** Sent and not yet acknowledged by the peer's transport; a gauge. */
  readonly inflightBytes: number;
  /** How much of `normal` and `bulk` may be under way; a gauge that follows what the path bears. */
  readonly windowBytes: number;
  readonly channels: Readonly<Record<string, ChannelMetrics>>;
}

/** Everything that is counted. Built when it is asked for; nothing is computed before. */
export interface TransportMetrics {
  /** By id. */
  readonly peers: readonly PeerMetrics[];
  /** Connections that came to the listener. */
  readonly acceptedConnections: number;
  /** A gauge, bounded by `maxHandshakes`. */
  readonly handshakesInProgress: number;
  /** What this node refused, whoever dialled. */
  readonly refusedHandshakes: Readonly<Record<RefusalReason, number>>;
  /** Messages that had no peer to be counted for. */
  readonly sendDrops: Readonly<Record<'unknown-peer' | 'stopped', number>>;
  /**
   * When the certificate in use expires, in milliseconds since 1970-01-01T00:00Z; undefined without TLS. Connections outlive it and the
   * next handshake fails, so an alert has to come before.
   */
  readonly certificateValidUntilMs: number | undefined;
}
