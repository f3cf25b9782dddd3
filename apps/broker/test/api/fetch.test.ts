import { apis, batchRecordCount, createCompression, encodeRecordBatch, nextBatch } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { type ProtocolClient, servedVersions } from './protocol-client.ts';
import {
  createTopic,
  errorName,
  type FetchedPartition,
  fetchFrom,
  fresh,
  given,
  produce,
  produceBytes,
  produceValues,
  recordsIn,
  useBroker,
  zeroId,
} from './test-broker.ts';

const test = useBroker();

interface Asked {
  readonly topic: string;
  readonly topicId?: string;
  readonly partitions: readonly {
    partition: number;
    fetchOffset?: number;
    partitionMaxBytes?: number;
    currentLeaderEpoch?: number;
  }[];
}

/** One Fetch over several topics, as its answer is. */
async function fetchAll(
  client: ProtocolClient,
  version: number,
  asked: readonly Asked[],
  options: { readonly maxWaitMs?: number; readonly minBytes?: number; readonly maxBytes?: number } = {},
) {
  return client.call(apis.fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1 << 20,
    ...options,
    topics: asked.map(({ topic, topicId = zeroId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map((one) => ({ fetchOffset: 0, partitionMaxBytes: 1 << 20, ...one })),
    })),
    forgottenTopicsData: [],
  });
}

function batchesIn(bytes: Uint8Array | null): number[] {
  const counts: number[] = [];
  const all = bytes ?? new Uint8Array(0);
  for (let at = 0; at < all.length; at = nextBatch(all, at)) counts.push(batchRecordCount(all, at));
  return counts;
}

const sizeOf = ({ records }: FetchedPartition): number => records?.length ?? 0;

