import {
  apis,
  type CreatePartitionsResponseInput,
  type CreateTopicsRequest,
  type CreateTopicsResponseInput,
  type DeleteTopicsResponseInput,
} from '@streambus/kafka';
import { MetadataError } from '@streambus/metadata';
import { toError } from '@streambus/runtime';
import { isInternalTopic } from '../broker/internal-topics.ts';
import type { TopicToCreate } from '../broker/topics.ts';
import type { Handler } from '../server/handler.ts';
import { configSourceCode } from './config-codes.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { metadataErrorName } from './metadata-errors.ts';
import type { BrokerServices } from './services.ts';
import { noTopicId } from './topic-id.ts';
import { mapInTurns } from './turns.ts';

type CreatableTopic = CreateTopicsRequest['topics'][number];
type CreatedTopic = CreateTopicsResponseInput['topics'][number];
type DeletedTopic = DeleteTopicsResponseInput['responses'][number];
type GrownTopic = CreatePartitionsResponseInput['results'][number];

/** As Kafka's controller has it: more hold the metadata, and everyone who waits for it, too long. */
const maxPartitionsPerRequest = 10_000;
/** Topics that one request may grow or delete. */
const maxTopicsPerRequest = 10_000;

/** Creates topics, or with `validateOnly` says whether it could. */
export function createTopicsHandler(services: BrokerServices): Handler<typeof apis.createTopics> {
  return {
    api: apis.createTopics,
    async handle(request) {
      const repeated = repeatedNames(request.topics);
      const asked = request.topics.reduce((sum, topic) => sum + partitionsAsked(services, topic), 0);
      if (asked > maxPartitionsPerRequest) return { topics: request.topics.map(({ name }) => tooMany(name, asked)) };
      const creations = await mapInTurns(services.clock, request.topics, (topic) =>
        repeated.has(topic.name)
          ? refusedTopic(topic.name, 'INVALID_REQUEST', 'the topic is named twice in one request')
          : createTopic(services, topic, request.validateOnly, request.timeoutMs),
      );
      return { topics: await Promise.all(creations) };
    },
  };
}

/** What a topic asks for, where that may be had at all; a topic that will be refused counts as one. */
function partitionsAsked({ config }: BrokerServices, { assignments, numPartitions }: CreatableTopic): number {
  if (assignments.length > 0) return assignments.length;
  if (numPartitions === -1) return config.numPartitions;
  return numPartitions >= 1 && numPartitions <= maxPartitionsPerRequest ? numPartitions : 1;
}

function tooMany(name: string, asked: number): CreatedTopic {
  return refusedTopic(
    name,
    'POLICY_VIOLATION',
    `the request asks for ${asked} partitions; one request may create at most ${maxPartitionsPerRequest}`,
  );
}

async function createTopic(
  services: BrokerServices,
  topic: CreatableTopic,
  validateOnly: boolean,
  timeoutMs: number,
): Promise<CreatedTopic> {
  const { name } = topic;
  if (isInternalTopic(name)) return refusedTopic(name, 'TOPIC_AUTHORIZATION_FAILED', `${name} is the broker's own`);
  try {
    const wanted = topicToCreate(services, topic);
    if (validateOnly) {
      const checked = services.topics.validate(wanted);
      return created(services, name, noTopicId, checked.partitionCount, checked.replicationFactor, wanted);
    }
    const { topicId, partitionCount, replicationFactor } = await services.topics.create(wanted, {
      timeoutMs: Math.max(timeoutMs, 1),
    });
    return created(services, name, topicId, partitionCount, replicationFactor, wanted);
  } catch (thrown) {
    return refusedTopic(name, placementErrorName(thrown), messageOf(services, thrown));
  }
}

function topicToCreate(services: BrokerServices, topic: CreatableTopic): TopicToCreate {
  const configs = Object.fromEntries(
    topic.configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])),
  );
  return { name: topic.name, placement: placementOf(services, topic), configs };
}

