import type { SocketAddress, TlsCredentials } from '@streambus/runtime';
import type { AnyChannel } from './channel.ts';

/** A node of the cluster: an integer from 0 to 2^53-1. */
export type NodeId = number;

/** A peer, and where it listens. */
export interface Peer {
  readonly id: NodeId;
  readonly address: SocketAddress;
}

/** How a node proves who it is. */
export interface TransportTlsOptions {
  /** The certificate has to serve as client and as server: every node dials and is dialled. */
  readonly credentials: TlsCredentials;
  /** The name that the certificate of a node must carry (a DNS or URI subject alternative name). Default: `node-<id>`. */
  readonly certificateName?: (id: NodeId) => string;
}

/** What one wants of a transport. */
export interface TransportOptions {
  /** 1 to 255 bytes of UTF-8. Nodes of different clusters refuse each other. */
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /**
   * A number that grows with each start of this node, so that a restarted one replaces its own stale connection. Default: the wall clock's
   * milliseconds at {@link Transport.start}.
   */
  readonly incarnation?: number;
  /** Where to accept peers with lower ids; port 0 chooses one. Without it this node only dials. */
  readonly listen?: SocketAddress;
  /** This node itself may be among them and is passed over, so that all can share one list. Default: none; see {@link Transport.setPeers}. */
  readonly peers?: readonly Peer[];
  /** At most 64, with different names. */
  readonly channels: readonly AnyChannel[];
  /** Mutual TLS with every peer. */
  readonly tls?: TransportTlsOptions;
  /** Where plain TCP is used, in so many words. Without TLS the default refuses any address that is not loopback. */
  readonly plaintext?: 'loopback-only' | 'anywhere-without-encryption';
  /** Bits of the user's own that the handshake tells each other; 0 to 2^32-1. What both have is in {@link PeerUp.features}. Default 0. */
  readonly features?: number;
  /** Largest message that is sent or accepted; 1 to 1 GiB, default 10 MiB. The smaller one of both peers' holds. */
  readonly maxMessageBytes?: number;
  /** For a TCP connection to be established; default 5,000. */
  readonly connectTimeoutMs?: number;
  /** For a connection to become a peer's, TLS included; default 5,000. */
  readonly handshakeTimeoutMs?: number;
  /** How often a peer is pinged; default 1,000, at most a third of `idleTimeoutMs`. */
  readonly pingIntervalMs?: number;
  /** A connection on which nothing arrives for so long is dead; default 5,000. */
  readonly idleTimeoutMs?: number;
  /** The first wait after a failed attempt; doubled each time, and cut at random by up to a half. Default 100. */
  readonly minBackoffMs?: number;
  /** The longest wait between attempts; default 30,000. */
  readonly maxBackoffMs?: number;
  /** A connection that lived so long resets the backoff; default 1,000. */
  readonly backoffResetAfterMs?: number;
  /** A peer that has been away for so long gets nothing kept for it until it is back; default 3,000. */
  readonly breakerOpensAfterMs?: number;
  /** Unfinished handshakes at the listener; the oldest makes room for a newer one. Default 256. */
  readonly maxHandshakes?: number;
  /** The same for one remote address; default 64. */
  readonly maxHandshakesPerAddress?: number;
}
