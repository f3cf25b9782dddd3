import { apis } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { servedVersions } from './protocol-client.ts';
import { createTopic, errorName, fresh, given, produce, produceValues, useBroker } from './test-broker.ts';

const test = useBroker({ storage: 'temp' });

describe('DescribeCluster', () => {
  it.each(servedVersions(apis.describeCluster))('v%i tells the cluster and its brokers', async (version) => {
    const { clusterId } = await test.client.call(apis.metadata, 9, { topics: [] });
    const answer = await test.client.call(apis.describeCluster, version, { includeClusterAuthorizedOperations: false });
    const { host, port } = test.broker.kafkaAddress;
    expect(answer).toMatchObject({ errorCode: 0, clusterId, controllerId: 1, endpointType: 1 });
    expect(answer.brokers).toMatchObject([{ brokerId: 1, host, port, rack: null }]);
  });

  it('v1 has no endpoints of controllers', async () => {
    const answer = await test.client.call(apis.describeCluster, 1, {
      includeClusterAuthorizedOperations: false,
      endpointType: 2,
    });
    expect(errorName(answer.errorCode)).toBe('UNSUPPORTED_ENDPOINT_TYPE');
  });
});

describe('DescribeLogDirs', () => {
  it.each(servedVersions(apis.describeLogDirs))('v%i tells the folder and what is in it', async (version) => {
    const [one, two] = [fresh('sized'), fresh('sized')];
    await createTopic(test.client, one, 2);
    await createTopic(test.client, two);
    await produceValues(test.client, one, ['x'.repeat(1000)]);
    const asked = [{ topic: one, partitions: [0, 1, 5] }];
    const { errorCode, results } = await test.client.call(apis.describeLogDirs, version, { topics: asked });
    expect(errorCode).toBe(0);
    expect(results).toMatchObject([{ errorCode: 0, logDir: test.broker.dataDir }]);
    const [dir] = results;
    expect(dir?.topics.map(({ name }) => name)).toEqual([one]);
    expect(dir?.topics[0]?.partitions.map(({ partitionIndex }) => partitionIndex).sort()).toEqual([0, 1]);
    for (const { partitionIndex, partitionSize, offsetLag, isFutureKey } of given(dir?.topics[0]).partitions) {
      expect([offsetLag, isFutureKey]).toEqual([0, false]);
      if (partitionIndex === 0) expect(partitionSize).toBeGreaterThan(1000);
      else expect(partitionSize).toBe(0);
    }
    if (version >= 4) expect(dir?.usableBytes).toBeGreaterThan(0);
    const all = await test.client.call(apis.describeLogDirs, version, { topics: null });
    expect(all.results[0]?.topics.map(({ name }) => name)).toEqual(expect.arrayContaining([one, two]));
    expect((await test.client.call(apis.describeLogDirs, version, { topics: [] })).results[0]?.topics).toEqual([]);
  });
});

describe('InitProducerId', () => {
  const body = { transactionalId: null, transactionTimeoutMs: 1000 };

  it.each(servedVersions(apis.initProducerId))('v%i gives ids that nobody else has, of epoch 0', async (version) => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => test.client.call(apis.initProducerId, version, body)),
    );
    for (const { errorCode, producerEpoch } of answers) expect([errorCode, producerEpoch]).toEqual([0, 0]);
    expect(new Set(answers.map(({ producerId }) => producerId)).size).toBe(20);
  });

  it.each(servedVersions(apis.initProducerId, 3))(
    'v%i raises the epoch of an id that was given out (KIP-360)',
    async (version) => {
      const { producerId } = await test.client.call(apis.initProducerId, version, body);
      for (const producerEpoch of [0, 1, 2]) {
        const answer = await test.client.call(apis.initProducerId, version, { ...body, producerId, producerEpoch });
        expect(answer).toMatchObject({ errorCode: 0, producerId, producerEpoch: producerEpoch + 1 });
      }
      const last = { ...body, producerId, producerEpoch: 32_766 };
      const renewed = await test.client.call(apis.initProducerId, version, last);
      expect(renewed).toMatchObject({ errorCode: 0, producerEpoch: 0 });
      expect(renewed.producerId).not.toBe(producerId);
      const invented = await test.client.call(apis.initProducerId, version, {
        ...body,
        producerId: 7e12,
        producerEpoch: 4,
      });
      expect(invented).toMatchObject({ errorCode: 0, producerEpoch: 0 });
      expect(invented.producerId).toBeLessThan(7e12);
    },
  );

  it.each(servedVersions(apis.initProducerId))(
    'v%i: a transactional id is refused in a way that ends the attempt',
    async (version) => {
      const answer = await test.client.call(apis.initProducerId, version, { ...body, transactionalId: 'mine' });
      expect(errorName(answer.errorCode)).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
      expect(answer).toMatchObject({ producerId: -1, producerEpoch: -1 });
    },
  );
});

describe('OffsetForLeaderEpoch', () => {
  it.each(servedVersions(apis.offsetForLeaderEpoch))('v%i tells where an epoch ends', async (version) => {
    const name = fresh('epochs');
    await createTopic(test.client, name);
    const ask = async (
      leaderEpoch: number,
      currentLeaderEpoch = -1,
      topic = name,
      partition = 0,
    ): Promise<[string, number, number]> => {
      const topics = [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }];
      const answer = await test.client.call(apis.offsetForLeaderEpoch, version, { replicaId: -1, topics });
      const { errorCode, leaderEpoch: found, endOffset } = given(answer.topics[0]?.partitions[0]);
      return [errorName(errorCode), version >= 1 ? found : leaderEpoch, endOffset];
    };
    expect(await ask(0)).toEqual(['NONE', 0, 0]);
    await produceValues(test.client, name, ['a', 'b']);
    expect(await ask(0)).toEqual(['NONE', 0, 2]);
    expect((await ask(9))[2]).toBe(-1);
    expect((await ask(-1))[2]).toBe(-1);
    expect((await ask(0, -1, 'nowhere'))[0]).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await ask(0, -1, name, 4))[0]).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    if (version < 2) return;
    expect((await ask(0, 0))[0]).toBe('NONE');
    expect((await ask(0, 3))[0]).toBe('UNKNOWN_LEADER_EPOCH');
  });
});

describe('DescribeProducers', () => {
  it('tells the idempotent producers of a partition', async () => {
    const name = fresh('producers');
    await createTopic(test.client, name, 2);
    const { producerId } = await test.client.call(apis.initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1,
    });
    const records = [
      { value: 'a', timestamp: 1000 },
      { value: 'b', timestamp: 2000 },
    ];
    await produce(test.client, { topic: name }, records, { producerId, producerEpoch: 0, baseSequence: 0 });
    const topics = [{ name, partitionIndexes: [0, 1, 2] }];
    const answer = await test.client.call(apis.describeProducers, 0, { topics });
    const partitions = given(answer.topics[0]).partitions;
    expect(partitions.map(({ errorCode }) => errorName(errorCode))).toEqual([
      'NONE',
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    expect(partitions[0]?.activeProducers).toMatchObject([
      {
        producerId,
        producerEpoch: 0,
        lastSequence: 1,
        lastTimestamp: 2000,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ]);
    expect(partitions[1]?.activeProducers).toEqual([]);
  });
});