describe('Fetch', () => {
  it.each(servedVersions(apis.fetch))('v%i reads batches, by name up to 12 and by id from 13', async (version) => {
    const topic = fresh('read');
    const topicId = await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['a', 'b']);
    await produceValues(test.client, topic, ['c']);
    const answer = await fetchAll(test.client, version, [{ topic, topicId, partitions: [{ partition: 0 }] }]);
    expect(answer).toMatchObject({ errorCode: 0, sessionId: 0, throttleTimeMs: 0 });
    const [found] = answer.responses;
    expect(found).toMatchObject(version >= 13 ? { topicId } : { topic });
    const partition = given(found?.partitions[0]);
    expect(partition).toMatchObject({
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 3,
      lastStableOffset: 3,
      logStartOffset: version >= 5 ? 0 : -1,
      preferredReadReplica: -1,
    });
    expect(recordsIn(partition.records).map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
  });

  it('an offset in the middle of a batch returns the whole batch', async () => {
    const topic = fresh('middle');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['a', 'b', 'c']);
    await produceValues(test.client, topic, ['d']);
    for (const offset of [1, 2]) {
      const { records } = await fetchFrom(test.client, { topic, offset });
      expect(recordsIn(records).map((record) => record.offset)).toEqual([0, 1, 2, 3]);
    }
    expect(recordsIn((await fetchFrom(test.client, { topic, offset: 3 })).records)).toMatchObject([{ offset: 3 }]);
  });

  it('at least one batch even where it is larger than every limit', async () => {
    const topic = fresh('large');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['x'.repeat(5000)]);
    await produceValues(test.client, topic, ['y'.repeat(5000)]);
    for (const limits of [{ partitionMaxBytes: 1 }, { maxBytes: 1 }, { maxBytes: 0, partitionMaxBytes: 0 }]) {
      for (const version of [4, 12]) {
        const { records } = await fetchFrom(test.client, { topic, offset: 0, version, ...limits });
        expect(batchesIn(records)).toEqual([1]);
      }
    }
  });

  it('holds the limits of a partition and of the whole answer, in whole batches', async () => {
    const topic = fresh('limits');
    await createTopic(test.client, topic, 3);
    for (const partition of [0, 1, 2]) {
      for (let batch = 0; batch < 4; batch++)
        await produce(test.client, { topic, partition }, [{ value: 'x'.repeat(930) }]);
    }
    const sizes = async (partitionMaxBytes: number, maxBytes: number): Promise<number[]> => {
      const partitions = [0, 1, 2].map((partition) => ({ partition, partitionMaxBytes }));
      const { responses } = await fetchAll(test.client, 12, [{ topic, partitions }], { maxBytes });
      return given(responses[0]).partitions.map(({ records }) => batchesIn(records).length);
    };
    expect(await sizes(2100, 1 << 20)).toEqual([2, 2, 2]);
    expect(await sizes(1 << 20, 5100)).toEqual([4, 1, 0]);
    // Only the first with something to say may exceed its limit.
    expect(await sizes(10, 1 << 20)).toEqual([1, 0, 0]);
    expect(await sizes(1 << 20, 1 << 20)).toEqual([4, 4, 4]);
  });

  it('out of range: the error carries where the log starts', async () => {
    const topic = fresh('range');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['a']);
    await produceValues(test.client, topic, ['b']);
    const partitions = [{ partitionIndex: 0, offset: 1 }];
    await test.client.call(apis.deleteRecords, 2, { topics: [{ name: topic, partitions }], timeoutMs: 1000 });
    for (const version of servedVersions(apis.fetch, 5, 12)) {
      for (const offset of [0, 3, -1]) {
        const found = await fetchFrom(test.client, { topic, offset, version, maxWaitMs: 60_000 });
        expect(errorName(found.errorCode)).toBe('OFFSET_OUT_OF_RANGE');
        expect(found).toMatchObject({ logStartOffset: 1, highWatermark: 2 });
        expect(sizeOf(found)).toBe(0);
      }
      expect((await fetchFrom(test.client, { topic, offset: 2, version })).errorCode).toBe(0);
    }
  });

  it('unknown topics, partitions and ids are told at once, beside what can be read', async () => {
    const topic = fresh('some');
    const topicId = await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['a']);
    const byName = await fetchAll(
      test.client,
      12,
      [
        { topic: 'nowhere', partitions: [{ partition: 0 }] },
        { topic, partitions: [{ partition: 9 }, { partition: 0 }, { partition: -1 }] },
      ],
      { maxWaitMs: 60_000, minBytes: 1 << 20 },
    );
    const told = byName.responses.map(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode)));
    const unknown = 'UNKNOWN_TOPIC_OR_PARTITION';
    expect(told).toEqual([[unknown], [unknown, 'NONE', unknown]]);
    expect(recordsIn(given(byName.responses[1]?.partitions[1]).records)).toHaveLength(1);
    for (const version of servedVersions(apis.fetch, 13)) {
      const byId = await fetchAll(
        test.client,
        version,
        [
          { topic: '', topicId: '11111111-1111-4111-8111-111111111111', partitions: [{ partition: 0 }] },
          { topic: '', topicId, partitions: [{ partition: 0 }] },
        ],
        { maxWaitMs: 60_000, minBytes: 1 << 20 },
      );
      const [missing, found] = byId.responses.map(({ partitions }) => given(partitions[0]));
      expect(errorName(given(missing).errorCode)).toBe('UNKNOWN_TOPIC_ID');
      expect(recordsIn(given(found).records)).toHaveLength(1);
    }
  });

  it('an empty partition is empty bytes, not null', async () => {
    const topic = fresh('empty');
    await createTopic(test.client, topic);
    for (const version of servedVersions(apis.fetch, 4, 12)) {
      const found = await fetchFrom(test.client, { topic, offset: 0, version });
      expect(found).toMatchObject({ errorCode: 0, highWatermark: 0 });
      expect(found.records).toHaveLength(0);
    }
  });

  it('a leader epoch that is old, or not yet known, is told from v9 on', async () => {
    const topic = fresh('epochs');
    await createTopic(test.client, topic);
    for (const version of servedVersions(apis.fetch, 9, 12)) {
      const ask = async (currentLeaderEpoch: number): Promise<string> =>
        errorName((await fetchFrom(test.client, { topic, offset: 0, version, currentLeaderEpoch })).errorCode);
      expect(await ask(0)).toBe('NONE');
      expect(await ask(-1)).toBe('NONE');
      expect(await ask(5)).toBe('UNKNOWN_LEADER_EPOCH');
    }
  });

  it('zstd is not given to a client that cannot read it', async () => {
    const topic = fresh('zstd');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['plain']);
    const codec = await createCompression().load('zstd');
    await produceBytes(test.client, { topic }, encodeRecordBatch([{ value: 'packed' }], { codec }));
    for (const version of servedVersions(apis.fetch, 4, 12)) {
      const { errorCode, records } = await fetchFrom(test.client, { topic, offset: 0, version });
      expect(errorName(errorCode)).toBe(version < 10 ? 'UNSUPPORTED_COMPRESSION_TYPE' : 'NONE');
      expect(batchesIn(records)).toEqual(version < 10 ? [] : [1, 1]);
    }
  });
});

