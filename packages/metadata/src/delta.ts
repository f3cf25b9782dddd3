import { sameFields, sameList } from './partition-transitions.ts';
import type {
  Broker,
  BrokerEndpoint,
  MetadataState,
  MetadataVersion,
  Partition,
  SupportedFeature,
  Topic,
} from './state.ts';

/** A partition that is not what it was. */
export interface PartitionDelta {
  readonly name: string;
  readonly topicId: string;
  readonly partition: number;
  /** Undefined: it is new. */
  readonly before: Partition | undefined;
  /** Undefined: it is gone. */
  readonly after: Partition | undefined;
}

/**
 * What one step changed. Names, ids and partitions are sorted. A topic that was deleted and created anew under its name is in
 * both lists.
 */
export interface MetadataDelta {
  /** The version before. */
  readonly fromVersion: MetadataVersion;
  /** The version after: the next one, or any later one after a snapshot was installed. */
  readonly version: MetadataVersion;
  readonly topicsCreated: readonly Topic[];
  /** As they were. */
  readonly topicsDeleted: readonly Topic[];
  /** Names of topics, created before, whose settings changed. */
  readonly topicsConfigured: readonly string[];
  /** Every partition that is new, gone, or changed in any field. */
  readonly partitions: readonly PartitionDelta[];
  /** Ids of brokers that are new or changed in any field. */
  readonly brokersChanged: readonly number[];
  /** Ids of brokers that are gone. */
  readonly brokersRemoved: readonly number[];
  readonly clusterConfigsChanged: boolean;
  readonly featureLevelsChanged: boolean;
  readonly nextProducerIdChanged: boolean;
}

/**
 * What lies between two states, such as before and after a snapshot was installed.
 *
 * It compares every topic: its time grows with the state. A command's own delta is made from what the command touched.
 */
export function diffStates(before: MetadataState, after: MetadataState): MetadataDelta {
  const comparison = new StateComparison(before);
  for (const topic of after.topics.values()) comparison.add(topic);
  return comparison.finish(after);
}

/** As {@link diffStates}, of a state whose topics come one after the other, in the order of their names. */
export class StateComparison {
  readonly before: MetadataState;
  readonly #changes = noChanges();
  readonly #topicsBefore: Iterator<Topic, undefined>;
  /** The first one before that is not compared. */
  #next: Topic | undefined;

  constructor(before: MetadataState) {
    this.before = before;
    this.#topicsBefore = before.topics.values();
    this.#next = this.#topicsBefore.next().value;
  }

