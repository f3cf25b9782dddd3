import { assert } from '@streambus/runtime';
import { quoted } from './config-schema.ts';
import type { MetadataDelta } from './delta.ts';
import { deltaOf } from './delta.ts';
import { MetadataError } from './errors.ts';
import type { SortedMap } from './sorted-map.ts';
import {
  type Broker,
  type BrokerLoad,
  type ConfigValues,
  type MetadataState,
  type MetadataVersion,
  metadataVersion,
  type Partition,
  type Topic,
} from './state.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/**
 * The next state while a command is being applied to it. Nobody else sees it: a refusal throws it away, which is what
 * makes a batch all or nothing.
 */
export class Draft {
  readonly version: MetadataVersion;
  clusterConfigs: ConfigValues;
  featureLevels: ReadonlyMap<string, number>;
  nextProducerId: number;
  #createdPartitionCount = 0;
  readonly #base: MetadataState;
  #brokers: SortedMap<number, Broker>;
  #topics: SortedMap<string, Topic>;
  #topicNamesById: SortedMap<string, string>;
  readonly #loads = new Map<number, Mutable<BrokerLoad>>();
  readonly #touchedBrokers = new Set<number>();
  readonly #touchedTopics = new Set<string>();
  // Arrays that this draft made: they may be changed in place, so that ten thousand changes of one topic copy its list once.
  readonly #ownedPartitions = new Map<string, Partition[]>();

  constructor(base: MetadataState) {
    this.#base = base;
    this.version = metadataVersion(base.version + 1);
    this.clusterConfigs = base.clusterConfigs;
    this.featureLevels = base.featureLevels;
    this.nextProducerId = base.nextProducerId;
    this.#brokers = base.brokers;
    this.#topics = base.topics;
    this.#topicNamesById = base.topicNamesById;
  }

  get brokers(): SortedMap<number, Broker> {
    return this.#brokers;
  }

  get topics(): SortedMap<string, Topic> {
    return this.#topics;
  }

  /** Partitions that this command has created so far. */
  get createdPartitionCount(): number {
    return this.#createdPartitionCount;
  }

  /** Whether a topic has the id, or had it before this command: an id that is given again would hide a deletion. */
  hasTopicId(topicId: string): boolean {
    return this.#topicNamesById.has(topicId) || this.#base.topicNamesById.has(topicId);
  }

  requireBroker(brokerId: number): Broker {
    const broker = this.#brokers.get(brokerId);
    if (broker === undefined) throw new MetadataError('UNKNOWN_BROKER', `broker ${brokerId} is not registered`);
    return broker;
  }

  requireIncarnation(brokerId: number, incarnation: string): Broker {
    const broker = this.requireBroker(brokerId);
    if (broker.incarnation === incarnation) return broker;
    throw new MetadataError(
      'STALE_INCARNATION',
      `broker ${brokerId} is registered as incarnation ${broker.incarnation}; the command names ${quoted(incarnation)}`,
    );
  }

