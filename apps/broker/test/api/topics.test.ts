import { apis, type CreateTopicsRequestInput } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { describe, expect, it } from 'vitest';
import { connectClient, servedVersions } from './protocol-client.ts';
import {
  createTopic,
  errorName,
  fetchFrom,
  fresh,
  given,
  produce,
  produceValues,
  useBroker,
  valuesFrom,
  zeroId,
} from './test-broker.ts';

const test = useBroker({ config: { numPartitions: 3 } });

type Creatable = CreateTopicsRequestInput['topics'][number];

const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };

/** Creates topics; resolves with name, error and message of each, in the order of the answer. */
async function create(
  version: number,
  topics: readonly (Partial<Creatable> & { name: string })[],
  validateOnly = false,
) {
  const filled = topics.map((topic) => ({ ...plain, ...topic }));
  return (await test.client.call(apis.createTopics, version, { topics: filled, timeoutMs: 10_000, validateOnly }))
    .topics;
}

async function refusals(
  version: number,
  topics: readonly (Partial<Creatable> & { name: string })[],
  validateOnly = false,
) {
  return (await create(version, topics, validateOnly)).map(({ name, errorCode }) => [name, errorName(errorCode)]);
}

async function exists(name: string): Promise<boolean> {
  const { topics } = await test.client.call(apis.metadata, 9, { topics: null });
  return topics.some((topic) => topic.name === name);
}

