import { apis, type MetadataRequest, type MetadataResponseInput } from '@streambus/kafka';
import { type MetadataState, type Partition, type Topic, topicNameProblem } from '@streambus/metadata';
import { isInternalTopic } from '../broker/internal-topics.ts';
import type { Handler, RequestContext } from '../server/handler.ts';
import { brokerEndpoint } from './broker-endpoint.ts';
import { type ErrorName, errorCode } from './error-code.ts';
import { metadataErrorName } from './metadata-errors.ts';
import type { BrokerServices } from './services.ts';
import { noTopicId } from './topic-id.ts';
import { mapInTurns } from './turns.ts';

type TopicInput = MetadataResponseInput['topics'][number];

/** Topics created for one request; what is left over is created when the client asks again, as clients do. */
const maxCreatedPerRequest = 100;

/** Tells clients which brokers, topics and partitions there are; creates topics that are asked for, where that is on. */
export function metadataHandler(services: BrokerServices): Handler<typeof apis.metadata> {
  const { store, config, clusterId } = services;
  return {
    api: apis.metadata,
    async handle(request, context) {
      const missing = namesToCreate(services, request, context.apiVersion);
      const failures = await createMissing(services, missing);
      // A topic that somebody else has just created is told of when it can be used, not before.
      await services.partitions.opened(namesAskedFor(store.state, request));
      const state = store.state;
      return {
        brokers: Array.from(state.brokers.values(), (broker) => ({
          nodeId: broker.brokerId,
          ...brokerEndpoint(broker, config.nodeId, context.advertisedAddress),
          rack: broker.rack ?? null,
        })),
        clusterId,
        controllerId: config.nodeId,
        topics: await describeTopics(services, request, context, failures),
      };
    },
  };
}

function namesAskedFor({ topics, topicNamesById }: MetadataState, request: MetadataRequest): Iterable<string> {
  if (request.topics === null || request.topics.length === 0) return topics.keys();
  return request.topics.flatMap(({ name, topicId }) => name ?? topicNamesById.get(topicId) ?? []);
}

function namesToCreate(services: BrokerServices, request: MetadataRequest, apiVersion: number): string[] {
  const { store, config } = services;
  // Before version 4 a client could not say no.
  const allowed = config.autoCreateTopicsEnable && (apiVersion < 4 || request.allowAutoTopicCreation);
  if (!allowed || request.topics === null) return [];
  const names = request.topics.flatMap(({ name }) => (name === null || store.state.topics.has(name) ? [] : [name]));
  return [...new Set(names)].slice(0, maxCreatedPerRequest);
}

async function createMissing(services: BrokerServices, names: readonly string[]): Promise<Map<string, ErrorName>> {
  const failures = new Map<string, ErrorName>();
  const outcomes = await Promise.allSettled(names.map((name) => services.topics.createOnFirstUse(name)));
  for (const [index, outcome] of outcomes.entries()) {
    const name = names[index];
    if (outcome.status === 'fulfilled' || name === undefined) continue;
    failures.set(name, metadataErrorName(outcome.reason));
    services.logger.warn({ err: outcome.reason, topic: name }, 'could not create a topic on first use');
  }
  return failures;
}

async function describeTopics(
  { store, clock }: BrokerServices,
  request: MetadataRequest,
  context: RequestContext,
  failures: ReadonlyMap<string, ErrorName>,
): Promise<TopicInput[]> {
  const { state } = store;
  // Version 0 asks for all topics by an empty list, later ones by null.
  const wantsAll = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0);
  if (wantsAll) return Array.from(state.topics.values(), describeTopic);
  return mapInTurns(clock, request.topics ?? [], ({ name, topicId }) => {
    // Versions 10 and 11 know ids, and do not ask by them.
    if (name === null && context.apiVersion < 12) return unknownTopic('INVALID_REQUEST', '', topicId);
    if (name === null) return describeById(state, topicId);
    const topic = state.topics.get(name);
    if (topic !== undefined) return describeTopic(topic);
    const problem = topicNameProblem(name) === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'INVALID_TOPIC_EXCEPTION';
    return unknownTopic(failures.get(name) ?? problem, name, noTopicId);
  });
}

function describeById(state: MetadataState, topicId: string): TopicInput {
  const name = state.topicNamesById.get(topicId);
  const topic = name === undefined ? undefined : state.topics.get(name);
  return topic === undefined ? unknownTopic('UNKNOWN_TOPIC_ID', null, topicId) : describeTopic(topic);
}

function unknownTopic(error: ErrorName, name: string | null, topicId: string): TopicInput {
  return { errorCode: errorCode(error), name, topicId, partitions: [] };
}

function describeTopic(topic: Topic): TopicInput {
  return {
    errorCode: errorCode('NONE'),
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map(describePartition),
  };
}

function describePartition(partition: Partition, partitionIndex: number): TopicInput['partitions'][number] {
  return {
    errorCode: errorCode(partition.leader === undefined ? 'LEADER_NOT_AVAILABLE' : 'NONE'),
    partitionIndex,
    leaderId: partition.leader ?? -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: [],
  };
}