  add(after: Topic): void {
    while (this.#next !== undefined && this.#next.name < after.name) this.#takeDeleted(this.#next);
    const before = this.#next?.name === after.name ? this.#next : undefined;
    if (before !== undefined) this.#next = this.#topicsBefore.next().value;
    compareTopics({ before, after }, this.#changes);
  }

  /** @param after - the state whose topics were all given */
  finish(after: MetadataState): MetadataDelta {
    while (this.#next !== undefined) this.#takeDeleted(this.#next);
    const brokerIds = new Set([...this.before.brokers.keys(), ...after.brokers.keys()]);
    return deltaWith(this.before, after, this.#changes, brokerIds);
  }

  #takeDeleted(before: Topic): void {
    compareTopics({ before, after: undefined }, this.#changes);
    this.#next = this.#topicsBefore.next().value;
  }
}

/** A topic that may differ. */
interface TopicChange {
  readonly before: Topic | undefined;
  readonly after: Topic | undefined;
  /** Where it was before and is still: which partitions may differ, beside those that are new. Absent: all. */
  readonly replaced?: readonly number[];
}

/** As {@link diffStates}, looking only at the topics and brokers that may differ. */
export function deltaOf(
  before: MetadataState,
  after: MetadataState,
  topicEdits: Iterable<readonly [string, TopicChange]>,
  brokerIds: ReadonlySet<number>,
): MetadataDelta {
  const changes = noChanges();
  const sorted = [...topicEdits].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [, edit] of sorted) compareTopics(edit, changes);
  return deltaWith(before, after, changes, brokerIds);
}

function deltaWith(
  before: MetadataState,
  after: MetadataState,
  topics: TopicChanges,
  brokerIds: ReadonlySet<number>,
): MetadataDelta {
  const brokers = [...brokerIds].sort((one, other) => one - other);
  return {
    fromVersion: before.version,
    version: after.version,
    ...topics,
    brokersChanged: brokers.filter((brokerId) => isBrokerChanged(before, after, brokerId)),
    brokersRemoved: brokers.filter((brokerId) => before.brokers.has(brokerId) && !after.brokers.has(brokerId)),
    clusterConfigsChanged: !sameEntries(before.clusterConfigs, after.clusterConfigs),
    featureLevelsChanged: !sameEntries(before.featureLevels, after.featureLevels),
    nextProducerIdChanged: before.nextProducerId !== after.nextProducerId,
  };
}

interface TopicChanges {
  readonly topicsCreated: Topic[];
  readonly topicsDeleted: Topic[];
  readonly topicsConfigured: string[];
  readonly partitions: PartitionDelta[];
}

function noChanges(): TopicChanges {
  return { topicsCreated: [], topicsDeleted: [], topicsConfigured: [], partitions: [] };
}

function compareTopics({ before, after, replaced }: TopicChange, changes: TopicChanges): void {
  if (before === after) return;
  if (before === undefined || after === undefined || before.topicId !== after.topicId) {
    if (before !== undefined) {
      changes.topicsDeleted.push(before);
      comparePartitions(before, before.partitions, [], changes);
    }
    if (after !== undefined) {
      changes.topicsCreated.push(after);
      comparePartitions(after, [], after.partitions, changes);
    }
    return;
  }
  if (!sameEntries(before.configs, after.configs)) changes.topicsConfigured.push(after.name);
  comparePartitions(after, before.partitions, after.partitions, changes, replaced);
}

function comparePartitions(
  { name, topicId }: Topic,
  before: readonly Partition[],
  after: readonly Partition[],
  { partitions }: TopicChanges,
  replaced?: readonly number[],
): void {
  const compare = (partition: number): void => {
    const old = before[partition];
    const now = after[partition];
    if (!samePartition(old, now)) partitions.push({ name, topicId, partition, before: old, after: now });
  };
  for (const partition of inOrder(replaced, before.length)) compare(partition);
  const count = Math.max(before.length, after.length);
  for (let partition = replaced === undefined ? 0 : before.length; partition < count; partition += 1)
    compare(partition);
}

/** Indexes below `count` in their order, each once. */
function inOrder(indexes: readonly number[] = [], count: number): readonly number[] {
  const isOrdered = indexes.every((index, at) => index < count && (at === 0 || (indexes[at - 1] ?? index) < index));
  if (isOrdered) return indexes;
  return [...new Set(indexes)].filter((index) => index < count).sort((one, other) => one - other);
}

function samePartition(one: Partition | undefined, other: Partition | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  const sameEpochs = one.partitionEpoch === other.partitionEpoch && one.leaderEpoch === other.leaderEpoch;
  return sameEpochs && sameFields(one, other);
}

function isBrokerChanged(before: MetadataState, after: MetadataState, brokerId: number): boolean {
  const old = before.brokers.get(brokerId);
  const now = after.brokers.get(brokerId);
  if (old === now || now === undefined) return false;
  return old === undefined || !sameBroker(old, now);
}

function sameBroker(one: Broker, other: Broker): boolean {
  return (
    one.incarnation === other.incarnation &&
    one.epoch === other.epoch &&
    one.status === other.status &&
    one.rack === other.rack &&
    sameEntries(one.configs, other.configs) &&
    sameList(one.endpoints.map(endpointText), other.endpoints.map(endpointText)) &&
    sameList(one.supportedFeatures.map(featureText), other.supportedFeatures.map(featureText))
  );
}

function endpointText({ listener, host, port }: BrokerEndpoint): string {
  return JSON.stringify([listener, host, port]);
}

function featureText({ name, minLevel, maxLevel }: SupportedFeature): string {
  return JSON.stringify([name, minLevel, maxLevel]);
}

function sameEntries<Value>(one: ReadonlyMap<string, Value>, other: ReadonlyMap<string, Value>): boolean {
  return one === other || (one.size === other.size && [...one].every(([key, value]) => other.get(key) === value));
}
