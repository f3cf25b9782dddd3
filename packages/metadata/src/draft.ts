import { assert } from '@streambus/runtime';
import { quoted } from './config-schema.ts';
import type { MetadataDelta } from './delta.ts';
import { deltaOf } from './delta.ts';
import { DraftTopics } from './draft-topics.ts';
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
  readonly #topics: DraftTopics;
  readonly #loads = new Map<number, Mutable<BrokerLoad>>();
  readonly #touchedBrokers = new Set<number>();

  constructor(base: MetadataState) {
    this.#base = base;
    this.version = metadataVersion(base.version + 1);
    this.clusterConfigs = base.clusterConfigs;
    this.featureLevels = base.featureLevels;
    this.nextProducerId = base.nextProducerId;
    this.#brokers = base.brokers;
    this.#topics = new DraftTopics(base);
  }

  get brokers(): SortedMap<number, Broker> {
    return this.#brokers;
  }

  get topics(): SortedMap<string, Topic> {
    return this.#topics.map;
  }

  /** Partitions that this command has created so far. */
  get createdPartitionCount(): number {
    return this.#createdPartitionCount;
  }

  /** Whether a topic has the id, or had it before this command. */
  hasTopicId(topicId: string): boolean {
    return this.#topics.hasId(topicId);
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

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  requireTopic(name: string): Topic {
    const topic = this.topic(name);
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
    return this.#loads.get(brokerId) ?? this.#base.brokerLoads.get(brokerId) ?? noLoad;
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
    this.#topics.setConfigs(this.requireTopic(name), configs);
  }

  addTopic(topic: Omit<Topic, 'partitions'>, partitions: readonly Partition[]): void {
    this.#topics.add(topic);
    this.addPartitions(topic.name, partitions);
  }

  addPartitions(name: string, added: readonly Partition[]): void {
    const { owned } = this.#topics.partitionsOf(this.requireTopic(name));
    this.#createdPartitionCount += added.length;
    for (const partition of added) {
      this.#count(partition, 1);
      owned.push(partition);
    }
  }

  /** Replaces partition `index`, which is there. */
  putPartition(name: string, index: number, partition: Partition): void {
    const { owned, replaced } = this.#topics.partitionsOf(this.requireTopic(name));
    const before = owned[index];
    assert(before !== undefined, () => `topic ${name} has a partition ${index} to be replaced`);
    this.#recount(before, partition);
    owned[index] = partition;
    replaced.push(index);
  }

  /** Puts in the place of each partition of a topic, which is there, what `change` makes of it. */
  changePartitions(topic: Topic, change: (partition: Partition) => Partition): void {
    let edit: ReturnType<DraftTopics['partitionsOf']> | undefined;
    for (let index = 0; index < topic.partitions.length; index += 1) {
      const before = topic.partitions[index];
      assert(before !== undefined, 'a list of partitions has no holes');
      const after = change(before);
      if (after === before) continue;
      edit ??= this.#topics.partitionsOf(topic);
      this.#recount(before, after);
      edit.owned[index] = after;
      edit.replaced.push(index);
    }
  }

  removeTopic(topic: Topic): void {
    for (const partition of topic.partitions) this.#count(partition, -1);
    this.#topics.remove(topic);
  }

  /** The next state, and what tells what differs in it. The draft is used up. */
  finish(): { readonly state: MetadataState; readonly delta: () => MetadataDelta } {
    const state: MetadataState = {
      version: this.version,
      brokers: this.#brokers,
      topics: this.#topics.map,
      topicNamesById: this.#topics.namesById(),
      brokerLoads: this.#finishedLoads(),
      clusterConfigs: this.clusterConfigs,
      featureLevels: this.featureLevels,
      nextProducerId: this.nextProducerId,
    };
    return { state, delta: () => deltaOf(this.#base, state, this.#topics.edits, this.#touchedBrokers) };
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
