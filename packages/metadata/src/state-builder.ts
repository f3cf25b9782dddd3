import { assert } from '@streambus/runtime';
import { brokerViolation, headViolation, noteSound, partitionsViolation, topicHeadViolation } from './check-state.ts';
import { LoadCount } from './content.ts';
import { emptySortedMap, type SortedMap, sortedMapOf } from './sorted-map.ts';
import {
  type Broker,
  type MetadataContent,
  type MetadataState,
  metadataVersion,
  type Partition,
  type Topic,
} from './state.ts';

/** What of a state belongs to no broker and no topic. */
export type MetadataHead = Omit<MetadataContent, 'brokers' | 'topics'>;

/** A topic before its partitions are known. */
type TopicHead = Omit<Topic, 'partitions'>;

/** Takes a state part by part: its head, then the brokers, then the topics, each followed by its partitions. */
export interface StateParts {
  /**
   * The first invariant that the parts break, as `number: what is wrong`. From then on parts are passed over. Every invariant of
   * {@link MetadataState} is held as the parts come, so it is known at once.
   */
  readonly violation: string | undefined;
  /** Once, before all others. */
  setHead(head: MetadataHead): void;
  /** In the order of their ids. */
  addBroker(broker: Broker): void;
  /** In the order of their names. */
  addTopic(topic: TopicHead): void;
  /** The next partitions of the topic that was added last. */
  addPartitions(partitions: readonly Partition[]): void;
  /** Every part was given: {@link violation} is what it stays. */
  end(): void;
}

/** Makes a state of its parts. */
export interface MetadataStateBuilder extends StateParts {
  /** The state, after {@link StateParts.end}. Asserts that there is no {@link StateParts.violation}. */
  build(): MetadataState;
}

/** Makes a builder that has no parts yet. */
export function createStateBuilder(): MetadataStateBuilder {
  return new StateBuilder();
}

/** Topics are put into the maps by so many: in few steps, and none of them long. */
const topicsAtOnce = 256;

/** Every part costs about what it has in it, and the end next to nothing: a state of any size is built in short turns. */
export class StateBuilder implements MetadataStateBuilder {
  readonly #onTopic: (topic: Topic) => void;
  readonly #loads = new LoadCount();
  #head: MetadataHead = {
    version: metadataVersion(0),
    clusterConfigs: new Map(),
    featureLevels: new Map(),
    nextProducerId: 0,
  };
  #brokers: SortedMap<number, Broker> = emptySortedMap();
  #lastBrokerId = Number.NEGATIVE_INFINITY;
  #topics: SortedMap<string, Topic> = emptySortedMap();
  #topicNamesById: SortedMap<string, string> = emptySortedMap();
  /** Those that are complete and not in the maps, and their names by their ids. */
  #recentTopics: Topic[] = [];
  readonly #recentNamesById = new Map<string, string>();
  /** The one whose partitions come. */
  #open: { readonly head: TopicHead; readonly partitions: Partition[] } | undefined;
  #violation: string | undefined;
  #ended = false;

  /** @param onTopic - hears every topic when it is complete */
  constructor(onTopic: (topic: Topic) => void = () => {}) {
    this.#onTopic = onTopic;
  }

  get violation(): string | undefined {
    return this.#violation;
  }

  setHead(head: MetadataHead): void {
    assert(this.#brokers.size === 0 && this.#open === undefined, 'the head of a state comes first');
    this.#violation ??= headViolation(head);
    this.#head = head;
  }

  addBroker(broker: Broker): void {
    const { brokerId } = broker;
    assert(this.#open === undefined, () => `broker ${brokerId} comes after a topic`);
    if (this.#violation !== undefined) return;
    this.#violation =
      brokerId > this.#lastBrokerId
        ? brokerViolation(this.#head, brokerId, broker)
        : `1: broker ${brokerId} comes after broker ${this.#lastBrokerId}`;
    this.#lastBrokerId = brokerId;
    this.#brokers = this.#brokers.set(brokerId, broker);
    this.#loads.addBroker(brokerId);
  }

  addTopic(head: TopicHead): void {
    const last = this.#open?.head.name;
    this.#endTopic();
    if (this.#violation !== undefined) return;
    this.#violation =
      last !== undefined && head.name <= last
        ? `2: topic ${head.name} comes after topic ${last}`
        : (this.#topicIdViolation(head) ?? topicHeadViolation(head));
    this.#open = { head, partitions: [] };
  }

  addPartitions(partitions: readonly Partition[]): void {
    const open = this.#open;
    if (this.#violation !== undefined) return;
    assert(open !== undefined, 'partitions follow their topic');
    const surroundings = { brokers: this.#brokers, clusterConfigs: this.#head.clusterConfigs };
    this.#violation = partitionsViolation(surroundings, open.head, partitions, open.partitions.length);
    this.#loads.addPartitions(partitions);
    for (const partition of partitions) open.partitions.push(partition);
  }

  end(): void {
    this.#endTopic();
    this.#open = undefined;
    this.#fileRecent();
    this.#ended = true;
  }

  build(): MetadataState {
    assert(this.#ended, 'a state is built when its parts have ended');
    assert(this.#violation === undefined, () => `metadata invariant ${this.#violation}`);
    const state = {
      ...this.#head,
      brokers: this.#brokers,
      topics: this.#topics,
      topicNamesById: this.#topicNamesById,
      brokerLoads: sortedMapOf(this.#loads.loads),
    };
    noteSound(state);
    return state;
  }

  #endTopic(): void {
    if (this.#open === undefined || this.#violation !== undefined) return;
    const { head, partitions } = this.#open;
    if (partitions.length === 0) {
      this.#violation = `3: topic ${head.name} has no partition`;
      return;
    }
    const topic = { ...head, partitions };
    this.#recentTopics.push(topic);
    this.#recentNamesById.set(topic.topicId, topic.name);
    if (this.#recentTopics.length >= topicsAtOnce) this.#fileRecent();
    this.#onTopic(topic);
  }

  #fileRecent(): void {
    this.#topics = this.#topics.setAll(this.#recentTopics.map((topic) => [topic.name, topic]));
    this.#topicNamesById = this.#topicNamesById.setAll(this.#recentNamesById);
    this.#recentTopics = [];
    this.#recentNamesById.clear();
  }

  #topicIdViolation({ name, topicId }: TopicHead): string | undefined {
    const other = this.#recentNamesById.get(topicId) ?? this.#topicNamesById.get(topicId);
    return other === undefined ? undefined : `2: topics ${other} and ${name} have the id ${topicId}`;
  }
}
