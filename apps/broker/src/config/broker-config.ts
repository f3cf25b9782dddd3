import type { SocketAddress } from '@streambus/runtime';
import type { PeerAddress } from './peer-address.ts';

/** Where partitions live: files that outlast the process, or its memory. */
export type StorageKind = 'disk' | 'memory';

/**
 * When a write counts as stored.
 *
 * - `acked`: an acknowledged record is on stable storage.
 * - `interval`: synced every `flush.interval.ms`; a loss of power may cost that much.
 * - `os`: whenever the operating system likes, as Kafka does by default.
 */
export type FlushPolicy = 'acked' | 'interval' | 'os';

/** What happens to old records: dropped by age and size, or replaced by newer ones of the same key. */
export type CleanupPolicy = 'delete' | 'compact';

/** Whose clock stamps a record: its producer's, or the broker's at the append. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** The least severe line that is written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** How a log line looks; `auto` is pretty on a terminal and JSON elsewhere. */
export type LogFormat = 'auto' | 'json' | 'pretty';

/**
 * The effective configuration of one broker, checked.
 *
 * The property of a key is the key in camel case: `log.segment.bytes` is `logSegmentBytes`. Each key's meaning, range and
 * default are in the schema (`schema.ts`), whence the flags, the help text and docs/CONFIGURATION.md come too.
 *
 * Invariants, checked by {@link resolveConfig} and assumed by everybody else:
 * 1. Each value lies in its key's range.
 * 2. `groupMinSessionTimeoutMs` <= `groupMaxSessionTimeoutMs`.
 * 3. `messageMaxBytes` <= `logSegmentBytes` and < `socketRequestMaxBytes` <= `memoryMaxInflightBytes` and `memoryMaxBufferedBytes`.
 * 4. `minInsyncReplicas` <= `defaultReplicationFactor`.
 * 5. All listeners are on loopback unless `listenInsecure`.
 * 6. `nodeId` is among the `peers`, where there are any.
 */
export interface BrokerConfig {
  // The broker
  readonly nodeId: number;
  /** Undefined: the one kept in the data folder, made at the first start. */
  readonly clusterId: string | undefined;
  readonly storage: StorageKind;
  /** As given, relative to the process. Unused when `storage` is `memory`. */
  readonly dataDir: string;
  /** From the signal to the end of the process, at most. */
  readonly shutdownTimeoutMs: number;

  // Listeners
  /** Port 0: any free port. */
  readonly kafkaListen: SocketAddress;
  /** Undefined: each client is told the address that its connection arrived at. */
  readonly kafkaAdvertise: SocketAddress | undefined;
  /** Undefined: no admin listener. */
  readonly adminListen: SocketAddress | undefined;
  readonly listenInsecure: boolean;

  // The cluster
  /** Undefined: at this broker's own address among the {@link peers}, and nowhere without them. */
  readonly peerListen: SocketAddress | undefined;
  /** By id. Undefined: this broker is a cluster by itself. */
  readonly peers: readonly PeerAddress[] | undefined;
  readonly brokerSessionTimeoutMs: number;
  readonly replicaLagTimeMaxMs: number;

  // Connections and requests
  readonly maxConnections: number;
  readonly maxConnectionsPerIp: number;
  readonly connectionsMaxIdleMs: number;
  /** Requests of one connection that are read but not answered; beyond it the connection is not read. */
  readonly connectionMaxInflightRequests: number;
  readonly socketRequestMaxBytes: number;
  /** The bytes of all requests that are read but not answered; beyond it no connection is read. */
  readonly memoryMaxInflightBytes: number;
  readonly memoryMaxBufferedBytes: number;
  readonly fetchMaxBytes: number;

  // Topics
  readonly autoCreateTopicsEnable: boolean;
  readonly deleteTopicEnable: boolean;
  readonly numPartitions: number;
  readonly defaultReplicationFactor: number;
  readonly minInsyncReplicas: number;

  // Logs: what a topic takes where its own configuration does not say
  readonly messageMaxBytes: number;
  readonly compressionType: 'producer';
  readonly logMessageTimestampType: TimestampType;
  readonly logSegmentBytes: number;
  readonly logRollMs: number;
  /** -1: for ever. */
  readonly logRetentionMs: number;
  /** Per partition; -1: any size. */
  readonly logRetentionBytes: number;
  readonly logRetentionCheckIntervalMs: number;
  readonly logIndexIntervalBytes: number;
  /** One or two policies, sorted. */
  readonly logCleanupPolicy: readonly CleanupPolicy[];
  readonly flushPolicy: FlushPolicy;
  /** For `flushPolicy` `interval` only. */
  readonly flushIntervalMs: number;
  /** The newest batches of all partitions kept in memory for consumers at the tail. */
  readonly tailCacheBytes: number;

  // Consumer groups and producers
  readonly groupInitialRebalanceDelayMs: number;
  readonly groupMinSessionTimeoutMs: number;
  readonly groupMaxSessionTimeoutMs: number;
  /** Members of one group. */
  readonly groupMaxSize: number;
  readonly offsetsTopicNumPartitions: number;
  /** Undefined: one on each of the peers, up to 3. */
  readonly offsetsTopicReplicationFactor: number | undefined;
  readonly offsetsRetentionMinutes: number;
  readonly offsetMetadataMaxBytes: number;
  readonly producerIdExpirationMs: number;

  // The process's own log lines
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}