describe('CreateTopics', () => {
  it.each(servedVersions(apis.createTopics))(
    'v%i: what it answers is there, and its leaders take records at once',
    async (version) => {
      const name = fresh('created');
      const configs = [{ name: 'retention.ms', value: '12345' }];
      const [topic] = await create(version, [{ name, numPartitions: 2, configs }]);
      expect(topic).toMatchObject({
        name,
        errorCode: 0,
        numPartitions: version >= 5 ? 2 : -1,
        replicationFactor: version >= 5 ? 1 : -1,
      });
      for (const partition of [0, 1]) {
        expect((await produce(test.client, { topic: name, partition }, [{ value: 'x' }])).errorCode).toBe(0);
      }
      const { topics } = await test.client.call(apis.metadata, 12, { topics: [{ name, topicId: zeroId }] });
      expect(given(topics[0]).partitions).toHaveLength(2);
      if (version >= 7) expect(topic?.topicId).toBe(topics[0]?.topicId);
      if (version < 5) return;
      const retention = topic?.configs?.find((config) => config.name === 'retention.ms');
      expect(retention).toMatchObject({ value: '12345', configSource: 1, readOnly: false, isSensitive: false });
      expect(topic?.configs?.find((config) => config.name === 'segment.ms')?.configSource).not.toBe(1);
    },
  );

  it.each(servedVersions(apis.createTopics))("v%i: -1 is the broker's default", async (version) => {
    const name = fresh('defaults');
    expect(await refusals(version, [{ name, numPartitions: -1, replicationFactor: -1 }])).toEqual([[name, 'NONE']]);
    const { topics } = await test.client.call(apis.metadata, 9, { topics: [{ name, topicId: zeroId }] });
    expect(given(topics[0]).partitions).toHaveLength(3);
  });

  it.each(servedVersions(apis.createTopics, 1))(
    'v%i: validateOnly says what would become of it, and does nothing',
    async (version) => {
      const name = fresh('validated');
      const [answer] = await create(version, [{ name, numPartitions: 4 }], true);
      expect(answer).toMatchObject({ name, errorCode: 0, topicId: zeroId, numPartitions: version >= 5 ? 4 : -1 });
      expect(await refusals(version, [{ name, numPartitions: 0 }], true)).toEqual([[name, 'INVALID_PARTITIONS']]);
      expect(await exists(name)).toBe(false);
      await createTopic(test.client, name);
      expect(await refusals(version, [{ name }], true)).toEqual([[name, 'TOPIC_ALREADY_EXISTS']]);
    },
  );

  it.each(servedVersions(apis.createTopics))(
    'v%i: each topic by itself, with the error that fits and a message that says why',
    async (version) => {
      const [good, there, twice] = [fresh('good'), fresh('there'), fresh('twice')];
      await createTopic(test.client, there);
      const wrong: (Partial<Creatable> & { name: string })[] = [
        { name: there },
        { name: 'a b' },
        { name: '' },
        { name: '.' },
        { name: 'x'.repeat(250) },
        { name: 'no-partitions', numPartitions: 0 },
        { name: 'negative', numPartitions: -2 },
        { name: 'too-many', numPartitions: 2_000_000_000 },
        { name: 'replicated', replicationFactor: 3 },
        { name: 'unreplicated', replicationFactor: 0 },
        { name: 'config', configs: [{ name: 'no.such', value: '1' }] },
        { name: 'config-value', configs: [{ name: 'retention.ms', value: 'soon' }] },
        { name: '__consumer_offsets' },
      ];
      const topics = await create(version, [{ name: good }, ...wrong]);
      expect(topics.map(({ name, errorCode }) => [name, errorName(errorCode)])).toEqual([
        [good, 'NONE'],
        [there, 'TOPIC_ALREADY_EXISTS'],
        ['a b', 'INVALID_TOPIC_EXCEPTION'],
        ['', 'INVALID_TOPIC_EXCEPTION'],
        ['.', 'INVALID_TOPIC_EXCEPTION'],
        ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION'],
        ['no-partitions', 'INVALID_PARTITIONS'],
        ['negative', 'INVALID_PARTITIONS'],
        ['too-many', 'INVALID_PARTITIONS'],
        ['replicated', 'INVALID_REPLICATION_FACTOR'],
        ['unreplicated', 'INVALID_REPLICATION_FACTOR'],
        ['config', 'INVALID_CONFIG'],
        ['config-value', 'INVALID_CONFIG'],
        ['__consumer_offsets', 'TOPIC_AUTHORIZATION_FAILED'],
      ]);
      if (version >= 1) for (const topic of topics.slice(1)) expect(topic.errorMessage, topic.name).toMatch(/\w/);
      expect(new Set(await refusals(version, [{ name: twice }, { name: twice, numPartitions: 2 }]))).toEqual(
        new Set([
          [twice, 'INVALID_REQUEST'],
          [twice, 'INVALID_REQUEST'],
        ]),
      );
      expect(await exists(twice)).toBe(false);
    },
  );

  it('names that differ only in "." and "_" would collide, as Kafka says', async () => {
    const base = fresh('one');
    await createTopic(test.client, `${base}.two_three`);
    expect(await refusals(7, [{ name: `${base}_two.three` }])).toEqual([
      [`${base}_two.three`, 'INVALID_TOPIC_EXCEPTION'],
    ]);
    expect(await refusals(7, [{ name: `${base}_two.three` }], true)).toEqual([
      [`${base}_two.three`, 'INVALID_TOPIC_EXCEPTION'],
    ]);
    expect(await refusals(7, [{ name: `${base}.two_three` }])).toEqual([[`${base}.two_three`, 'TOPIC_ALREADY_EXISTS']]);
    const both = [{ name: `${base}.x` }, { name: `${base}_x` }];
    expect((await refusals(7, both)).filter(([, error]) => error === 'NONE')).toHaveLength(1);
  });

  it.each(servedVersions(apis.createTopics))('v%i: assignments', async (version) => {
    const assigned = { numPartitions: -1, replicationFactor: -1 };
    const place = (...brokers: number[]) =>
      brokers.map((broker, partitionIndex) => ({ partitionIndex, brokerIds: [broker] }));
    const name = fresh('assigned');
    expect(await refusals(version, [{ name, ...assigned, assignments: place(1, 1) }])).toEqual([[name, 'NONE']]);
    const { topics } = await test.client.call(apis.metadata, 9, { topics: [{ name, topicId: zeroId }] });
    expect(given(topics[0]).partitions).toHaveLength(2);
    const refused = async (topic: Partial<Creatable>): Promise<string | undefined> =>
      (await refusals(version, [{ name: fresh('assigned'), ...topic }]))[0]?.[1];
    expect(await refused({ ...assigned, assignments: place(7) })).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(await refused({ ...assigned, assignments: [{ partitionIndex: 1, brokerIds: [1] }] })).toBe(
      'INVALID_REPLICA_ASSIGNMENT',
    );
    expect(await refused({ ...assigned, assignments: [{ partitionIndex: 0, brokerIds: [] }] })).toBe(
      'INVALID_REPLICA_ASSIGNMENT',
    );
    expect(await refused({ ...assigned, assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] })).toBe(
      'INVALID_REPLICA_ASSIGNMENT',
    );
    expect(await refused({ numPartitions: 1, replicationFactor: -1, assignments: place(1) })).toBe('INVALID_REQUEST');
  });
});

