import type { AddPartitionsResult, CreateTopicResult, DeleteTopicResult, PlainResult } from './answers.ts';
import type {
  AddPartitionsCommand,
  ConfigureBrokerCommand,
  ConfigureTopicCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  PartitionPlacement,
} from './commands.ts';
import { quoted } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { settleTopic } from './elections.ts';
import { MetadataError } from './errors.ts';
import { newPartition } from './partition-transitions.ts';
import { explicitAssignment, placedAssignment, reservePartitions } from './replica-assignment.ts';
import { changedConfigs, sortedConfigs, validateConfigs } from './topic-configs.ts';
import { isTopicId, requireTopicName } from './topic-name.ts';

export function createTopic(draft: Draft, command: CreateTopicCommand): CreateTopicResult {
  const { name, topicId } = command;
  requireTopicName(name);
  if (!isTopicId(topicId)) {
    throw new MetadataError('INVALID_REQUEST', `topic id is ${quoted(topicId)}; it must be a lower-case UUID`);
  }
  if (draft.topic(name) !== undefined) throw new MetadataError('TOPIC_EXISTS', `topic ${name} exists`);
  if (draft.hasTopicId(topicId)) throw new MetadataError('TOPIC_EXISTS', `a topic with the id ${topicId} exists`);
  const configs = sortedConfigs(Object.entries(command.configs ?? {}));
  validateConfigs('topic', configs);
  const assignment = assignmentOf(draft, name, command.placement);
  const partitions = assignment.map((replicas) => newPartition(draft.brokers, replicas));
  draft.addTopic({ name, topicId, configs }, partitions);
  const replicationFactor = assignment[0]?.length ?? 0;
  return { kind: 'createTopic', topicId, partitionCount: partitions.length, replicationFactor };
}

export function deleteTopic(draft: Draft, { name, topicId }: DeleteTopicCommand): DeleteTopicResult {
  const topic = draft.requireTopic(name);
  if (topicId !== undefined && topicId !== topic.topicId) {
    throw new MetadataError('UNKNOWN_TOPIC_ID', `topic ${name} has the id ${topic.topicId}, not ${quoted(topicId)}`);
  }
  draft.removeTopic(topic);
  return { kind: 'deleteTopic', topicId: topic.topicId };
}

export function addPartitions(draft: Draft, { name, totalCount, replicas }: AddPartitionsCommand): AddPartitionsResult {
  const topic = draft.requireTopic(name);
  const present = topic.partitions.map((partition) => partition.replicas);
  const count = totalCount - present.length;
  reservePartitions(draft, name, count);
  if (replicas !== undefined && replicas.length !== count) {
    throw new MetadataError(
      'INVALID_REPLICA_ASSIGNMENT',
      `topic ${name} gets ${count} partitions, and ${replicas.length} are assigned; the counts must be equal`,
    );
  }
  const replicationFactor = present[0]?.length ?? 0;
  const assignment =
    replicas === undefined
      ? placedAssignment(draft, count, replicationFactor, present)
      : explicitAssignment(draft, replicas, replicationFactor);
  draft.addPartitions(
    name,
    assignment.map((brokerIds) => newPartition(draft.brokers, brokerIds)),
  );
  return { kind: 'addPartitions', partitionCount: totalCount };
}

export function configureTopic(draft: Draft, { name, changes, replace }: ConfigureTopicCommand): PlainResult {
  const topic = draft.requireTopic(name);
  draft.putTopicConfigs(name, changedConfigs('topic', topic.configs, changes, replace ?? false));
  settleTopic(draft, draft.requireTopic(name));
  return { kind: 'configureTopic' };
}

export function configureBroker(draft: Draft, { brokerId, changes, replace }: ConfigureBrokerCommand): PlainResult {
  if (brokerId !== undefined) {
    const broker = draft.requireBroker(brokerId);
    draft.putBroker({ ...broker, configs: changedConfigs('broker', broker.configs, changes, replace ?? false) });
    return { kind: 'configureBroker' };
  }
  draft.clusterConfigs = changedConfigs('broker', draft.clusterConfigs, changes, replace ?? false);
  for (const topic of draft.topics.values()) settleTopic(draft, topic);
  return { kind: 'configureBroker' };
}

function assignmentOf(draft: Draft, name: string, placement: PartitionPlacement): readonly (readonly number[])[] {
  if (placement.kind === 'automatic') {
    const { partitionCount, replicationFactor } = placement;
    reservePartitions(draft, name, partitionCount);
    return placedAssignment(draft, partitionCount, replicationFactor, []);
  }
  reservePartitions(draft, name, placement.replicas.length);
  return explicitAssignment(draft, placement.replicas, placement.replicas[0]?.length ?? 0);
}
