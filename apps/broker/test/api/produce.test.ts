import {
  apis,
  batchCrc,
  crc32c,
  createCompression,
  encodeRecordBatch,
  type RecordBatchOptions,
} from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { servedVersions } from './protocol-client.ts';
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
} from './test-broker.ts';

const test = useBroker();
const one = [{ value: 'one' }];

async function refusal(topic: string, records: Uint8Array | null, version = 9): Promise<string> {
  const { errorCode, baseOffset } = await produceBytes(test.client, { topic, version }, records);
  expect(baseOffset === -1).toBe(errorCode !== 0);
  return errorName(errorCode);
}

describe('Produce', () => {
  it.each(servedVersions(apis.produce))(
    'v%i stores a batch with acks 1 and -1 and answers with its offset',
    async (version) => {
      const topic = fresh('stored');
      await createTopic(test.client, topic);
      const start = version >= 5 ? 0 : -1;
      for (const [index, acks] of [1, -1].entries()) {
        expect(await produce(test.client, { topic, version, acks }, [{ value: `${index}` }])).toMatchObject({
          index: 0,
          errorCode: 0,
          baseOffset: index,
          logAppendTimeMs: -1,
          logStartOffset: start,
          recordErrors: [],
          errorMessage: null,
        });
      }
      expect(await valuesFrom(test.client, topic)).toEqual(['0', '1']);
    },
  );

  it.each(servedVersions(apis.produce))('v%i with acks=0 is not answered, and the next request is', async (version) => {
    const topic = fresh('untold');
    await createTopic(test.client, topic);
    const client = await test.connect();
    const body = (value: string, name: string) => ({
      acks: 0,
      timeoutMs: 1000,
      topicData: [{ name, partitionData: [{ index: 0, records: encodeRecordBatch([{ value }], { timestamp: 1 }) }] }],
    });
    client.tell(apis.produce, version, body('a', topic));
    client.tell(apis.produce, version, { ...body('x', topic), transactionalId: 'nobody' });
    client.tell(apis.produce, version, body('b', topic));
    // Whatever comes as an answer to one of them would have no call waiting for it, and fail what follows.
    expect(await produce(client, { topic, version, acks: 1 }, [{ value: 'c' }])).toMatchObject({
      errorCode: 0,
      baseOffset: 2,
    });
    expect(await valuesFrom(client, topic)).toEqual(['a', 'b', 'c']);
    client.tell(apis.produce, version, body('z', fresh('nowhere')));
    const stray = client.nextFrame();
    stray.catch(() => {});
    await client[Symbol.asyncDispose]();
    await expect(stray).rejects.toThrow('ended');
  });

  it('answers several topics and partitions in the order of the request, each by itself', async () => {
    const topic = fresh('several');
    await createTopic(test.client, topic, 2);
    const batch = (value: string): Uint8Array => encodeRecordBatch([{ value }], { timestamp: 1 });
    const { responses } = await test.client.call(apis.produce, 9, {
      acks: -1,
      timeoutMs: 10_000,
      topicData: [
        { name: 'nowhere', partitionData: [{ index: 0, records: batch('x') }] },
        {
          name: topic,
          partitionData: [
            { index: 1, records: batch('one') },
            { index: 7, records: batch('x') },
            { index: -1, records: batch('x') },
            { index: 0, records: batch('zero') },
          ],
        },
      ],
    });
    const told = responses.map(({ name, partitionResponses }) => [
      name,
      partitionResponses.map(({ index, errorCode }) => `${index} ${errorName(errorCode)}`),
    ]);
    const unknown = 'UNKNOWN_TOPIC_OR_PARTITION';
    expect(told).toEqual([
      ['nowhere', [`0 ${unknown}`]],
      [topic, ['1 NONE', `7 ${unknown}`, `-1 ${unknown}`, '0 NONE']],
    ]);
    expect(await valuesFrom(test.client, topic, 0, 1)).toEqual(['one']);
    expect(await valuesFrom(test.client, topic, 0, 0)).toEqual(['zero']);
  });

  it.each([-2, 2, 100])('acks=%i is no acks', async (acks) => {
    const topic = fresh('acks');
    await createTopic(test.client, topic);
    const { errorCode } = await produce(test.client, { topic, acks }, one);
    expect(errorName(errorCode)).toBe('INVALID_REQUIRED_ACKS');
    expect(await valuesFrom(test.client, topic)).toEqual([]);
  });

  it('refuses what is broken, too large, or not one batch of format 2; nothing of it is stored', async () => {
    const topic = fresh('strict');
    await createTopic(test.client, topic, 1, { 'max.message.bytes': '300' });
    const good = (): Buffer => Buffer.from(encodeRecordBatch(one, { timestamp: Date.now() }));
    const flipped = good();
    flipped[65] = given(flipped[65]) ^ 0x10;
    const oldFormat = good();
    oldFormat[16] = 1;
    expect(await refusal(topic, flipped)).toBe('CORRUPT_MESSAGE');
    expect(await refusal(topic, good().subarray(0, 40))).toBe('CORRUPT_MESSAGE');
    expect(await refusal(topic, oldFormat)).toBe('UNSUPPORTED_FOR_MESSAGE_FORMAT');
    expect(await refusal(topic, Buffer.concat([good(), good()]))).toBe('INVALID_RECORD');
    expect(await refusal(topic, null)).toBe('INVALID_RECORD');
    expect(await refusal(topic, new Uint8Array(0))).toBe('INVALID_RECORD');
    expect(await refusal(topic, encodeRecordBatch([{ value: 'x'.repeat(400) }]))).toBe('MESSAGE_TOO_LARGE');
    expect(await refusal(topic, encodeRecordBatch(one, { isControl: true }))).toBe('INVALID_RECORD');
    const late = { timestamp: Date.now() + 2 * 3_600_000 };
    expect(await refusal(topic, encodeRecordBatch(one, late))).toBe('INVALID_TIMESTAMP');
    expect(await valuesFrom(test.client, topic)).toEqual([]);
    expect(await refusal(topic, good())).toBe('NONE');
  });

  it('keeps the checksum of the producer and stamps offset and leader epoch beside it', async () => {
    const topic = fresh('crc');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['before']);
    const sent = encodeRecordBatch(one, { timestamp: 1 });
    const crc = batchCrc(sent);
    await produceBytes(test.client, { topic }, sent);
    const { records } = await fetchFrom(test.client, { topic, offset: 1 });
    const stored = given(records);
    expect(batchCrc(stored)).toBe(crc);
    expect(recordsIn(stored)).toEqual([{ offset: 1, key: null, value: 'one', timestamp: 1 }]);
    expect(Buffer.from(stored).readInt32BE(12)).toBe(0);
  });

  it('LogAppendTime stamps the time of the append, tells it, and the checksum is right', async () => {
    const topic = fresh('stamped');
    await createTopic(test.client, topic, 1, { 'message.timestamp.type': 'LogAppendTime' });
    const before = Date.now();
    const { errorCode, logAppendTimeMs } = await produce(test.client, { topic }, [{ value: 'a', timestamp: 5 }]);
    expect(errorCode).toBe(0);
    expect(logAppendTimeMs).toBeGreaterThanOrEqual(before);
    expect(logAppendTimeMs).toBeLessThanOrEqual(Date.now());
    const { records } = await fetchFrom(test.client, { topic, offset: 0 });
    expect(recordsIn(records)).toEqual([{ offset: 0, key: null, value: 'a', timestamp: logAppendTimeMs }]);
  });

  it.each(['none', 'gzip', 'zstd'] as const)('a compacted topic wants keys (%s)', async (type) => {
    const topic = fresh('compacted');
    await createTopic(test.client, topic, 1, { 'cleanup.policy': 'compact' });
    const options: RecordBatchOptions = type === 'none' ? {} : { codec: await createCompression().load(type) };
    expect(await refusal(topic, encodeRecordBatch([{ key: 'k', value: 'v' }, { value: 'v' }], options))).toBe(
      'INVALID_RECORD',
    );
    expect(await refusal(topic, encodeRecordBatch([{ key: 'k', value: null }], options))).toBe('NONE');
  });

  it.each(servedVersions(apis.produce))('v%i takes what its version may carry: zstd only from v7', async (version) => {
    const topic = fresh('codecs');
    await createTopic(test.client, topic);
    const compression = createCompression();
    for (const type of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const records = encodeRecordBatch(one, { codec: await compression.load(type) });
      const expected = type === 'zstd' && version < 7 ? 'UNSUPPORTED_COMPRESSION_TYPE' : 'NONE';
      expect(await refusal(topic, records, version), type).toBe(expected);
    }
  });

  it('an unknown codec is told so', async () => {
    const topic = fresh('codecs');
    await createTopic(test.client, topic);
    const unknown = Buffer.from(
      encodeRecordBatch(one, { codec: { type: 'zstd', compress: (bytes) => bytes, decompress: (bytes) => bytes } }),
    );
    unknown[22] = 5;
    unknown.writeUInt32BE(crc32c(unknown.subarray(21)), 17);
    expect(await refusal(topic, unknown)).toBe('UNSUPPORTED_COMPRESSION_TYPE');
  });

  it('neither a transactional id nor a transactional batch is taken, and clients understand why', async () => {
    const topic = fresh('transactions');
    await createTopic(test.client, topic);
    const records = encodeRecordBatch(one, { isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 });
    for (const version of servedVersions(apis.produce)) {
      const { responses } = await test.client.call(apis.produce, version, {
        transactionalId: 'mine',
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: topic, partitionData: [{ index: 0, records: Buffer.from(records) }] }],
      });
      const { errorCode } = given(responses[0]?.partitionResponses[0]);
      expect(errorName(errorCode)).toBe('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    }
    expect(await refusal(topic, records)).toBe('INVALID_RECORD');
    expect(await valuesFrom(test.client, topic)).toEqual([]);
  });

  it("the broker's own topic is not written by clients", async () => {
    await test.client.call(apis.findCoordinator, 2, { key: 'some group' });
    expect(await refusal('__consumer_offsets', encodeRecordBatch([{ key: 'k', value: 'v' }]))).toBe(
      'INVALID_TOPIC_EXCEPTION',
    );
  });
});

