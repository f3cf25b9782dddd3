import type { RaftNode } from '@streambus/raft-node';
import type {
  GroupSample,
  LagSample,
  MetricsSources,
  PartitionSample,
  QueueSample,
  RaftSample,
} from '../admin/index.ts';
import type { BrokerConfig } from '../config/index.ts';
import type { BrokerServices } from '../handlers/index.ts';
import type { KafkaServer } from '../server/kafka-server.ts';
import { limits } from './limits.ts';

/** What a scrape reads from. */
export interface MetricsParts {
  readonly node: RaftNode;
  readonly services: BrokerServices;
  readonly server: KafkaServer;
  readonly config: BrokerConfig;
}

/** Reads the broker's parts at a scrape; between scrapes it costs nothing. */
export function createMetricsSources({ node, services, server, config }: MetricsParts): MetricsSources {
  return {
    connections: () => server.connectionCount,
    partitions: () => partitionSamples(services),
    groups: () => groupSamples(services),
    lags: () => lagSamples(services),
    queues: () => queueSamples(node, services, server, config),
    raft: () => raftSample(node),
  };
}

function* partitionSamples({ partitions }: BrokerServices): Generator<PartitionSample> {
  for (const partition of partitions.open()) {
    yield {
      topic: partition.topic,
      partition: partition.partition,
      sizeBytes: partition.sizeBytes,
      logStartOffset: partition.logStartOffset,
      logEndOffset: partition.logEndOffset,
      highWatermark: partition.highWatermark,
      isLeader: partition.leaderEpoch >= 0,
    };
  }
}

function* groupSamples({ coordinator }: BrokerServices): Generator<GroupSample> {
  for (const { groupId, state } of coordinator.listGroups({ states: [], types: [] }).groups) {
    yield { group: groupId, state, members: coordinator.describeGroup(groupId).members.length };
  }
}

function* lagSamples({ coordinator, partitions }: BrokerServices): Generator<LagSample> {
  for (const { groupId, topic, partitionIndex, offset } of coordinator.committedOffsets()) {
    const lookup = partitions.lookup(topic, partitionIndex);
    if (lookup.kind !== 'leading') continue;
    const lagRecords = Math.max(0, lookup.partition.highWatermark - offset);
    yield { group: groupId, topic, partition: partitionIndex, lagRecords };
  }
}

function* queueSamples(
  node: RaftNode,
  { partitions, coordinator, store }: BrokerServices,
  server: KafkaServer,
  config: BrokerConfig,
): Generator<QueueSample> {
  yield {
    queue: 'inflight_requests',
    unit: 'bytes',
    depth: server.inflightBytes,
    limit: config.memoryMaxInflightBytes,
  };
  yield { queue: 'connections', unit: 'connections', depth: server.connectionCount, limit: config.maxConnections };
  yield { queue: 'client_buffers', unit: 'bytes', depth: server.bufferedBytes, limit: config.memoryMaxBufferedBytes };
  let queuedBytes = 0;
  let limitBytes = 0;
  for (const partition of partitions.open()) {
    queuedBytes += partition.queuedBytes;
    limitBytes += limits.maxQueuedAppendBytes;
  }
  yield { queue: 'partition_appends', unit: 'bytes', depth: queuedBytes, limit: limitBytes };
  const { queuedProposalBytes } = node.status();
  yield { queue: 'raft_proposals', unit: 'bytes', depth: queuedProposalBytes, limit: limits.maxQueuedProposalBytes };
  const maxCommands = limits.maxInflightCommands + limits.maxQueuedCommands;
  yield { queue: 'metadata_commands', unit: 'requests', depth: store.inflightCount, limit: maxCommands };
  const { pendingCalls, loadedPartitions } = coordinator.statistics();
  const maxCalls = limits.maxPendingCallsPerPartition * loadedPartitions;
  yield { queue: 'group_calls', unit: 'requests', depth: pendingCalls, limit: maxCalls };
}

function raftSample(node: RaftNode): RaftSample {
  const { role, term, lastIndex, commit, applied } = node.status();
  return {
    role: role === 'preCandidate' ? 'candidate' : role,
    term,
    lastIndex,
    commitIndex: commit,
    appliedIndex: applied,
  };
}