describe('DeleteTopics', () => {
  it.each(servedVersions(apis.deleteTopics))('v%i deletes by name, each by itself', async (version) => {
    const name = fresh('deleted');
    const topicId = await createTopic(test.client, name);
    const names = [name, 'nowhere', '__consumer_offsets'];
    const body = { topicNames: names, topics: names.map((one) => ({ name: one })), timeoutMs: 5000 };
    await test.client.call(apis.findCoordinator, 2, { key: 'some group' });
    const { responses } = await test.client.call(apis.deleteTopics, version, body);
    expect(responses.map((topic) => [topic.name, errorName(topic.errorCode)])).toEqual([
      [name, 'NONE'],
      ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['__consumer_offsets', 'TOPIC_AUTHORIZATION_FAILED'],
    ]);
    if (version >= 6) expect(responses[0]?.topicId).toBe(topicId);
    expect(await exists(name)).toBe(false);
    expect(errorName((await fetchFrom(test.client, { topic: name, offset: 0 })).errorCode)).toBe(
      'UNKNOWN_TOPIC_OR_PARTITION',
    );
  });

  it('v6 deletes by id; an id of nobody, or name and id at once, is refused', async () => {
    const name = fresh('deleted');
    const topicId = await createTopic(test.client, name);
    const unknown = '11111111-1111-4111-8111-111111111111';
    const topics = [
      { name: null, topicId: unknown },
      { name, topicId },
      { name: null, topicId: zeroId },
      { name: null, topicId },
    ];
    const { responses } = await test.client.call(apis.deleteTopics, 6, { topics, timeoutMs: 5000, topicNames: [] });
    expect(responses.map((topic) => [topic.name, topic.topicId, errorName(topic.errorCode)])).toEqual([
      [null, unknown, 'UNKNOWN_TOPIC_ID'],
      [name, topicId, 'INVALID_REQUEST'],
      [null, zeroId, 'INVALID_REQUEST'],
      [name, topicId, 'NONE'],
    ]);
    expect(await exists(name)).toBe(false);
  });

  it('a topic of the same name that is created at once has another id, no old records and no old settings', async () => {
    const name = fresh('again');
    const ids = new Set<string>();
    for (let round = 0; round < 5; round++) {
      ids.add(await createTopic(test.client, name, 1, round === 0 ? { 'max.message.bytes': '200' } : {}));
      expect(await valuesFrom(test.client, name)).toEqual([]);
      expect(await produceValues(test.client, name, [round === 0 ? 'x' : `${'y'.repeat(300)}`])).toBe(0);
      expect((await valuesFrom(test.client, name)).length).toBe(1);
      const { responses } = await test.client.call(apis.deleteTopics, 4, {
        topics: [],
        topicNames: [name],
        timeoutMs: 5000,
      });
      expect(responses).toMatchObject([{ errorCode: 0 }]);
    }
    expect(ids.size).toBe(5);
  });

  it('with delete.topic.enable=false nothing is deleted', async () => {
    await using broker = await startBroker({ config: { deleteTopicEnable: false } });
    await using client = await connectClient(broker.bootstrap);
    await createTopic(client, 'kept');
    for (const version of servedVersions(apis.deleteTopics)) {
      const body = { topicNames: ['kept'], topics: [{ name: 'kept' }], timeoutMs: 5000 };
      const { responses } = await client.call(apis.deleteTopics, version, body);
      expect(errorName(given(responses[0]).errorCode)).toBe(
        version >= 3 ? 'TOPIC_DELETION_DISABLED' : 'INVALID_REQUEST',
      );
    }
    expect(await produceValues(client, 'kept', ['x'])).toBe(0);
  });
});

