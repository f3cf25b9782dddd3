import type { SyncPolicy } from '@streambus/log';
import {
  type ConfigLayers,
  type ConfigValue,
  type ConfigValues,
  effectiveTopicConfig,
  type MetadataState,
} from '@streambus/metadata';
import type { PartitionSettings } from '@streambus/replication';
import { assert } from '@streambus/runtime';
import type { BrokerConfig } from '../config/index.ts';
import { limits } from './limits.ts';

/** A batch of the largest allowed size must fit into one frame beside what a later version may add. */
const frameSlackBytes = 1024;

/** As large as the log takes a frame to be; `max.message.bytes` may be set to as much. */
const maxFrameBytes = 2 ** 31 - 1;

const maxTimerMs = 2 ** 31 - 1;

/** The settings of one topic's partitions, from the topic's own down to the built-in defaults. */
export function partitionSettings(
  state: MetadataState,
  configs: ConfigValues,
  layers: ConfigLayers,
  config: BrokerConfig,
): PartitionSettings {
  const get = (name: string): ConfigValue => effectiveTopicConfig(state, configs, name, layers);
  const count = (name: string): number => {
    const value = get(name);
    assert(typeof value === 'number', () => `${name} is a number`);
    return value;
  };
  const policies = get('cleanup.policy');
  assert(Array.isArray(policies), 'cleanup.policy is a list');
  const maxMessageBytes = count('max.message.bytes');
  return {
    log: {
      sync: syncPolicy(get('streambus.flush'), count('flush.ms'), config),
      segmentBytes: count('segment.bytes'),
      segmentAgeMs: count('segment.ms'),
      // Kafka allows 0: an entry for every batch.
      indexIntervalBytes: Math.max(1, count('index.interval.bytes')),
      maxQueuedBytes: limits.maxQueuedAppendBytes,
      maxFrameBytes: Math.min(maxMessageBytes + frameSlackBytes, maxFrameBytes),
    },
    maxMessageBytes,
    timestampType: get('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    timestampBeforeMaxMs: count('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: count('message.timestamp.after.max.ms'),
    minInsyncReplicas: count('min.insync.replicas'),
    compacted: policies.includes('compact'),
    deleted: policies.includes('delete'),
    retentionMs: limit(count('retention.ms')),
    retentionBytes: limit(count('retention.bytes')),
    producerExpirationMs: config.producerIdExpirationMs,
  };
}

function syncPolicy(policy: ConfigValue, flushMs: number, config: BrokerConfig): SyncPolicy {
  if (policy !== 'interval' && policy !== 'os') return { kind: 'acked' };
  const intervalMs = Math.max(1, policy === 'interval' ? Math.min(flushMs, config.flushIntervalMs) : flushMs);
  // As large as a timer goes; Kafka's default for flush.ms means never.
  if (intervalMs > maxTimerMs) return { kind: 'os' };
  return { kind: 'interval', intervalMs, intervalBytes: Number.MAX_SAFE_INTEGER };
}

/** Kafka writes "no limit" as -1. */
function limit(value: number): number | undefined {
  return value < 0 ? undefined : value;
}
