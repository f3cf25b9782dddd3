import { apis, type DescribeConfigsResponse } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { describe, expect, it } from 'vitest';
import { connectClient, servedVersions } from './protocol-client.ts';
import { createTopic, errorName, fetchFrom, fresh, given, produce, produceValues, useBroker } from './test-broker.ts';

const test = useBroker({ config: { logRetentionMs: 99_000 } });

const [topicType, brokerType] = [2, 4] as const;
const [set, remove, append, subtract] = [0, 1, 2, 3] as const;
const source = { topic: 1, dynamicBroker: 2, dynamicCluster: 3, staticBroker: 4, builtIn: 5 };

interface Described {
  readonly resourceType?: number;
  readonly name: string;
  readonly keys?: string[] | null;
  readonly version?: number;
}

async function describeOne({
  resourceType = topicType,
  name,
  keys = null,
  version = 4,
}: Described): Promise<DescribeConfigsResponse['results'][number]> {
  const { results } = await test.client.call(apis.describeConfigs, version, {
    resources: [{ resourceType, resourceName: name, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return given(results[0]);
}

async function settingOf(
  name: string,
  key: string,
  resourceType: number = topicType,
): Promise<[string | null, number]> {
  const { configs } = await describeOne({ resourceType, name, keys: [key] });
  const { value, configSource } = given(configs[0]);
  return [value, configSource];
}

type Change = readonly [key: string, operation: number, value?: string | null];

async function change(
  name: string,
  changes: readonly Change[],
  options: { version?: number; resourceType?: number; validateOnly?: boolean } = {},
): Promise<string> {
  const { version = 1, resourceType = topicType, validateOnly = false } = options;
  const configs = changes.map(([key, configOperation, value = null]) => ({ name: key, configOperation, value }));
  const { responses } = await test.client.call(apis.incrementalAlterConfigs, version, {
    resources: [{ resourceType, resourceName: name, configs }],
    validateOnly,
  });
  expect(responses).toMatchObject([{ resourceType, resourceName: name }]);
  const [{ errorCode, errorMessage }] = responses as [(typeof responses)[0]];
  if (errorCode !== 0) expect(errorMessage).toMatch(/\w/);
  return errorName(errorCode);
}

describe('DescribeConfigs', () => {
  it.each(servedVersions(apis.describeConfigs))(
    'v%i describes a topic: defaults too, each with where it comes from',
    async (version) => {
      const name = fresh('described');
      await createTopic(test.client, name, 1, { 'max.message.bytes': '5000' });
      const { errorCode, resourceType, resourceName, configs } = await describeOne({ name, version });
      expect({ errorCode, resourceType, resourceName }).toEqual({
        errorCode: 0,
        resourceType: topicType,
        resourceName: name,
      });
      expect(configs.length).toBeGreaterThan(20);
      const byName = new Map(configs.map((config) => [config.name, config]));
      const own = byName.get('max.message.bytes');
      const inherited = byName.get('retention.ms');
      const builtIn = byName.get('cleanup.policy');
      expect([own?.value, inherited?.value, builtIn?.value]).toEqual(['5000', '99000', 'delete']);
      for (const { readOnly, isSensitive } of configs) expect([readOnly, isSensitive]).toEqual([false, false]);
      if (version === 0) {
        expect([own?.isDefault, inherited?.isDefault, builtIn?.isDefault]).toEqual([false, true, true]);
        return;
      }
      const sources = [own?.configSource, inherited?.configSource, builtIn?.configSource];
      expect(sources).toEqual([source.topic, source.staticBroker, source.builtIn]);
      expect(own?.synonyms).toEqual([
        { name: 'max.message.bytes', value: '5000', source: source.topic },
        { name: 'message.max.bytes', value: '1048588', source: source.builtIn },
      ]);
      if (version < 3) return;
      const types = [
        'cleanup.policy',
        'max.message.bytes',
        'retention.ms',
        'preallocate',
        'min.cleanable.dirty.ratio',
        'compression.type',
      ];
      expect(types.map((key) => byName.get(key)?.configType)).toEqual([7, 3, 5, 1, 6, 2]);
      for (const { documentation } of configs) expect(documentation).toMatch(/\w{3}/);
    },
  );

  it('without the wish for them there are neither synonyms nor documentation', async () => {
    const name = fresh('described');
    await createTopic(test.client, name);
    const { results } = await test.client.call(apis.describeConfigs, 4, {
      resources: [{ resourceType: topicType, resourceName: name, configurationKeys: null }],
    });
    for (const { synonyms, documentation } of given(results[0]).configs) {
      expect(synonyms).toEqual([]);
      expect(documentation).toBeNull();
    }
  });

  it.each(servedVersions(apis.describeConfigs))('v%i gives only the keys that are asked for', async (version) => {
    const name = fresh('described');
    await createTopic(test.client, name);
    const { configs } = await describeOne({ name, version, keys: ['retention.ms', 'no.such', 'segment.bytes'] });
    expect(configs.map((config) => config.name).sort()).toEqual(['retention.ms', 'segment.bytes']);
  });

  it.each(servedVersions(apis.describeConfigs))(
    'v%i describes the broker: what it was started with is static, the rest default',
    async (version) => {
      const { errorCode, configs } = await describeOne({ resourceType: brokerType, name: '1', version });
      expect(errorCode).toBe(0);
      const byName = new Map(configs.map((config) => [config.name, config]));
      expect(byName.get('log.retention.ms')?.value).toBe('99000');
      expect(byName.get('node.id')).toMatchObject({ value: '1', readOnly: true });
      expect(byName.get('message.max.bytes')).toMatchObject({ readOnly: false });
      if (version < 1) return;
      expect(byName.get('log.retention.ms')?.configSource).toBe(source.staticBroker);
      expect(byName.get('max.connections')?.configSource).toBe(source.builtIn);
    },
  );

  it('tells what is not there, each resource by itself', async () => {
    const name = fresh('described');
    await createTopic(test.client, name);
    const asked = [
      [topicType, 'nowhere'],
      [topicType, name],
      [brokerType, '7'],
      [brokerType, 'x'],
      [99, 'x'],
    ] as const;
    const { results } = await test.client.call(apis.describeConfigs, 4, {
      resources: asked.map(([resourceType, resourceName]) => ({ resourceType, resourceName, configurationKeys: null })),
    });
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NONE',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
      'INVALID_REQUEST',
    ]);
  });
});

describe('IncrementalAlterConfigs', () => {
  it.each(servedVersions(apis.incrementalAlterConfigs))('v%i sets, appends, subtracts and deletes', async (version) => {
    const name = fresh('changed');
    await createTopic(test.client, name, 1, { 'retention.ms': '1000' });
    const alter = (...changes: Change[]): Promise<string> => change(name, changes, { version });
    expect(await alter(['segment.bytes', set, '2000000'])).toBe('NONE');
    expect(await settingOf(name, 'segment.bytes')).toEqual(['2000000', source.topic]);
    expect(await settingOf(name, 'retention.ms')).toEqual(['1000', source.topic]);
    expect(await alter(['retention.ms', remove])).toBe('NONE');
    expect(await settingOf(name, 'retention.ms')).toEqual(['99000', source.staticBroker]);
    expect(await alter(['cleanup.policy', append, 'compact'])).toBe('NONE');
    const [policies] = await settingOf(name, 'cleanup.policy');
    expect(policies?.split(',').sort()).toEqual(['compact', 'delete']);
    expect(await alter(['cleanup.policy', append, 'compact'])).toBe('NONE');
    expect((await settingOf(name, 'cleanup.policy'))[0]?.split(',').sort()).toEqual(['compact', 'delete']);
    expect(await alter(['cleanup.policy', subtract, 'delete'])).toBe('NONE');
    expect(await settingOf(name, 'cleanup.policy')).toEqual(['compact', source.topic]);
  });

  it.each(servedVersions(apis.incrementalAlterConfigs))(
    'v%i: all changes of a resource or none, and none with validateOnly',
    async (version) => {
      const name = fresh('changed');
      await createTopic(test.client, name);
      const alter = (changes: Change[], validateOnly = false): Promise<string> =>
        change(name, changes, { version, validateOnly });
      expect(
        await alter([
          ['retention.ms', set, '5'],
          ['segment.bytes', set, 'x'],
        ]),
      ).toBe('INVALID_CONFIG');
      expect(await alter([['no.such', set, '5']])).toBe('INVALID_CONFIG');
      expect(await alter([['retention.ms', append, '5']])).toBe('INVALID_CONFIG');
      expect(await alter([['cleanup.policy', append, 'vanish']])).toBe('INVALID_CONFIG');
      expect(await alter([['retention.ms', 9, '5']])).toBe('INVALID_REQUEST');
      expect(await alter([['retention.ms', set, null]])).toBe('INVALID_REQUEST');
      expect(
        await alter([
          ['retention.ms', set, '5'],
          ['retention.ms', set, '6'],
        ]),
      ).toBe('INVALID_REQUEST');
      expect(await alter([['retention.ms', set, '5']], true)).toBe('NONE');
      expect(await alter([['retention.ms', set, 'x']], true)).toBe('INVALID_CONFIG');
      expect(await settingOf(name, 'retention.ms')).toEqual(['99000', source.staticBroker]);
      const configs = [{ name: 'retention.ms', configOperation: set, value: '5' }];
      const twice = { resourceType: topicType, resourceName: name, configs };
      const { responses } = await test.client.call(apis.incrementalAlterConfigs, version, {
        resources: [twice, twice],
        validateOnly: false,
      });
      for (const { errorCode } of responses) expect(errorName(errorCode)).toBe('INVALID_REQUEST');
      expect(await settingOf(name, 'retention.ms')).toEqual(['99000', source.staticBroker]);
      expect(await change('nowhere', [['retention.ms', set, '5']])).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    },
  );

  it('takes effect on the open partition when it answers', async () => {
    const name = fresh('live');
    await createTopic(test.client, name);
    const send = async (bytes: number, key: string | null = null): Promise<string> =>
      errorName((await produce(test.client, { topic: name }, [{ key, value: 'x'.repeat(bytes) }])).errorCode);
    for (let round = 0; round < 5; round++) {
      expect(await send(400)).toBe('NONE');
      expect(await change(name, [['max.message.bytes', set, '300']])).toBe('NONE');
      expect(await send(400)).toBe('MESSAGE_TOO_LARGE');
      expect(await change(name, [['max.message.bytes', remove]])).toBe('NONE');
    }
    expect(await change(name, [['cleanup.policy', set, 'compact']])).toBe('NONE');
    expect(await send(1)).toBe('INVALID_RECORD');
    expect(await send(1, 'key')).toBe('NONE');
    expect(
      await change(name, [
        ['cleanup.policy', remove],
        ['message.timestamp.type', set, 'LogAppendTime'],
      ]),
    ).toBe('NONE');
    expect((await produce(test.client, { topic: name }, [{ value: 'x' }])).logAppendTimeMs).toBeGreaterThan(0);
  });

  it('takes effect on what is stored already: a shorter retention drops old segments, at the topic and at the broker', async () => {
    await using broker = await startBroker({ config: { logRetentionCheckIntervalMs: 20 } });
    await using client = await connectClient(broker.bootstrap);
    for (const resource of [
      { resourceType: topicType, resourceName: 'old', key: 'retention.bytes' },
      { resourceType: brokerType, resourceName: '', key: 'log.retention.bytes' },
    ]) {
      await createTopic(client, 'old', 1, { 'segment.bytes': '1048576' });
      for (let batch = 0; batch < 4; batch++) await produceValues(client, 'old', ['x'.repeat(600_000)]);
      const startOf = async (): Promise<number> =>
        (await fetchFrom(client, { topic: 'old', offset: 4 })).logStartOffset;
      expect(await startOf()).toBe(0);
      const { key, ...named } = resource;
      const configs = [{ name: key, configOperation: set, value: '1' }];
      const { responses } = await client.call(apis.incrementalAlterConfigs, 1, {
        resources: [{ ...named, configs }],
        validateOnly: false,
      });
      expect(responses).toMatchObject([{ errorCode: 0 }]);
      await expect.poll(startOf).toBe(3);
      await client.call(apis.deleteTopics, 4, { topics: [], topicNames: ['old'], timeoutMs: 5000 });
    }
  });

  it("changes the broker's own, for one broker and for all, and with them what topics inherit", async () => {
    const name = fresh('inherits');
    await createTopic(test.client, name);
    const broker = { resourceType: brokerType };
    expect(await change('', [['message.max.bytes', set, '400']], broker)).toBe('NONE');
    expect(await settingOf(name, 'max.message.bytes')).toEqual(['400', source.dynamicCluster]);
    expect(await settingOf('', 'message.max.bytes', brokerType)).toEqual(['400', source.dynamicCluster]);
    expect(errorName((await produce(test.client, { topic: name }, [{ value: 'x'.repeat(450) }])).errorCode)).toBe(
      'MESSAGE_TOO_LARGE',
    );
    expect(await change('1', [['message.max.bytes', set, '600']], broker)).toBe('NONE');
    expect(await settingOf('1', 'message.max.bytes', brokerType)).toEqual(['600', source.dynamicBroker]);
    const { configs } = await describeOne({ ...broker, name: '1', keys: ['message.max.bytes'] });
    expect(configs[0]?.synonyms).toEqual([
      { name: 'message.max.bytes', value: '600', source: source.dynamicBroker },
      { name: 'message.max.bytes', value: '400', source: source.dynamicCluster },
      { name: 'message.max.bytes', value: '1048588', source: source.builtIn },
    ]);
    expect(await settingOf(name, 'max.message.bytes')).toEqual(['600', source.dynamicBroker]);
    expect((await produce(test.client, { topic: name }, [{ value: 'x'.repeat(450) }])).errorCode).toBe(0);
    for (const one of ['1', '']) expect(await change(one, [['message.max.bytes', remove]], broker)).toBe('NONE');
    expect(await settingOf(name, 'max.message.bytes')).toEqual(['1048588', source.builtIn]);
    expect(await change('1', [['node.id', set, '2']], broker)).toBe('INVALID_CONFIG');
    expect(await change('x', [['message.max.bytes', set, '2']], broker)).not.toBe('NONE');
    expect(await change('x', [['message.max.bytes', set, '2']], { resourceType: 99 })).toBe('INVALID_REQUEST');
  });
});

describe('AlterConfigs', () => {
  it.each(servedVersions(apis.alterConfigs))('v%i replaces everything that was set', async (version) => {
    const name = fresh('replaced');
    await createTopic(test.client, name, 1, { 'retention.ms': '1000', 'segment.bytes': '2000000' });
    const alter = async (
      configs: { name: string; value: string | null }[],
      validateOnly = false,
      resourceName = name,
    ): Promise<string> => {
      const resources = [{ resourceType: topicType, resourceName, configs }];
      const { responses } = await test.client.call(apis.alterConfigs, version, { resources, validateOnly });
      return errorName(given(responses[0]).errorCode);
    };
    expect(await alter([{ name: 'retention.ms', value: '7' }], true)).toBe('NONE');
    expect(await settingOf(name, 'retention.ms')).toEqual(['1000', source.topic]);
    expect(await alter([{ name: 'retention.ms', value: '7' }])).toBe('NONE');
    expect(await settingOf(name, 'retention.ms')).toEqual(['7', source.topic]);
    expect((await settingOf(name, 'segment.bytes'))[1]).not.toBe(source.topic);
    expect(await alter([{ name: 'retention.ms', value: 'x' }])).toBe('INVALID_CONFIG');
    expect(await alter([], false, 'nowhere')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await settingOf(name, 'retention.ms')).toEqual(['7', source.topic]);
    expect(await alter([])).toBe('NONE');
    expect(await settingOf(name, 'retention.ms')).toEqual(['99000', source.staticBroker]);
  });
});
