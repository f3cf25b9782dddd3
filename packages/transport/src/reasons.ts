/**
 * Why a handshake was refused. The number that goes over the wire is the place in this list plus one: append only.
 *
 * - `malformed`: not this protocol, or a hello that breaks its rules; no TLS where TLS is used, or the other way round.
 * - `version`: no protocol version in common.
 * - `wrong-cluster`: another cluster's id.
 * - `unknown-node`: a node id that is not among the peers.
 * - `wrong-node`: the dialler meant to reach another node.
 * - `self`: the node's own id.
 * - `duplicate-node`: another process with this node id, of the same or an earlier incarnation, is connected.
 * - `certificate`: not valid, or signed by an authority that is not trusted.
 * - `certificate-name`: valid, and it does not name the node that the hello does.
 * - `other-direction`: no fault. The lower id dials; a higher id that dials asks to be dialled, and is, at once.
 * - `timeout`: the handshake was not completed in time.
 * - `too-many`: the oldest unfinished handshake made room for a newer one.
 * - `stopping`: the peer is going away.
 */
export const refusalReasons = [
  'malformed',
  'version',
  'wrong-cluster',
  'unknown-node',
  'wrong-node',
  'self',
  'duplicate-node',
  'certificate',
  'certificate-name',
  'other-direction',
  'timeout',
  'too-many',
  'stopping',
] as const;

/** One of {@link refusalReasons}. */
export type RefusalReason = (typeof refusalReasons)[number];

/**
 * Why an attempt to reach a peer failed: a refusal by either side, or the network's.
 *
 * - `refused`: nobody listens there.
 * - `unreachable`: no answer in time, no such address, no route.
 * - `lost`: the connection ended before the handshake did, as with a peer that uses TLS where this node does not.
 * - `tls`: the TLS handshake failed, as with a peer that does not use TLS.
 */
export const connectFailures = [
  'malformed',
  'version',
  'wrong-cluster',
  'unknown-node',
  'wrong-node',
  'self',
  'duplicate-node',
  'certificate',
  'certificate-name',
  'other-direction',
  'timeout',
  'too-many',
  'stopping',
  'refused',
  'unreachable',
  'lost',
  'tls',
] as const;

/** One of {@link connectFailures}. */
export type ConnectFailure = (typeof connectFailures)[number];

/**
 * Why an established connection ended. The number that goes over the wire with a goodbye is the place in this list plus one: append only.
 *
 * - `stopped`: the peer said that it stops.
 * - `ended`: the peer's side was closed, as its system does for a process that ended.
 * - `reset`: the peer's machine, or something between, reset it.
 * - `silent`: nothing arrived for `idleTimeoutMs`.
 * - `replaced`: the peer has a newer connection: it restarted, or gave this one up.
 * - `removed`: the peer is no longer among the peers, here or there.
 * - `protocol`: either side sent what no peer sends, or a message handler threw; the log line says what.
 * - `local-stop`: this transport was stopped.
 */
export const peerDownReasons = [
  'stopped',
  'ended',
  'reset',
  'silent',
  'replaced',
  'removed',
  'protocol',
  'local-stop',
] as const;

/** One of {@link peerDownReasons}. */
export type PeerDownReason = (typeof peerDownReasons)[number];

/**
 * Why a message was dropped before it left.
 *
 * - `queue-full`: past `maxQueuedMessages` or `maxQueuedBytes` of its channel.
 * - `too-large`: over `maxMessageBytes`, this node's or the peer's.
 * - `peer-down`: the peer is not connected, and its breaker is open or the channel does not wait.
 * - `no-such-channel`: the peer does not have this channel.
 * - `unknown-peer`: no peer has this id. Counted for the transport, not for a peer.
 * - `stopped`: the transport is not running. Counted for the transport.
 */
export const sendDropCauses = [
  'queue-full',
  'too-large',
  'peer-down',
  'no-such-channel',
  'unknown-peer',
  'stopped',
] as const;

/** One of {@link sendDropCauses}. */
export type SendDropCause = (typeof sendDropCauses)[number];

/**
 * Why a message was dropped on arrival.
 *
 * - `undecodable`: the codec threw.
 * - `no-handler`: nobody receives this channel here.
 */
export const receiveDropCauses = ['undecodable', 'no-handler'] as const;

/** One of {@link receiveDropCauses}. */
export type ReceiveDropCause = (typeof receiveDropCauses)[number];
