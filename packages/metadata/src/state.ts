import type { Brand } from '@streambus/runtime';
import { assertSafeCount } from '@streambus/runtime';
import type { SortedMap } from './sorted-map.ts';

/** Grows by one with every applied command; 0 is the empty state. */
export type MetadataVersion = Brand<number, 'MetadataVersion'>;
/** Grows by one whenever a partition gets another leader, or loses it. */
export type LeaderEpoch = Brand<number, 'LeaderEpoch'>;
/** Grows by one whenever anything about a partition changes. */
export type PartitionEpoch = Brand<number, 'PartitionEpoch'>;

/** Takes a number from outside for a version. Asserts an integer from 0 to 2^53-1. */
export function metadataVersion(value: number): MetadataVersion {
  assertSafeCount(value, 'metadata version');
  return value as MetadataVersion;
}

/** Takes a number from outside for a leader epoch. Asserts an integer from 0 to 2^53-1. */
export function leaderEpoch(value: number): LeaderEpoch {
  assertSafeCount(value, 'leader epoch');
  return value as LeaderEpoch;
}

/** Takes a number from outside for a partition epoch. Asserts an integer from 0 to 2^53-1. */
export function partitionEpoch(value: number): PartitionEpoch {
  assertSafeCount(value, 'partition epoch');
  return value as PartitionEpoch;
}

/**
 * Whether a broker may lead and be given replicas.
 *
 * - `active`: both.
 * - `fenced`: neither; it is taken for dead, or has not caught up. Every broker is registered so.
 * - `draining`: it gives leaderships away where another can take them, and gets no new replicas; it is about to stop.
 */
export type BrokerStatus = 'active' | 'fenced' | 'draining';

/** Where clients or peers reach a broker. */
export interface BrokerEndpoint {
  /** The listener's name, unique within a broker. */
  readonly listener: string;
  /** A name or address that the clients of this listener can resolve. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** The levels of a feature that a broker's program can run. */
export interface SupportedFeature {
  readonly name: string;
  readonly minLevel: number;
  readonly maxLevel: number;
}

/** Values by Kafka's names, in the order of the names' code units. Only what was set; defaults are not in it. */
export type ConfigValues = ReadonlyMap<string, string>;

/** A registered broker. */
export interface Broker {
  /** 0 to 2^31-1. */
  readonly brokerId: number;
  /** Made anew by each start of the process; what an earlier process of this broker says is refused. */
  readonly incarnation: string;
  /** The version at which this incarnation was registered: larger than any earlier incarnation's. */
  readonly epoch: MetadataVersion;
  readonly status: BrokerStatus;
  /** By listener name. */
  readonly endpoints: readonly BrokerEndpoint[];
  /** What fails together; absent where nobody said. */
  readonly rack: string | undefined;
  /** By name. */
  readonly supportedFeatures: readonly SupportedFeature[];
  /** This broker's dynamic settings. */
  readonly configs: ConfigValues;
}

/** One partition of a topic. */
export interface Partition {
  /** The brokers that hold it, the preferred leader first. During a reassignment: the target ones, then those to be removed. */
  readonly replicas: readonly number[];
  /** The live replicas that keep up with the leader and have everything acknowledged, in the order of {@link replicas}. */
  readonly isr: readonly number[];
  /**
   * Replicas outside the ISR that have everything acknowledged all the same (KIP-966), in the order of {@link replicas}: when the ISR fell
   * below {@link minInsyncReplicas}, they were in it, and since then nothing can have been acknowledged. When the ISR is empty, the first of
   * them to live leads.
   *
   * This holds as long as a leader neither acknowledges to `acks=all` nor raises its high watermark while the ISR has fewer members than that.
   */
  readonly eligibleReplicas: readonly number[];
  /** Undefined while neither a member of the ISR nor an eligible replica lives. */
  readonly leader: number | undefined;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** Replicas that a reassignment adds. */
  readonly addingReplicas: readonly number[];
  /** Replicas that a reassignment removes. */
  readonly removingReplicas: readonly number[];
}

/** A topic. */
export interface Topic {
  readonly name: string;
  /** A UUID in 36 characters, lower case. */
  readonly topicId: string;
  readonly configs: ConfigValues;
  /** The partition number is the index. */
  readonly partitions: readonly Partition[];
}

/** How much a broker carries. Derived from the topics. */
export interface BrokerLoad {
  /** Partitions of which it holds a replica. */
  readonly replicaCount: number;
  /** Partitions that it leads. */
  readonly leaderCount: number;
  /** Partitions of which it is the preferred leader. */
  readonly preferredLeaderCount: number;
}

/** What a snapshot has to keep: everything that is not derived. */
export interface MetadataContent {
  readonly version: MetadataVersion;
  readonly brokers: Iterable<Broker>;
  readonly topics: Iterable<Topic>;
  readonly clusterConfigs: ConfigValues;
  readonly featureLevels: ReadonlyMap<string, number>;
  readonly nextProducerId: number;
}

/**
 * Everything the cluster knows, at one version. Immutable: the next version shares all that has not changed, so keeping
 * one costs nothing and reading one needs no copy.
 *
 * Invariants; `applyCommand` keeps them, `checkState` checks them, readers may assume them:
 *
 * 1. A broker is filed under its id; its epoch is at most the version; its endpoints have distinct listener names.
 * 2. A topic is filed under its name, which Kafka's rule allows; `topicNamesById` is the exact inverse of the topics' ids.
 * 3. A topic has at least one partition.
 * 4. Replicas are distinct registered brokers, at least one.
 * 5. The ISR is a part of the replicas, in their order, and nobody in it is fenced.
 * 6. The leader is in the ISR; a partition has no leader exactly when its ISR is empty.
 * 7. Eligible replicas are a part of the replicas, in their order, and none is in the ISR; there are none while the ISR has
 *    `minInsyncReplicas` members.
 * 8. While the ISR is empty, every eligible replica is fenced.
 * 9. Adding and removing replicas are parts of the replicas and have no broker in common; some replica is not being removed.
 * 10. A leader epoch is at most its partition epoch.
 * 11. Config values are valid, and in the order of their names.
 * 12. `brokerLoads` is what counting the topics' partitions gives, with a row for every broker.
 * 13. Every registered broker supports every feature level in force.
 * 14. `nextProducerId` is an integer from 0 to 2^53-1.
 */
export interface MetadataState {
  readonly version: MetadataVersion;
  /** By broker id. */
  readonly brokers: SortedMap<number, Broker>;
  /** By name. */
  readonly topics: SortedMap<string, Topic>;
  /** Derived. */
  readonly topicNamesById: SortedMap<string, string>;
  /** Derived: by broker id. */
  readonly brokerLoads: SortedMap<number, BrokerLoad>;
  /** Dynamic settings of all brokers. */
  readonly clusterConfigs: ConfigValues;
  /** The level in force of each feature, by name. */
  readonly featureLevels: ReadonlyMap<string, number>;
  /** The first producer id that no block holds. */
  readonly nextProducerId: number;
}