describe('Fetch: sessions', () => {
  const ask = (topic: string, sessionId: number, sessionEpoch: number) =>
    test.client.call(apis.fetch, 12, {
      maxWaitMs: 0,
      minBytes: 0,
      sessionId,
      sessionEpoch,
      topics: topic === '' ? [] : [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      forgottenTopicsData: [],
    });

  it('who asks for one gets everything that was asked for, and session 0: there is none', async () => {
    const topic = fresh('session');
    await createTopic(test.client, topic);
    await produceValues(test.client, topic, ['a']);
    for (const epoch of [0, -1]) {
      const { errorCode, sessionId, responses } = await ask(topic, 0, epoch);
      expect({ errorCode, sessionId }).toEqual({ errorCode: 0, sessionId: 0 });
      expect(recordsIn(given(responses[0]?.partitions[0]).records)).toHaveLength(1);
    }
  });

  it('who goes on with one that is not there is told so, in place of nothing new', async () => {
    for (const [id, epoch] of [
      [42, 1],
      [0, 1],
    ] as const) {
      const { errorCode, responses } = await ask('', id, epoch);
      expect(errorName(errorCode)).toBe('FETCH_SESSION_ID_NOT_FOUND');
      expect(responses).toEqual([]);
    }
  });
});

describe('Fetch: waiting', () => {
  it('wakes when a record comes', async () => {
    const topic = fresh('wakes');
    const topicId = await createTopic(test.client, topic);
    const reader = await test.connect();
    for (const version of [4, 12, 13, 17]) {
      const { highWatermark: offset } = await fetchFrom(test.client, { topic, offset: 0 });
      const asked = [{ topic, topicId, partitions: [{ partition: 0, fetchOffset: offset }] }];
      const waiting = fetchAll(reader, version, asked, { maxWaitMs: 60_000 });
      await produceValues(test.client, topic, ['news']);
      const { responses } = await waiting;
      expect(recordsIn(given(responses[0]?.partitions[0]).records)).toMatchObject([{ offset, value: 'news' }]);
    }
  });

  it('ends empty when its time is over', async () => {
    const topic = fresh('waits');
    await createTopic(test.client, topic);
    const started = performance.now();
    const found = await fetchFrom(test.client, { topic, offset: 0, maxWaitMs: 60 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
    expect(found).toMatchObject({ errorCode: 0, highWatermark: 0 });
    expect(sizeOf(found)).toBe(0);
  });

  it('waits for min bytes over all partitions', async () => {
    const topic = fresh('bytes');
    await createTopic(test.client, topic, 2);
    const reader = await test.connect();
    const asked = [{ topic, partitions: [{ partition: 0 }, { partition: 1 }] }];
    const waiting = fetchAll(reader, 12, asked, { maxWaitMs: 60_000, minBytes: 1500 });
    let isOver = false;
    void waiting.then(() => {
      isOver = true;
    });
    const part = 'x'.repeat(900);
    await produce(test.client, { topic, partition: 0 }, [{ value: part }]);
    // An answer of the same connection order: the broker has seen the first record and chosen to wait on.
    await fetchFrom(test.client, { topic, offset: 0 });
    expect(isOver).toBe(false);
    await produce(test.client, { topic, partition: 1 }, [{ value: part }]);
    const { responses } = await waiting;
    expect(given(responses[0]).partitions.map(({ records }) => recordsIn(records).length)).toEqual([1, 1]);
  });

  it('min bytes of 0, or nothing to ask for, does not wait', async () => {
    const topic = fresh('at-once');
    await createTopic(test.client, topic);
    const found = await fetchFrom(test.client, { topic, offset: 0, minBytes: 0, maxWaitMs: 60_000 });
    expect(found.errorCode).toBe(0);
    expect((await fetchAll(test.client, 12, [], { maxWaitMs: 60_000 })).responses).toEqual([]);
  });

  it.each([12, 13, 17])(
    'v%i: a topic that is deleted ends the wait; one of the same name is another',
    async (version) => {
      const topic = fresh('deleted');
      const topicId = await createTopic(test.client, topic);
      const reader = await test.connect();
      const asked = [{ topic, topicId, partitions: [{ partition: 0 }] }];
      const waiting = fetchAll(reader, version, asked, { maxWaitMs: 60_000 });
      // The fetch was read before: an answer of another kind on its connection would hurry it.
      await test.client.call(apis.metadata, 9, { topics: [] });
      await test.client.call(apis.deleteTopics, 6, { topics: [{ name: topic }], topicNames: [], timeoutMs: 5000 });
      const { responses } = await waiting;
      const error = errorName(given(responses[0]?.partitions[0]).errorCode);
      expect(error).toBe(version < 13 ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'UNKNOWN_TOPIC_ID');
      await createTopic(test.client, topic);
      await produceValues(test.client, topic, ['of another']);
      const again = await fetchAll(test.client, version, asked);
      const told = errorName(given(again.responses[0]?.partitions[0]).errorCode);
      expect(told).toBe(version < 13 ? 'NONE' : 'UNKNOWN_TOPIC_ID');
    },
  );

  it('a client that goes away while it waits leaves nothing behind', async () => {
    const topic = fresh('gone');
    await createTopic(test.client, topic);
    const reader = await test.connect();
    const waiting = fetchAll(reader, 12, [{ topic, partitions: [{ partition: 0 }] }], { maxWaitMs: 60_000 });
    await fetchFrom(test.client, { topic, offset: 0 });
    await reader[Symbol.asyncDispose]();
    await expect(waiting).rejects.toThrow('ended');
    expect(await produceValues(test.client, topic, ['x'])).toBe(0);
  });
});