  requireTopic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new MetadataError('UNKNOWN_TOPIC', `there is no topic ${quoted(name)}`);
    return topic;
  }

  requirePartition(name: string, index: number): Partition {
    const { partitions } = this.requireTopic(name);
    const partition = partitions[index];
    if (partition !== undefined) return partition;
    throw new MetadataError(
      'UNKNOWN_PARTITION',
      `topic ${name} has no partition ${index}; it has 0 to ${partitions.length - 1}`,
    );
  }

  loadOf(brokerId: number): BrokerLoad {
    return this.#mutableLoad(brokerId);
  }

  putBroker(broker: Broker): void {
    this.#touchedBrokers.add(broker.brokerId);
    this.#brokers = this.#brokers.set(broker.brokerId, broker);
    this.#mutableLoad(broker.brokerId);
  }

  removeBroker(brokerId: number): void {
    this.#touchedBrokers.add(brokerId);
    this.#brokers = this.#brokers.delete(brokerId);
    this.#loads.delete(brokerId);
  }

  putTopicConfigs(name: string, configs: ConfigValues): void {
    this.#putTopic({ ...this.requireTopic(name), configs });
  }

  addTopic(topic: Omit<Topic, 'partitions'>, partitions: readonly Partition[]): void {
    this.#topicNamesById = this.#topicNamesById.set(topic.topicId, topic.name);
    const owned: Partition[] = [];
    this.#ownedPartitions.set(topic.name, owned);
    this.#putTopic({ ...topic, partitions: owned });
    this.addPartitions(topic.name, partitions);
  }

  addPartitions(name: string, added: readonly Partition[]): void {
    const partitions = this.#own(name);
    this.#createdPartitionCount += added.length;
    for (const partition of added) {
      this.#count(partition, 1);
      partitions.push(partition);
    }
  }

  /** Replaces partition `index`, which is there. */
  putPartition(name: string, index: number, partition: Partition): void {
    const partitions = this.#own(name);
    const before = partitions[index];
    assert(before !== undefined, () => `topic ${name} has a partition ${index} to be replaced`);
    this.#recount(before, partition);
    partitions[index] = partition;
  }

  removeTopic(topic: Topic): void {
    for (const partition of topic.partitions) this.#count(partition, -1);
    this.#touchedTopics.add(topic.name);
    this.#ownedPartitions.delete(topic.name);
    this.#topics = this.#topics.delete(topic.name);
    this.#topicNamesById = this.#topicNamesById.delete(topic.topicId);
  }

  /** The next state, and what differs in it. The draft is used up. */
  finish(): { readonly state: MetadataState; readonly delta: MetadataDelta } {
    const state: MetadataState = {
      version: this.version,
      brokers: this.#brokers,
      topics: this.#topics,
      topicNamesById: this.#topicNamesById,
      brokerLoads: this.#finishedLoads(),
      clusterConfigs: this.clusterConfigs,
      featureLevels: this.featureLevels,
      nextProducerId: this.nextProducerId,
    };
    return { state, delta: deltaOf(this.#base, state, this.#touchedTopics, this.#touchedBrokers) };
  }

  #putTopic(topic: Topic): void {
    this.#touchedTopics.add(topic.name);
    this.#topics = this.#topics.set(topic.name, topic);
  }

  #own(name: string): Partition[] {
    const owned = this.#ownedPartitions.get(name);
    if (owned !== undefined) return owned;
    const topic = this.requireTopic(name);
    const partitions = [...topic.partitions];
    this.#ownedPartitions.set(name, partitions);
    this.#putTopic({ ...topic, partitions });
    return partitions;
  }

  #recount(before: Partition, after: Partition): void {
    if (before.replicas !== after.replicas) {
      this.#count(before, -1);
      this.#count(after, 1);
      return;
    }
    // Fencing changes many leaders and no replicas.
    if (before.leader === after.leader) return;
    if (before.leader !== undefined) this.#mutableLoad(before.leader).leaderCount -= 1;
    if (after.leader !== undefined) this.#mutableLoad(after.leader).leaderCount += 1;
  }

  #count(partition: Partition, step: 1 | -1): void {
    for (const brokerId of partition.replicas) this.#mutableLoad(brokerId).replicaCount += step;
    const preferred = partition.replicas[0];
    assert(preferred !== undefined, 'a partition has a replica');
    this.#mutableLoad(preferred).preferredLeaderCount += step;
    if (partition.leader !== undefined) this.#mutableLoad(partition.leader).leaderCount += step;
  }

  #mutableLoad(brokerId: number): Mutable<BrokerLoad> {
    const known = this.#loads.get(brokerId);
    if (known !== undefined) return known;
    const load = { ...(this.#base.brokerLoads.get(brokerId) ?? noLoad) };
    this.#loads.set(brokerId, load);
    return load;
  }

  #finishedLoads(): SortedMap<number, BrokerLoad> {
    let loads = this.#base.brokerLoads;
    for (const brokerId of this.#touchedBrokers) if (!this.#brokers.has(brokerId)) loads = loads.delete(brokerId);
    for (const [brokerId, load] of this.#loads) {
      assert(this.#brokers.has(brokerId), () => `broker ${brokerId}, which holds replicas, is registered`);
      if (!sameLoad(loads.get(brokerId), load)) loads = loads.set(brokerId, load);
    }
    return loads;
  }
}

/** What a broker carries that carries nothing. */
export const noLoad: BrokerLoad = { replicaCount: 0, leaderCount: 0, preferredLeaderCount: 0 };

function sameLoad(one: BrokerLoad | undefined, other: BrokerLoad): boolean {
  return (
    one !== undefined &&
    one.replicaCount === other.replicaCount &&
    one.leaderCount === other.leaderCount &&
    one.preferredLeaderCount === other.preferredLeaderCount
  );
}