describe('idempotent Produce', () => {
  const producer = async (): Promise<number> => (await test.client.call(apis.initProducerId, 4, initBody)).producerId;
  const initBody = { transactionalId: null, transactionTimeoutMs: 1000 };

  it('repeats the first answer for each of the last five batches, and stores nothing twice', async () => {
    const topic = fresh('duplicates');
    await createTopic(test.client, topic);
    const producerId = await producer();
    const send = (sequence: number): Promise<{ errorCode: number; baseOffset: number }> =>
      produce(test.client, { topic }, [{ value: `${sequence}` }, { value: `${sequence + 1}` }], {
        producerId,
        producerEpoch: 0,
        baseSequence: sequence,
      });
    for (let sequence = 0; sequence < 12; sequence += 2) {
      expect(await send(sequence)).toMatchObject({ errorCode: 0, baseOffset: sequence });
    }
    for (let sequence = 2; sequence < 12; sequence += 2) {
      expect(await send(sequence)).toMatchObject({ errorCode: 0, baseOffset: sequence });
    }
    expect(errorName((await send(0)).errorCode)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(await valuesFrom(test.client, topic)).toEqual(Array.from({ length: 12 }, (_, index) => `${index}`));
  });

  it('refuses a gap and an old epoch; a new epoch begins at 0', async () => {
    const topic = fresh('sequences');
    await createTopic(test.client, topic);
    const producerId = await producer();
    const send = async (producerEpoch: number, baseSequence: number): Promise<string> =>
      errorName((await produce(test.client, { topic }, one, { producerId, producerEpoch, baseSequence })).errorCode);
    expect(await send(0, 0)).toBe('NONE');
    expect(await send(0, 2)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(await send(0, 1)).toBe('NONE');
    expect(await send(1, 2)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
    expect(await send(1, 0)).toBe('NONE');
    expect(await send(0, 2)).toBe('INVALID_PRODUCER_EPOCH');
    expect(await send(1, 1)).toBe('NONE');
  });

  it('a duplicate on a topic of LogAppendTime carries the time of the first append', async () => {
    const topic = fresh('duplicates');
    await createTopic(test.client, topic, 1, { 'message.timestamp.type': 'LogAppendTime' });
    const producerId = await producer();
    const send = () => produce(test.client, { topic }, one, { producerId, producerEpoch: 0, baseSequence: 0 });
    const first = await send();
    expect(first.logAppendTimeMs).toBeGreaterThan(0);
    expect(await send()).toEqual(first);
  });

  it('two producers on one partition do not disturb each other, nor one producer on two', async () => {
    const topic = fresh('producers');
    await createTopic(test.client, topic, 2);
    const [left, right] = [await producer(), await producer()];
    expect(left).not.toBe(right);
    for (const baseSequence of [0, 1, 2]) {
      for (const producerId of [left, right]) {
        for (const partition of [0, 1]) {
          const { errorCode } = await produce(test.client, { topic, partition }, one, {
            producerId,
            producerEpoch: 0,
            baseSequence,
          });
          expect(errorCode).toBe(0);
        }
      }
    }
  });
});
