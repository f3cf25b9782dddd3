import { apis, encodeRecordBatch, encodeRequest } from '@streambus/kafka';
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
  produceValues,
  useBroker,
  valuesFrom,
} from './test-broker.ts';

const test = useBroker();

describe('a connection', () => {
  it('answers what is sent in one piece, of many kinds, in the order of its requests', async () => {
    const topic = fresh('piped');
    await createTopic(test.client, topic);
    const client = await test.connect();
    const header = (correlationId: number) => ({ correlationId, clientId: null });
    const records = (value: string): Uint8Array => encodeRecordBatch([{ value }], { timestamp: 1 });
    const produceBody = (value: string) => ({
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: records(value) }] }],
    });
    const fetchBody = {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
      forgottenTopicsData: [],
    };
    const sent: Uint8Array[] = [];
    for (let id = 1000; id < 1040; id += 4) {
      sent.push(...encodeRequest(apis.produce, 9, header(id), produceBody(`${id}`)));
      sent.push(...encodeRequest(apis.produce, 3, header(id + 1), produceBody(`${id + 1}`)));
      sent.push(...encodeRequest(apis.metadata, 9, header(id + 2), { topics: [] }));
      sent.push(...encodeRequest(apis.fetch, 12, header(id + 3), fetchBody));
    }
    client.write(Buffer.concat(sent));
    for (let id = 1000; id < 1040; id++) {
      expect(Buffer.from(await client.nextFrame()).readInt32BE(0)).toBe(id);
    }
    expect(await valuesFrom(client, topic)).toHaveLength(20);
  });

  it('takes a request byte by byte', async () => {
    const client = await test.connect();
    const bytes = Buffer.concat(
      encodeRequest(apis.metadata, 12, { correlationId: 77_000, clientId: 'ä' }, { topics: null }),
    );
    for (const byte of bytes) {
      client.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.from(await client.nextFrame()).readInt32BE(0)).toBe(77_000);
  });

  it('that waits for records answers what comes behind the wait soon', async () => {
    const topic = fresh('hurried');
    await createTopic(test.client, topic);
    const client = await test.connect();
    const poll = fetchFrom(client, { topic, offset: 0, maxWaitMs: 600_000 });
    expect((await client.call(apis.metadata, 9, { topics: [] })).brokers).toHaveLength(1);
    expect((await poll).errorCode).toBe(0);
  });

  it.each([
    ['a length below zero', Buffer.from([255, 255, 255, 255])],
    ['a length beyond the limit', Buffer.from([127, 255, 255, 255])],
    ['a frame of one byte', Buffer.from([0, 0, 0, 1, 0])],
    ['a key of nobody', Buffer.from([0, 0, 0, 10, 3, 231, 0, 0, 0, 0, 0, 1, 255, 255])],
  ])('with %s is ended; the broker goes on', async (_, bytes) => {
    const client = await test.connect();
    client.write(bytes);
    await client.ended;
    expect((await test.client.call(apis.metadata, 9, { topics: [] })).brokers).toHaveLength(1);
  });
});

describe('a fresh broker', () => {
  it('has no groups, and says so without an error', async () => {
    await using broker = await startBroker();
    await using client = await connectClient(broker.bootstrap);
    expect(await client.call(apis.listGroups, 4, { statesFilter: [] })).toMatchObject({ errorCode: 0, groups: [] });
    const fetched = await client.call(apis.offsetFetch, 8, { groups: [{ groupId: 'nobody', topics: null }] });
    expect(errorName(given(fetched.groups[0]).errorCode)).toBe('NOT_COORDINATOR');
    expect((await client.call(apis.metadata, 9, { topics: null })).topics).toEqual([]);
  });

  it('does not take records for more replicas than there are', async () => {
    const topic = fresh('replicas');
    await createTopic(test.client, topic, 1, { 'min.insync.replicas': '2' });
    const { errorCode } = await produce(test.client, { topic, acks: -1 }, [{ value: 'x' }]);
    expect(errorName(errorCode)).toBe('NOT_ENOUGH_REPLICAS');
    expect((await produce(test.client, { topic, acks: 1 }, [{ value: 'x' }])).errorCode).toBe(0);
  });

  it('tells whoever writes to a topic while it is deleted that there is no such leader or topic, and nothing else', async () => {
    const allowed = ['NONE', 'UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_OR_FOLLOWER'];
    await using broker = await startBroker({ storage: 'temp' });
    await using client = await connectClient(broker.bootstrap);
    await using other = await connectClient(broker.bootstrap);
    for (let round = 0; round < 5; round++) {
      await createTopic(client, 'going');
      await produceValues(client, 'going', ['x']);
      const produced = Array.from({ length: 20 }, () => produce(client, { topic: 'going' }, [{ value: 'y' }]));
      await other.call(apis.deleteTopics, 4, { topics: [], topicNames: ['going'], timeoutMs: 5000 });
      for (const { errorCode } of await Promise.all(produced)) expect(allowed).toContain(errorName(errorCode));
    }
  });
});
