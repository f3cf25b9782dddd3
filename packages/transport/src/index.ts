/**
 * One bidirectional connection per pair of peers: named channels with priorities over one TCP or TLS connection, with a handshake, bounds,
 * reconnection, and numbers.
 *
 * @packageDocumentation
 */
export {
  type AnyChannel,
  bytesCodec,
  type Channel,
  type ChannelOptions,
  type ChannelPriority,
  type Codec,
  defineChannel,
  jsonCodec,
  type WhenFull,
} from './channel.ts';
export { createTransport } from './create-transport.ts';
export { TransportError, type TransportErrorCode, transportErrorCodes } from './errors.ts';
export type { HistogramSnapshot } from './histogram.ts';
export type { BreakerState, ChannelMetrics, PeerMetrics, TransportMetrics } from './metrics.ts';
export type { NodeId, Peer, TransportOptions, TransportTlsOptions } from './options.ts';
export {
  type ConnectFailure,
  connectFailures,
  type PeerDownReason,
  peerDownReasons,
  type ReceiveDropCause,
  type RefusalReason,
  receiveDropCauses,
  refusalReasons,
  type SendDropCause,
  sendDropCauses,
} from './reasons.ts';
export type {
  MessageHandler,
  PeerUp,
  SendResult,
  Transport,
  TransportDependencies,
  TransportListener,
} from './transport.ts';
