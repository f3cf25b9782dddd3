import { describe, expect, it } from 'vitest';
import { applyCommand } from './apply-command.ts';
import { brokerConfigs, parseConfigValue, topicConfigs } from './config-schema.ts';
import { emptyState } from './content.ts';
import { topicConfigDefinitions } from './topic-config-table.ts';
import { effectiveTopicConfig, effectiveTopicConfigs, validateConfigs } from './topic-configs.ts';

describe('the table of topic settings', () => {
  it('is in order, without repetition, with defaults that are valid themselves', () => {
    const names = topicConfigDefinitions.map((definition) => definition.name);
    expect(names).toEqual([...new Set(names)].sort());
    for (const { name, defaultValue } of topicConfigDefinitions) {
      expect(() => parseConfigValue('topic', name, defaultValue)).not.toThrow();
    }
    expect(topicConfigs.size).toBe(24);
    expect(brokerConfigs.get('log.retention.hours')?.multiplier).toBe(3_600_000);
  });
});

describe('a value', () => {
  it.each([
    ['retention.ms', '-1', -1],
    ['retention.ms', ' +60000 ', 60_000],
    ['flush.messages', '9223372036854775807', Number.MAX_SAFE_INTEGER],
    ['min.cleanable.dirty.ratio', '5e-1', 0.5],
    ['preallocate', 'TRUE', true],
    ['cleanup.policy', 'compact, delete', ['compact', 'delete']],
    ['streambus.flush', 'interval', 'interval'],
  ])('%s=%s is read as %s', (key, text, value) => {
    expect(parseConfigValue('topic', key, text)).toEqual(value);
  });

  it.each([
    ['retention.ms', '-2', 'setting retention.ms is "-2"; allowed is an integer from -1 to 9223372036854775807'],
    ['retention.ms', '9223372036854775808', 'from -1 to 9223372036854775807'],
    ['segment.bytes', '13', 'from 14 to 2147483647'],
    ['segment.bytes', '1.5', 'an integer from 14'],
    ['segment.bytes', '', 'an integer from 14'],
    ['min.cleanable.dirty.ratio', '1.01', 'a number from 0 to 1'],
    ['min.cleanable.dirty.ratio', 'NaN', 'a number from 0 to 1'],
    ['preallocate', 'yes', 'allowed is true or false'],
    ['compression.type', 'brotli', 'one of uncompressed, zstd, lz4, snappy, gzip, producer'],
    ['cleanup.policy', 'compact,compact', 'a list, without repetition, of compact, delete'],
    ['cleanup.policy', ' ', 'a list, without repetition, of compact, delete'],
    ['no.such', '1', 'topic setting "no.such" is unknown; allowed are cleanup.policy, compression.type'],
  ])('%s=%s is refused by key, value and what is allowed', (key, text, message) => {
    expect(() => parseConfigValue('topic', key, text)).toThrow(message);
  });

  it('of a broker-level name is read in the units of the topic, and no limit stays none', () => {
    expect(parseConfigValue('broker', 'log.retention.hours', '2')).toBe(7_200_000);
    expect(parseConfigValue('broker', 'log.retention.hours', '-1')).toBe(-1);
  });

  it('must fit those that it belongs to', () => {
    const configs = new Map([
      ['max.compaction.lag.ms', '5'],
      ['min.compaction.lag.ms', '+6'],
    ]);
    expect(() => validateConfigs('topic', configs)).toThrow('allowed is at most max.compaction.lag.ms, which is 5');
  });
});

describe('the setting in force', () => {
  const endpoints = [{ listener: 'PLAINTEXT', host: 'localhost', port: 9092 }];
  const { state } = applyCommand(emptyState(), {
    kind: 'batch',
    commands: [
      { kind: 'registerBroker', brokerId: 1, incarnation: 'one', endpoints },
      { kind: 'configureBroker', changes: [{ operation: 'set', key: 'log.retention.hours', value: '3' }] },
      {
        kind: 'configureBroker',
        brokerId: 1,
        changes: [{ operation: 'set', key: 'log.retention.minutes', value: '2' }],
      },
    ],
  });
  const staticConfigs = new Map([['log.retention.ms', '1000']]);
  const own = new Map([['retention.ms', '7']]);

  it.each([
    ['the topic', own, { brokerId: 1, staticConfigs }, '7', 'topic'],
    ['the broker', new Map(), { brokerId: 1, staticConfigs }, '120000', 'dynamicBroker'],
    ['the cluster', new Map(), { staticConfigs }, '10800000', 'dynamicCluster'],
  ] as const)('is what %s says, before what is weaker', (_, configs, layers, value, source) => {
    const entry = effectiveTopicConfigs(state, configs, layers).find(({ name }) => name === 'retention.ms');
    expect(entry).toMatchObject({ value, source });
    expect(effectiveTopicConfig(state, configs, 'retention.ms', layers)).toBe(Number(value));
  });

  it('is what the broker was started with, or else the default', () => {
    expect(effectiveTopicConfig(emptyState(), new Map(), 'retention.ms', { staticConfigs })).toBe(1000);
    expect(effectiveTopicConfig(emptyState(), new Map(), 'retention.ms')).toBe(604_800_000);
  });

  it('lists all that is set for it, the strongest first', () => {
    const entry = effectiveTopicConfigs(state, own, { brokerId: 1, staticConfigs }).find(
      ({ name }) => name === 'retention.ms',
    );
    expect(entry?.synonyms).toEqual([
      { name: 'retention.ms', value: '7', source: 'topic' },
      { name: 'log.retention.minutes', value: '2', source: 'dynamicBroker' },
      { name: 'log.retention.hours', value: '3', source: 'dynamicCluster' },
      { name: 'log.retention.ms', value: '1000', source: 'staticBroker' },
      { name: 'log.retention.ms', value: '604800000', source: 'default' },
    ]);
  });
});
