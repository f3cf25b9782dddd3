import {
  applyCommand,
  type CallOptions,
  type CommandFields,
  type CommandOf,
  type CommandResult,
  type CreateTopicResult,
  MetadataError,
  type MetadataStore,
} from '@streambus/metadata';
import { assert, type Random, randomUuid } from '@streambus/runtime';
import { type BrokerConfig, usualReplicationFactor } from '../config/index.ts';
import { offsetsTopicName } from './internal-topics.ts';
import { refuseCollision } from './name-collision.ts';
import type { PartitionManager } from './partition-manager.ts';

/** A topic to create. */
export type TopicToCreate = Omit<CommandFields<'createTopic'>, 'topicId'>;

/** A topic as it was created. */
export type CreatedTopic = Omit<CreateTopicResult, 'kind'>;

/** Creates, grows and deletes topics, and says so only when it can be seen and used. */
export interface Topics {
  /** Resolves when this broker's partitions of it can be written to. @throws MetadataError */
  create(topic: TopicToCreate, call?: CallOptions): Promise<CreatedTopic>;
  /** What {@link create} would answer, without doing it. @throws MetadataError */
  validate(topic: TopicToCreate): CreatedTopic;
  /** The same for a topic that a client has named without creating it; those who ask for one topic at once share the work. */
  createOnFirstUse(name: string): Promise<void>;
  /** @throws MetadataError */
  addPartitions(fields: CommandFields<'addPartitions'>, call?: CallOptions): Promise<void>;
  /** Whether {@link addPartitions} would succeed. @throws MetadataError */
  validateGrowth(fields: CommandFields<'addPartitions'>): void;
  /** @throws MetadataError */
  delete(fields: CommandFields<'deleteTopic'>, call?: CallOptions): Promise<void>;
}

/** What the topics are made of. */
export interface TopicsDependencies {
  readonly config: BrokerConfig;
  readonly store: MetadataStore;
  readonly partitions: PartitionManager;
  readonly random: Random;
  /** Told when a topic is gone, so that what was kept about it can be forgotten. */
  onDeleted(name: string): void;
}

/** Makes the one way to change topics. */
export function createTopics({ config, store, partitions, random, onDeleted }: TopicsDependencies): Topics {
  const underWay = new Map<string, Promise<void>>();

  const beingCreated = new Set<string>();

  const refuseName = (name: string): void => refuseCollision(name, store.state.topics.keys(), beingCreated);

  const create: Topics['create'] = async (topic, call) => {
    refuseName(topic.name);
    beingCreated.add(topic.name);
    try {
      const created = await store.createTopic({ ...topic, topicId: randomUuid(random) }, call);
      await partitions.settled(topic.name);
      return created;
    } finally {
      beingCreated.delete(topic.name);
    }
  };

  const createMissing = async (name: string): Promise<void> => {
    try {
      const isOffsetsTopic = name === offsetsTopicName;
      await create(
        isOffsetsTopic ? offsetsTopicToCreate(config) : { name, placement: defaultPlacement(config), configs: {} },
      );
    } catch (thrown) {
      // Somebody else was faster, which is as good.
      if (!(thrown instanceof MetadataError) || thrown.code !== 'TOPIC_EXISTS') throw thrown;
      await partitions.settled(name);
    }
  };

  const tried = (command: CommandOf<'createTopic' | 'addPartitions'>): CommandResult => {
    const { answer } = applyCommand(store.state, command);
    if (answer.status === 'applied') return answer.result;
    throw new MetadataError(answer.refusal.code, answer.refusal.message);
  };

  return {
    create,
    validate(topic) {
      refuseName(topic.name);
      const result = tried({ ...topic, kind: 'createTopic', topicId: randomUuid(random) });
      assert(result.kind === 'createTopic', 'the result belongs to the command');
      return result;
    },
    validateGrowth(fields) {
      tried({ ...fields, kind: 'addPartitions' });
    },
    createOnFirstUse(name) {
      const running = underWay.get(name);
      if (running !== undefined) return running;
      const started = createMissing(name).finally(() => underWay.delete(name));
      underWay.set(name, started);
      return started;
    },
    async addPartitions(fields, call) {
      await store.addPartitions(fields, call);
      await partitions.settled(fields.name);
    },
    async delete(fields, call) {
      await store.deleteTopic(fields, call);
      onDeleted(fields.name);
    },
  };
}

/** How many partitions and replicas a topic gets where nobody says. */
export function defaultPlacement(config: BrokerConfig): TopicToCreate['placement'] {
  return {
    kind: 'automatic',
    partitionCount: config.numPartitions,
    replicationFactor: config.defaultReplicationFactor,
  };
}

/** A whole group of the largest size in one record, with commits beside it: what clients may send has nothing to do with it. */
const offsetsBatchMaxBytes = 16 * 1024 * 1024;

/** The offsets topic as it is created when the first group comes. */
export function offsetsTopicToCreate(config: BrokerConfig): TopicToCreate {
  return {
    name: offsetsTopicName,
    placement: {
      kind: 'automatic',
      partitionCount: config.offsetsTopicNumPartitions,
      replicationFactor: config.offsetsTopicReplicationFactor ?? usualReplicationFactor(config.peers?.length ?? 1),
    },
    configs: {
      'cleanup.policy': 'compact',
      'compression.type': 'producer',
      'max.message.bytes': String(offsetsBatchMaxBytes),
    },
  };
}
