import { apis, createCompression, encodeRecordBatch } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { servedVersions } from './protocol-client.ts';
import { createTopic, errorName, fresh, given, produce, produceBytes, useBroker } from './test-broker.ts';

const test = useBroker();

async function listOne(
  topic: string,
  version: number,
  timestamp: number,
  more: { partitionIndex?: number; currentLeaderEpoch?: number } = {},
) {
  const { topics } = await test.client.call(apis.listOffsets, version, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
  });
  return given(topics[0]?.partitions[0]);
}

async function dated(): Promise<string> {
  const topic = fresh('dated');
  await createTopic(test.client, topic);
  await produce(test.client, { topic }, [{ value: 'cut', timestamp: 500 }]);
  await produce(test.client, { topic }, [
    { value: 'a', timestamp: 1000 },
    { value: 'b', timestamp: 3000 },
    { value: 'c', timestamp: 2000 },
  ]);
  const codec = await createCompression().load('gzip');
  const packed = [
    { value: 'd', timestamp: 4000 },
    { value: 'e', timestamp: 5000 },
    { value: 'f', timestamp: 4500 },
  ];
  await produceBytes(test.client, { topic }, encodeRecordBatch(packed, { codec }));
  const partitions = [{ partitionIndex: 0, offset: 1 }];
  await test.client.call(apis.deleteRecords, 2, { topics: [{ name: topic, partitions }], timeoutMs: 1000 });
  return topic;
}

describe('ListOffsets', () => {
  it.each(servedVersions(apis.listOffsets, 1))('v%i finds both ends and timestamps', async (version) => {
    const topic = await dated();
    const leaderEpoch = version >= 4 ? 0 : -1;
    const find = (timestamp: number) => listOne(topic, version, timestamp);
    expect(await find(-1)).toMatchObject({ errorCode: 0, offset: 7, timestamp: -1, leaderEpoch });
    expect(await find(-2)).toMatchObject({ errorCode: 0, offset: 1, timestamp: -1, leaderEpoch });
    // The first record at or after the time, inside of batches, compressed ones too; never before the log's start.
    for (const [timestamp, offset, found] of [
      [0, 1, 1000],
      [1000, 1, 1000],
      [1001, 2, 3000],
      [2500, 2, 3000],
      [3001, 4, 4000],
      [4200, 5, 5000],
      [5000, 5, 5000],
    ] as const) {
      expect(await find(timestamp), `${timestamp}`).toMatchObject({
        errorCode: 0,
        offset,
        timestamp: found,
        leaderEpoch,
      });
    }
    expect(await find(5001)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 });
  });

  it.each(servedVersions(apis.listOffsets, 1))(
    'v%i: the special times that it knows, and no others',
    async (version) => {
      const topic = await dated();
      const find = async (timestamp: number): Promise<[string, number, number]> => {
        const { errorCode, offset, timestamp: found } = await listOne(topic, version, timestamp);
        return [errorName(errorCode), offset, found];
      };
      const refused = ['UNSUPPORTED_VERSION', -1, -1];
      // KIP-734, KIP-405 and KIP-1005: the latest timestamp, the start of the local log, the end of the tiered one.
      expect(await find(-3)).toEqual(version >= 7 ? ['NONE', 5, 5000] : refused);
      expect(await find(-4)).toEqual(version >= 8 ? ['NONE', 1, -1] : refused);
      expect(await find(-5)).toEqual(version >= 9 ? ['NONE', -1, -1] : refused);
      expect(await find(-6)).toEqual(refused);
    },
  );

  it('v0 answers in a list', async () => {
    const topic = await dated();
    expect(await listOne(topic, 0, -1)).toMatchObject({ errorCode: 0, oldStyleOffsets: [7] });
    expect(await listOne(topic, 0, -2)).toMatchObject({ errorCode: 0, oldStyleOffsets: [1] });
    expect(await listOne('nowhere', 0, -1)).toMatchObject({ errorCode: 3, oldStyleOffsets: [] });
  });

  it('an empty partition has both ends at 0 and no time', async () => {
    const topic = fresh('empty');
    await createTopic(test.client, topic);
    for (const version of servedVersions(apis.listOffsets, 7)) {
      expect(await listOne(topic, version, -1)).toMatchObject({ errorCode: 0, offset: 0 });
      expect(await listOne(topic, version, -2)).toMatchObject({ errorCode: 0, offset: 0 });
      expect(await listOne(topic, version, -3)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
      expect(await listOne(topic, version, 1)).toMatchObject({ errorCode: 0, offset: -1, timestamp: -1 });
    }
  });

  it.each(servedVersions(apis.listOffsets, 1))(
    'v%i: unknown partitions, and from v4 leader epochs that are not the current one',
    async (version) => {
      const topic = fresh('errors');
      await createTopic(test.client, topic);
      const failure = { offset: -1, timestamp: -1, leaderEpoch: -1 };
      expect(await listOne('nowhere', version, -1)).toMatchObject({ errorCode: 3, ...failure });
      expect(await listOne(topic, version, -1, { partitionIndex: 4 })).toMatchObject({ errorCode: 3, ...failure });
      if (version < 4) return;
      const { errorCode } = await listOne(topic, version, -1, { currentLeaderEpoch: 3 });
      expect(errorName(errorCode)).toBe('UNKNOWN_LEADER_EPOCH');
      expect((await listOne(topic, version, -1, { currentLeaderEpoch: 0 })).errorCode).toBe(0);
    },
  );
});
