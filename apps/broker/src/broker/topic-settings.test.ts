import { emptyState } from '@streambus/metadata';
import { describe, expect, it } from 'vitest';
import { makeBrokerConfig } from '../config/index.ts';
import { createBrokerConfigs } from './broker-configs.ts';
import { createTopicConfigs } from './topic-configs.ts';

type Overrides = Parameters<typeof makeBrokerConfig>[0];

function settings(own: Record<string, string>, started: Overrides = {}) {
  const config = makeBrokerConfig(started);
  const configs = createTopicConfigs(config, createBrokerConfigs(config).topicDefaults);
  const topic = { name: 't', topicId: 'id', configs: new Map(Object.entries(own)), partitions: [] };
  return configs.settingsOf(emptyState(), topic);
}

describe('when records are made durable', () => {
  it.each([
    ['by default, before they are acknowledged', {}, {}, { kind: 'acked' }],
    ['as the broker was started', {}, { flushPolicy: 'os' }, { kind: 'os' }],
    ['as the topic says, before the broker', { 'streambus.flush': 'acked' }, { flushPolicy: 'os' }, { kind: 'acked' }],
    [
      'every interval of the broker',
      {},
      { flushPolicy: 'interval', flushIntervalMs: 70 },
      { kind: 'interval', intervalMs: 70 },
    ],
    [
      'or more often, as the topic says',
      { 'flush.ms': '9' },
      { flushPolicy: 'interval' },
      { kind: 'interval', intervalMs: 9 },
    ],
    [
      'after flush.ms where the system would decide',
      { 'flush.ms': '9' },
      { flushPolicy: 'os' },
      { kind: 'interval', intervalMs: 9 },
    ],
  ] as const)('%s', (_when, own, started, expected) => {
    expect(settings(own, started).log.sync).toMatchObject(expected);
  });
});

describe('what is kept', () => {
  it('is without limit where Kafka writes -1', () => {
    expect(settings({ 'retention.ms': '-1' })).toMatchObject({ retentionMs: undefined, retentionBytes: undefined });
    expect(settings({ 'retention.bytes': '10' }, { logRetentionMs: 5000 })).toMatchObject({
      retentionMs: 5000,
      retentionBytes: 10,
    });
  });

  it('follows both policies', () => {
    expect(settings({ 'cleanup.policy': 'compact' })).toMatchObject({ compacted: true, deleted: false });
    expect(settings({ 'cleanup.policy': 'compact,delete' })).toMatchObject({ compacted: true, deleted: true });
  });
});

it('the largest batch is also the largest frame of the log, with something to spare', () => {
  const { maxMessageBytes, log } = settings({ 'max.message.bytes': '5000' });
  expect(maxMessageBytes).toBe(5000);
  expect(log.maxFrameBytes).toBeGreaterThan(5000);
});