function placementOf(services: BrokerServices, topic: CreatableTopic): TopicToCreate['placement'] {
  const { assignments, numPartitions, replicationFactor } = topic;
  if (assignments.length === 0) {
    const defaults = services.config;
    return {
      kind: 'automatic',
      // -1 asks for the broker's default (KIP-464).
      partitionCount: numPartitions === -1 ? defaults.numPartitions : numPartitions,
      replicationFactor: replicationFactor === -1 ? defaults.defaultReplicationFactor : replicationFactor,
    };
  }
  if (numPartitions !== -1 || replicationFactor !== -1) {
    throw new MetadataError(
      'INVALID_REQUEST',
      'an explicit assignment goes with neither a partition count nor a replication factor',
    );
  }
  const sorted = [...assignments].sort((one, other) => one.partitionIndex - other.partitionIndex);
  if (sorted.some(({ partitionIndex }, index) => partitionIndex !== index)) {
    const indexes = sorted.map(({ partitionIndex }) => partitionIndex).join(', ');
    throw new MetadataError(
      'INVALID_REPLICA_ASSIGNMENT',
      `assigned partitions are ${indexes}; they must be 0 to ${sorted.length - 1}`,
    );
  }
  return { kind: 'explicit', replicas: sorted.map(({ brokerIds }) => brokerIds) };
}

function created(
  services: BrokerServices,
  name: string,
  topicId: string,
  numPartitions: number,
  replicationFactor: number,
  wanted: TopicToCreate,
): CreatedTopic {
  const configs = new Map(Object.entries(wanted.configs ?? {}));
  return {
    name,
    topicId,
    errorCode: errorCode('NONE'),
    errorMessage: null,
    numPartitions,
    replicationFactor,
    configs: services.topicConfigs.effective(services.store.state, configs).map((config) => ({
      name: config.name,
      value: config.value,
      readOnly: false,
      configSource: configSourceCode(config.source),
      isSensitive: false,
    })),
  };
}

function refusedTopic(name: string, error: ErrorName, errorMessage: string): CreatedTopic {
  return { name, topicId: noTopicId, errorCode: errorCode(error), errorMessage, configs: null };
}

/** Deletes topics by name or, from version 6, by id. */
export function deleteTopicsHandler(services: BrokerServices): Handler<typeof apis.deleteTopics> {
  return {
    api: apis.deleteTopics,
    async handle(request, { apiVersion }) {
      const wanted =
        apiVersion >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: noTopicId }));
      if (!services.config.deleteTopicEnable) {
        // Before version 3 there was no name for it.
        const disabled = errorCode(apiVersion >= 3 ? 'TOPIC_DELETION_DISABLED' : 'INVALID_REQUEST');
        const errorMessage = 'delete.topic.enable is false';
        return { responses: wanted.map((topic) => ({ ...topic, errorCode: disabled, errorMessage })) };
      }
      const call = { timeoutMs: Math.max(request.timeoutMs, 1) };
      if (wanted.length > maxTopicsPerRequest) {
        return {
          responses: wanted.map((topic) => ({
            ...topic,
            errorCode: errorCode('POLICY_VIOLATION'),
            errorMessage: `the request names ${wanted.length} topics; one may delete at most ${maxTopicsPerRequest}`,
          })),
        };
      }
      const deletions = await mapInTurns(services.clock, wanted, (topic) => deleteTopic(services, topic, call));
      return { responses: await Promise.all(deletions) };
    },
  };
}

