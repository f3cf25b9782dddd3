import { noLoad } from './draft.ts';
import { sortedMapOf } from './sorted-map.ts';
import { type BrokerLoad, type MetadataContent, type MetadataState, metadataVersion, type Partition } from './state.ts';

/** The state of a cluster that nobody has told anything. */
export function emptyState(): MetadataState {
  return stateFromContent({
    version: metadataVersion(0),
    brokers: [],
    topics: [],
    clusterConfigs: new Map(),
    featureLevels: new Map(),
    nextProducerId: 0,
  });
}

/** A state from what a snapshot keeps of it; what is derived is derived anew. Check it with `checkState` if it is from outside. */
export function stateFromContent(content: MetadataContent): MetadataState {
  const brokers = [...content.brokers];
  const topics = [...content.topics];
  const { version, clusterConfigs, featureLevels, nextProducerId } = content;
  return {
    version,
    brokers: sortedMapOf(brokers.map((broker) => [broker.brokerId, broker])),
    topics: sortedMapOf(topics.map((topic) => [topic.name, topic])),
    topicNamesById: sortedMapOf(topics.map((topic) => [topic.topicId, topic.name])),
    brokerLoads: sortedMapOf(countLoads({ brokers, topics })),
    clusterConfigs,
    featureLevels,
    nextProducerId,
  };
}

/** What a snapshot has to keep of a state. */
export function contentOf(state: MetadataState): MetadataContent {
  const { version, brokers, topics, clusterConfigs, featureLevels, nextProducerId } = state;
  return {
    version,
    brokers: brokers.values(),
    topics: topics.values(),
    clusterConfigs,
    featureLevels,
    nextProducerId,
  };
}

/** Counts what every broker carries. Brokers that are named and not registered get a row too. */
export function countLoads({
  brokers,
  topics,
}: Pick<MetadataContent, 'brokers' | 'topics'>): ReadonlyMap<number, BrokerLoad> {
  const count = new LoadCount();
  for (const { brokerId } of brokers) count.addBroker(brokerId);
  for (const { partitions } of topics) count.addPartitions(partitions);
  return count.loads;
}

/** As {@link countLoads}, of what comes bit by bit: brokers before partitions. */
export class LoadCount {
  readonly #loads = new Map<number, { -readonly [Field in keyof BrokerLoad]: BrokerLoad[Field] }>();

  /** By broker id, in the order in which they came. */
  get loads(): ReadonlyMap<number, BrokerLoad> {
    return this.#loads;
  }

  addBroker(brokerId: number): void {
    this.#loads.set(brokerId, { ...noLoad });
  }

  addPartitions(partitions: readonly Partition[]): void {
    for (const { replicas, leader } of partitions) {
      for (const brokerId of replicas) this.#add(brokerId, 'replicaCount');
      this.#add(replicas[0], 'preferredLeaderCount');
      this.#add(leader, 'leaderCount');
    }
  }

  #add(brokerId: number | undefined, field: keyof BrokerLoad): void {
    if (brokerId === undefined) return;
    const load = this.#loads.get(brokerId) ?? { ...noLoad };
    this.#loads.set(brokerId, load);
    load[field] += 1;
  }
}
