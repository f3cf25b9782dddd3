/** What other brokers of this protocol got wrong, each of which has cost somebody a client: one test each. */
import {
  apis,
  batchCrc,
  batchPartitionLeaderEpoch,
  computeBatchCrc,
  encodeRecordBatch,
  type JoinGroupResponse,
} from '@streambus/kafka';
import { startBroker } from 'streambus';
import { describe, expect, it } from 'vitest';
import { connectClient } from './protocol-client.ts';
import {
  createTopic,
  errorName,
  fetchFrom,
  fresh,
  given,
  produce,
  produceBytes,
  produceValues,
  recordsIn,
  useBroker,
  valuesFrom,
  zeroId,
} from './test-broker.ts';

const test = useBroker();

async function topicWith(...batches: string[][]): Promise<string> {
  const topic = fresh('learned');
  await createTopic(test.client, topic);
  for (const values of batches) await produceValues(test.client, topic, values);
  return topic;
}

describe('fetching', () => {
  it('a fetch offset in the middle of a batch returns the whole batch', async () => {
    const topic = await topicWith(['a', 'b', 'c']);
    expect(recordsIn((await fetchFrom(test.client, { topic, offset: 2 })).records)).toHaveLength(3);
  });

  it('at least one batch is returned, even above max bytes', async () => {
    const topic = await topicWith(['x'.repeat(10_000)]);
    const { records } = await fetchFrom(test.client, { topic, offset: 0, maxBytes: 1, partitionMaxBytes: 1 });
    expect(recordsIn(records)).toHaveLength(1);
  });

  it('OFFSET_OUT_OF_RANGE carries the log start offset', async () => {
    const topic = await topicWith(['a'], ['b']);
    const partitions = [{ partitionIndex: 0, offset: 1 }];
    await test.client.call(apis.deleteRecords, 2, { topics: [{ name: topic, partitions }], timeoutMs: 1000 });
    const { errorCode, logStartOffset } = await fetchFrom(test.client, { topic, offset: 0 });
    expect([errorName(errorCode), logStartOffset]).toEqual(['OFFSET_OUT_OF_RANGE', 1]);
  });

  it('offsets are dense, whatever was refused in between', async () => {
    const topic = await topicWith(['a', 'b']);
    const broken = Buffer.from(encodeRecordBatch([{ value: 'x' }, { value: 'y' }]));
    broken[64] = given(broken[64]) ^ 1;
    expect(errorName((await produceBytes(test.client, { topic }, broken)).errorCode)).toBe('CORRUPT_MESSAGE');
    expect(await produceValues(test.client, topic, ['c'])).toBe(2);
    const { records } = await fetchFrom(test.client, { topic, offset: 0 });
    expect(recordsIn(records).map(({ offset }) => offset)).toEqual([0, 1, 2]);
  });

  it('session id 0 switches incremental sessions off for a client that asks for one', async () => {
    const topic = await topicWith(['a']);
    const { sessionId, responses } = await test.client.call(apis.fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      sessionId: 0,
      sessionEpoch: 0,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      forgottenTopicsData: [],
    });
    expect([sessionId, responses.length]).toEqual([0, 1]);
  });
});