async function deleteTopic(
  services: BrokerServices,
  wanted: { readonly name: string | null; readonly topicId: string },
  call: { readonly timeoutMs: number },
): Promise<DeletedTopic> {
  const { state } = services.store;
  const byId = wanted.name === null;
  const name = wanted.name ?? state.topicNamesById.get(wanted.topicId);
  const answer = (error: ErrorName, errorMessage: string | null): DeletedTopic => ({
    name: name ?? null,
    topicId: byId ? wanted.topicId : (state.topics.get(name ?? '')?.topicId ?? noTopicId),
    errorCode: errorCode(error),
    errorMessage,
  });
  if (byId === (wanted.topicId === noTopicId))
    return answer('INVALID_REQUEST', 'a topic is deleted by its name or by its id');
  if (name === undefined) return answer('UNKNOWN_TOPIC_ID', `there is no topic with the id ${wanted.topicId}`);
  if (isInternalTopic(name)) return answer('TOPIC_AUTHORIZATION_FAILED', `${name} is the broker's own`);
  try {
    await services.topics.delete({ name, ...(byId && { topicId: wanted.topicId }) }, call);
    return answer('NONE', null);
  } catch (thrown) {
    return answer(metadataErrorName(thrown), messageOf(services, thrown));
  }
}

/** Adds partitions to topics; what is there stays where it is. */
export function createPartitionsHandler(services: BrokerServices): Handler<typeof apis.createPartitions> {
  return {
    api: apis.createPartitions,
    async handle(request) {
      const repeated = repeatedNames(request.topics);
      const call = { timeoutMs: Math.max(request.timeoutMs, 1) };
      const refusal = growthRefusal(services, request.topics);
      if (refusal !== undefined) {
        const results = request.topics.map(({ name }) => grown(name, 'POLICY_VIOLATION', refusal));
        return { throttleTimeMs: 0, results };
      }
      const growths = await mapInTurns(
        services.clock,
        request.topics,
        async ({ name, count, assignments }): Promise<GrownTopic> => {
          if (repeated.has(name)) return grown(name, 'INVALID_REQUEST', 'the topic is named twice in one request');
          // Groups are spread over its partitions by their number.
          if (isInternalTopic(name)) return grown(name, 'TOPIC_AUTHORIZATION_FAILED', `${name} is the broker's own`);
          const replicas = assignments?.map(({ brokerIds }) => brokerIds);
          const fields = { name, totalCount: count, ...(replicas !== undefined && { replicas }) };
          try {
            if (request.validateOnly) services.topics.validateGrowth(fields);
            else await services.topics.addPartitions(fields, call);
            return grown(name, 'NONE', null);
          } catch (thrown) {
            return grown(name, placementErrorName(thrown), messageOf(services, thrown));
          }
        },
      );
      return { throttleTimeMs: 0, results: await Promise.all(growths) };
    },
  };
}

function grown(name: string, error: ErrorName, errorMessage: string | null): GrownTopic {
  return { name, errorCode: errorCode(error), errorMessage };
}

/** A broker that nobody knows is a fault of the assignment that names it. */
function placementErrorName(thrown: unknown): ErrorName {
  const isUnknownBroker = thrown instanceof MetadataError && thrown.code === 'UNKNOWN_BROKER';
  return isUnknownBroker ? 'INVALID_REPLICA_ASSIGNMENT' : metadataErrorName(thrown);
}

/** Why a request asks for more than one may; undefined where it does not. */
function growthRefusal(
  { store }: BrokerServices,
  topics: readonly { readonly name: string; readonly count: number }[],
): string | undefined {
  if (topics.length > maxTopicsPerRequest)
    return `the request names ${topics.length} topics; one may grow at most ${maxTopicsPerRequest}`;
  const asked = topics.reduce((sum, { name, count }) => {
    const added = count - (store.state.topics.get(name)?.partitions.length ?? count);
    return sum + (added <= maxPartitionsPerRequest ? Math.max(added, 0) : 0);
  }, 0);
  if (asked <= maxPartitionsPerRequest) return undefined;
  return `the request asks for ${asked} more partitions; one may create at most ${maxPartitionsPerRequest}`;
}

function repeatedNames(topics: readonly { readonly name: string }[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { name } of topics) (seen.has(name) ? repeated : seen).add(name);
  return repeated;
}

function messageOf(services: BrokerServices, thrown: unknown): string {
  const error = toError(thrown);
  if (!(error instanceof MetadataError)) services.logger.error({ err: error }, 'a change of topics failed');
  return error.message;
}