describe('CreatePartitions', () => {
  it.each(servedVersions(apis.createPartitions))(
    'v%i answers per topic, and new partitions take records at once',
    async (version) => {
      const [grown, same] = [fresh('grown'), fresh('same')];
      await createTopic(test.client, grown, 1);
      await createTopic(test.client, same, 2);
      await test.client.call(apis.findCoordinator, 2, { key: 'some group' });
      await produceValues(test.client, grown, ['before']);
      const ask = async (
        topics: { name: string; count: number; assignments?: { brokerIds: number[] }[] | null }[],
        validateOnly = false,
      ) => {
        const filled = topics.map((topic) => ({ assignments: null, ...topic }));
        const { results } = await test.client.call(apis.createPartitions, version, {
          topics: filled,
          timeoutMs: 5000,
          validateOnly,
        });
        return results.map(({ name, errorCode }) => [name, errorName(errorCode)]);
      };
      expect(await ask([{ name: grown, count: 3 }], true)).toEqual([[grown, 'NONE']]);
      expect(errorName((await produce(test.client, { topic: grown, partition: 2 }, [{ value: 'x' }])).errorCode)).toBe(
        'UNKNOWN_TOPIC_OR_PARTITION',
      );
      const mixed = [
        { name: grown, count: 3 },
        { name: same, count: 2 },
        { name: 'nowhere', count: 2 },
        { name: '__consumer_offsets', count: 100 },
      ];
      const told = [
        [grown, 'NONE'],
        [same, 'INVALID_PARTITIONS'],
        ['nowhere', 'UNKNOWN_TOPIC_OR_PARTITION'],
        ['__consumer_offsets', 'TOPIC_AUTHORIZATION_FAILED'],
      ];
      expect(await ask(mixed)).toEqual(told);
      expect(await ask([{ name: same, count: 1 }])).toEqual([[same, 'INVALID_PARTITIONS']]);
      expect(await ask([{ name: same, count: 3, assignments: [{ brokerIds: [9] }] }])).toEqual([
        [same, 'INVALID_REPLICA_ASSIGNMENT'],
      ]);
      expect(await ask([{ name: same, count: 3, assignments: [{ brokerIds: [1] }] }])).toEqual([[same, 'NONE']]);
      expect(
        new Set(
          (
            await ask([
              { name: same, count: 4 },
              { name: same, count: 5 },
            ])
          ).map(([, error]) => error),
        ),
      ).toEqual(new Set(['INVALID_REQUEST']));
      for (const partition of [1, 2])
        expect((await produce(test.client, { topic: grown, partition }, [{ value: 'x' }])).errorCode).toBe(0);
      expect(await valuesFrom(test.client, grown)).toEqual(['before']);
    },
  );
});

describe('DeleteRecords', () => {
  it.each(servedVersions(apis.deleteRecords))('v%i moves the start, and tells where it is', async (version) => {
    const name = fresh('trimmed');
    await createTopic(test.client, name, 2);
    for (const value of ['a', 'b', 'c', 'd']) await produceValues(test.client, name, [value]);
    const ask = async (topic: string, partitionIndex: number, offset: number): Promise<[string, number]> => {
      const topics = [{ name: topic, partitions: [{ partitionIndex, offset }] }];
      const answer = await test.client.call(apis.deleteRecords, version, { topics, timeoutMs: 5000 });
      const { errorCode, lowWatermark } = given(answer.topics[0]?.partitions[0]);
      return [errorName(errorCode), lowWatermark];
    };
    expect(await ask(name, 0, 2)).toEqual(['NONE', 2]);
    expect(await ask(name, 0, 1)).toEqual(['NONE', 2]);
    expect(await valuesFrom(test.client, name, 2)).toEqual(['c', 'd']);
    expect(await ask(name, 0, 5)).toEqual(['OFFSET_OUT_OF_RANGE', -1]);
    expect(await ask(name, 0, -2)).toEqual(['OFFSET_OUT_OF_RANGE', -1]);
    expect(await ask(name, 0, -1)).toEqual(['NONE', 4]);
    expect(await ask(name, 1, -1)).toEqual(['NONE', 0]);
    expect(await ask(name, 2, 0)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', -1]);
    expect(await ask('nowhere', 0, 0)).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', -1]);
    expect(await produceValues(test.client, name, ['e'])).toBe(4);
    expect((await fetchFrom(test.client, { topic: name, offset: 4 })).logStartOffset).toBe(4);
  });

  it('refuses what is only compacted', async () => {
    const name = fresh('compacted');
    await createTopic(test.client, name, 1, { 'cleanup.policy': 'compact' });
    const topics = [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }];
    const answer = await test.client.call(apis.deleteRecords, 2, { topics, timeoutMs: 5000 });
    expect(errorName(given(answer.topics[0]?.partitions[0]).errorCode)).toBe('POLICY_VIOLATION');
  });
});