describe('producing', () => {
  it('the checksum is the producer’s own: base offset and leader epoch are patched beside it, nothing is recomputed', async () => {
    const topic = await topicWith(['before']);
    const sent = Buffer.from(encodeRecordBatch([{ value: 'x' }], { timestamp: 7 }));
    const crc = batchCrc(sent);
    await produceBytes(test.client, { topic }, sent);
    const stored = given((await fetchFrom(test.client, { topic, offset: 1 })).records);
    expect([batchCrc(stored), computeBatchCrc(stored), batchPartitionLeaderEpoch(stored)]).toEqual([crc, crc, 0]);
  });

  it('acks=0 sends no response and does not wedge the next one on that connection', async () => {
    const topic = await topicWith();
    const client = await test.connect();
    for (let sent = 0; sent < 50; sent++) {
      const records = encodeRecordBatch([{ value: `${sent}` }]);
      const topicData = [{ name: sent % 2 === 0 ? topic : 'nowhere', partitionData: [{ index: 0, records }] }];
      client.tell(apis.produce, 9, { acks: 0, timeoutMs: 1, topicData });
    }
    expect(await produceValues(client, topic, ['last'])).toBe(25);
    expect((await client.call(apis.metadata, 9, { topics: [] })).brokers).toHaveLength(1);
  });

  it('max.message.bytes gives MESSAGE_TOO_LARGE', async () => {
    const topic = fresh('learned');
    await createTopic(test.client, topic, 1, { 'max.message.bytes': '100' });
    expect(errorName((await produce(test.client, { topic }, [{ value: 'x'.repeat(100) }])).errorCode)).toBe(
      'MESSAGE_TOO_LARGE',
    );
  });

  it('a record without a key on a compacted topic gives INVALID_RECORD', async () => {
    const topic = fresh('learned');
    await createTopic(test.client, topic, 1, { 'cleanup.policy': 'compact' });
    expect(errorName((await produce(test.client, { topic }, [{ value: 'x' }])).errorCode)).toBe('INVALID_RECORD');
  });

  it('an idempotent producer goes on in its sequence after a pause; duplicates of the last five batches get the first answer', async () => {
    const topic = await topicWith();
    const { producerId } = await test.client.call(apis.initProducerId, 4, {
      transactionalId: null,
      transactionTimeoutMs: 1,
    });
    const send = (baseSequence: number) =>
      produce(test.client, { topic }, [{ value: `${baseSequence}` }], { producerId, producerEpoch: 0, baseSequence });
    for (let sequence = 0; sequence < 7; sequence++) expect((await send(sequence)).baseOffset).toBe(sequence);
    for (let sequence = 2; sequence < 7; sequence++)
      expect(await send(sequence)).toMatchObject({ errorCode: 0, baseOffset: sequence });
    expect(errorName((await send(0)).errorCode)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(await valuesFrom(test.client, topic)).toHaveLength(7);
  });
});

describe('groups', () => {
  const joining = {
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from([255, 0, 128]) }],
  };

  const join = async (groupId: string, version: number, more: object = {}): Promise<JoinGroupResponse> => {
    await test.client.call(apis.findCoordinator, 2, { key: groupId });
    return test.client.call(apis.joinGroup, version, { ...joining, groupId, ...more });
  };

  it('the first join does not wait for the rebalance delay in a development broker', async () => {
    const started = performance.now();
    expect((await join(fresh('group'), 3)).errorCode).toBe(0);
    expect(performance.now() - started).toBeLessThan(2500);
  });

  it('JoinGroup from v4 on first answers MEMBER_ID_REQUIRED, before it does not', async () => {
    for (const [version, expected] of [
      [0, 'NONE'],
      [3, 'NONE'],
      [4, 'MEMBER_ID_REQUIRED'],
      [9, 'MEMBER_ID_REQUIRED'],
    ] as const) {
      expect(errorName((await join(fresh('group'), version)).errorCode)).toBe(expected);
    }
  });

  it('a static member that was replaced is fenced', async () => {
    const groupId = fresh('group');
    const { memberId, generationId } = await join(groupId, 5, { groupInstanceId: 'seat' });
    await join(groupId, 5, { groupInstanceId: 'seat' });
    const beat = { groupId, generationId, memberId, groupInstanceId: 'seat' };
    expect(errorName((await test.client.call(apis.heartbeat, 3, beat)).errorCode)).toBe('FENCED_INSTANCE_ID');
  });

  it('assignor bytes are opaque', async () => {
    const { members } = await join(fresh('group'), 3);
    expect([...given(members[0]).metadata]).toEqual([255, 0, 128]);
  });

  it('commit metadata comes back', async () => {
    const [groupId, topic] = [fresh('group'), await topicWith()];
    await test.client.call(apis.findCoordinator, 2, { key: groupId });
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'ünï\u0000' }];
    await test.client.call(apis.offsetCommit, 2, { groupId, memberId: '', topics: [{ name: topic, partitions }] });
    const { topics } = await test.client.call(apis.offsetFetch, 5, { groupId, topics: null, groups: [] });
    expect(topics[0]?.partitions[0]?.metadata).toBe('ünï\u0000');
  });
});

describe('administration', () => {
  it('when Metadata has created a topic, its leader is usable', async () => {
    for (let round = 0; round < 10; round++) {
      const name = fresh('learned');
      const { topics } = await test.client.call(apis.metadata, 4, { topics: [{ name, topicId: zeroId }] });
      expect(topics[0]).toMatchObject({ errorCode: 0, partitions: [{ errorCode: 0, leaderId: 1 }] });
      expect((await produce(test.client, { topic: name }, [{ value: 'x' }])).errorCode).toBe(0);
    }
  });

  it('CreatePartitions answers per topic', async () => {
    const topic = await topicWith();
    const topics = [
      { name: topic, count: 2, assignments: null },
      { name: 'nowhere', count: 2, assignments: null },
    ];
    const { results } = await test.client.call(apis.createPartitions, 1, {
      topics,
      timeoutMs: 1000,
      validateOnly: false,
    });
    expect(results.map(({ errorCode }) => errorName(errorCode))).toEqual(['NONE', 'UNKNOWN_TOPIC_OR_PARTITION']);
  });

  it('DescribeConfigs includes defaults with their source', async () => {
    const topic = await topicWith();
    const resources = [{ resourceType: 2, resourceName: topic, configurationKeys: null }];
    const { results } = await test.client.call(apis.describeConfigs, 1, { resources });
    const configs = given(results[0]).configs;
    expect(configs.find(({ name }) => name === 'retention.bytes')).toMatchObject({ value: '-1', configSource: 5 });
  });

  it('IncrementalAlterConfigs appends to lists and subtracts from them', async () => {
    const topic = await topicWith();
    const alter = async (configOperation: number, value: string): Promise<string | null> => {
      const configs = [{ name: 'cleanup.policy', configOperation, value }];
      const altered = [{ resourceType: 2, resourceName: topic, configs }];
      await test.client.call(apis.incrementalAlterConfigs, 0, { resources: altered, validateOnly: false });
      const resources = [{ resourceType: 2, resourceName: topic, configurationKeys: ['cleanup.policy'] }];
      const { results } = await test.client.call(apis.describeConfigs, 1, { resources });
      return given(results[0]?.configs[0]).value;
    };
    expect((await alter(2, 'compact'))?.split(',').sort()).toEqual(['compact', 'delete']);
    expect(await alter(3, 'delete')).toBe('compact');
  });

  it('KIP-848 is not half there: neither of its keys is listed', async () => {
    const { apiKeys } = await test.client.call(apis.apiVersions, 2, {
      clientSoftwareName: '',
      clientSoftwareVersion: '',
    });
    expect(apiKeys.filter(({ apiKey }) => apiKey === 68 || apiKey === 69)).toEqual([]);
  });

  it('port 0 works, and the address that clients are told is the one that they have reached', async () => {
    await using broker = await startBroker();
    await using client = await connectClient(broker.bootstrap);
    const { brokers } = await client.call(apis.metadata, 9, { topics: [] });
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([broker.bootstrap]);
    expect(brokers[0]?.port).toBeGreaterThan(0);
  });
});
