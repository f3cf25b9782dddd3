import { apis } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { describe, expect, it } from 'vitest';
import { connectClient, servedVersions } from './protocol-client.ts';
import { createTopic, errorName, fresh, given, produce, useBroker, valuesFrom, zeroId } from './test-broker.ts';

const byName = (name: string) => ({ name, topicId: zeroId });

describe('Metadata', () => {
  const test = useBroker();

  it.each(servedVersions(apis.metadata))('v%i describes brokers, topic and partitions', async (version) => {
    const name = fresh('described');
    const topicId = await createTopic(test.client, name, 2);
    const answer = await test.client.call(apis.metadata, version, { topics: [byName(name)] });
    const { host, port } = test.broker.kafkaAddress;
    expect(answer.brokers).toEqual([{ nodeId: 1, host, port, rack: null }]);
    expect(answer.controllerId).toBe(version >= 1 ? 1 : -1);
    expect(typeof answer.clusterId).toBe(version >= 2 ? 'string' : 'object');
    expect(answer.topics).toHaveLength(1);
    const topic = given(answer.topics[0]);
    expect(topic).toMatchObject({ errorCode: 0, name, isInternal: false, topicId: version >= 10 ? topicId : zeroId });
    const leaderEpoch = version >= 7 ? 0 : -1;
    expect(topic.partitions).toEqual(
      [0, 1].map((partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 1,
        leaderEpoch,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      })),
    );
  });

  it('all topics: an empty list in v0, null from v1; an empty list from v1 is none', async () => {
    const name = fresh('listed');
    await createTopic(test.client, name);
    const namesOf = async (version: number, topics: [] | null): Promise<(string | null)[]> =>
      (await test.client.call(apis.metadata, version, { topics })).topics.map((topic) => topic.name);
    expect(await namesOf(0, [])).toContain(name);
    for (const version of servedVersions(apis.metadata, 1)) {
      expect(await namesOf(version, null)).toContain(name);
      expect(await namesOf(version, [])).toEqual([]);
    }
  });

  it.each(servedVersions(apis.metadata, 12))('v%i finds a topic by its id', async (version) => {
    const name = fresh('by-id');
    const topicId = await createTopic(test.client, name);
    const unknown = '11111111-1111-4111-8111-111111111111';
    const { topics } = await test.client.call(apis.metadata, version, {
      topics: [
        { name: null, topicId },
        { name: null, topicId: unknown },
      ],
    });
    expect(topics[0]).toMatchObject({ errorCode: 0, name, topicId });
    expect(topics[1]).toMatchObject({ name: null, topicId: unknown, partitions: [] });
    expect(errorName(given(topics[1]).errorCode)).toBe('UNKNOWN_TOPIC_ID');
  });

  it.each([10, 11])('v%i has ids, and cannot ask by them', async (version) => {
    const topicId = await createTopic(test.client, fresh('by-id'));
    const { topics } = await test.client.call(apis.metadata, version, { topics: [{ name: null, topicId }] });
    expect(topics.map(({ errorCode }) => errorName(errorCode))).toEqual(['INVALID_REQUEST']);
  });

  it.each(servedVersions(apis.metadata))(
    'v%i creates a topic on first use, and its leader takes records at once',
    async (version) => {
      const name = fresh('auto');
      const { topics } = await test.client.call(apis.metadata, version, { topics: [byName(name)] });
      expect(topics).toMatchObject([{ errorCode: 0, name, partitions: [{ errorCode: 0, leaderId: 1 }] }]);
      expect(await produce(test.client, { topic: name }, [{ value: 'first' }])).toMatchObject({
        errorCode: 0,
        baseOffset: 0,
      });
      expect(await valuesFrom(test.client, name)).toEqual(['first']);
    },
  );

  it('many who ask for one new topic at once all find it usable', async () => {
    const name = fresh('auto');
    const clients = await Promise.all(Array.from({ length: 8 }, () => test.connect()));
    const answers = await Promise.all(
      clients.map(async (client) => {
        const { topics } = await client.call(apis.metadata, 9, { topics: [byName(name)] });
        const { errorCode } = await produce(client, { topic: name }, [{ value: 'x' }]);
        return [topics[0]?.errorCode, errorCode];
      }),
    );
    expect(answers).toEqual(clients.map(() => [0, 0]));
  });

  it.each(servedVersions(apis.metadata, 4))('v%i does not create what the client forbids', async (version) => {
    const name = fresh('forbidden');
    const ask = async (): Promise<string> => {
      const { topics } = await test.client.call(apis.metadata, version, {
        topics: [byName(name)],
        allowAutoTopicCreation: false,
      });
      return errorName(given(topics[0]).errorCode);
    };
    expect(await ask()).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await ask()).toBe('UNKNOWN_TOPIC_OR_PARTITION');
  });

  it.each([true, false])(
    'a name that no topic can have is told so (auto-create %j)',
    async (allowAutoTopicCreation) => {
      for (const name of ['a b', '..', 'x'.repeat(250), 'ä']) {
        const { topics } = await test.client.call(apis.metadata, 9, { topics: [byName(name)], allowAutoTopicCreation });
        expect(topics).toMatchObject([{ name, partitions: [] }]);
        expect(errorName(given(topics[0]).errorCode)).toBe('INVALID_TOPIC_EXCEPTION');
      }
    },
  );

  it('with auto.create.topics.enable=false no client creates by asking', async () => {
    await using broker = await startBroker({ config: { autoCreateTopicsEnable: false } });
    await using client = await connectClient(broker.bootstrap);
    for (const version of servedVersions(apis.metadata)) {
      const { topics } = await client.call(apis.metadata, version, {
        topics: [byName('nobody')],
        allowAutoTopicCreation: true,
      });
      expect(errorName(given(topics[0]).errorCode)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    }
    expect((await client.call(apis.metadata, 12, { topics: null })).topics).toEqual([]);
  });

  it('the offsets topic is internal, and whole even when it is named before any group comes', async () => {
    await using broker = await startBroker({ config: { offsetsTopicNumPartitions: 3, numPartitions: 1 } });
    await using client = await connectClient(broker.bootstrap);
    const { topics } = await client.call(apis.metadata, 12, { topics: [byName('__consumer_offsets')] });
    expect(topics).toMatchObject([{ errorCode: 0, isInternal: true }]);
    expect(given(topics[0]).partitions).toHaveLength(3);
    for (const key of ['one', 'two', 'three', 'four', 'five']) {
      const { coordinators } = await client.call(apis.findCoordinator, 4, { coordinatorKeys: [key] });
      expect(coordinators).toMatchObject([{ errorCode: 0, nodeId: 1 }]);
      const group = { groupId: key, topics: null };
      const { groups } = await client.call(apis.offsetFetch, 8, { groups: [group] });
      expect(groups).toMatchObject([{ errorCode: 0 }]);
    }
  });

  it('the address is the one that the client has reached, or the one to advertise', async () => {
    await using local = await startBroker();
    const { port } = local.kafkaAddress;
    await using client = await connectClient(`localhost:${port}`);
    const reached = await client.call(apis.metadata, 9, { topics: [] });
    expect(reached.brokers).toMatchObject([{ host: '127.0.0.1', port }]);
    await using advertised = await startBroker({
      config: { kafkaAdvertise: { host: 'broker.example', port: 19_092 } },
    });
    expect(advertised.bootstrap).toBe('broker.example:19092');
    await using other = await connectClient(`127.0.0.1:${advertised.kafkaAddress.port}`);
    const told = await other.call(apis.metadata, 9, { topics: [] });
    expect(told.brokers).toMatchObject([{ host: 'broker.example', port: 19_092 }]);
    const { host, port: coordinatorPort } = await other.call(apis.findCoordinator, 2, { key: 'g' });
    expect([host, coordinatorPort]).toEqual(['broker.example', 19_092]);
  });
});
