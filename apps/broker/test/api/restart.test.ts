import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apis, encodeRecordBatch } from '@streambus/kafka';
import { startBroker } from 'streambus';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { connectClient, type ProtocolClient } from './protocol-client.ts';
import {
  createTopic,
  errorName,
  fetchFrom,
  given,
  produce,
  produceBytes,
  produceValues,
  valuesFrom,
  zeroId,
} from './test-broker.ts';

// Each test starts brokers on real files, some of them in processes of their own: a busy machine takes its time.
vi.setConfig({ testTimeout: 40_000 });

const root = mkdtempSync(join(tmpdir(), 'streambus-restart-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One life of a broker on a folder. */
async function live<T>(
  dir: string,
  work: (client: ProtocolClient) => Promise<T>,
  config: Record<string, unknown> = {},
): Promise<T> {
  await using broker = await startBroker({
    storage: { dir: join(root, dir) },
    config: { offsetsTopicNumPartitions: 3, ...config },
  });
  await using client = await connectClient(broker.bootstrap);
  return await work(client);
}

const producerBody = { transactionalId: null, transactionTimeoutMs: 1000 };

async function settingOf(
  client: ProtocolClient,
  resourceType: number,
  resourceName: string,
  key: string,
): Promise<string | null> {
  const resources = [{ resourceType, resourceName, configurationKeys: [key] }];
  const { results } = await client.call(apis.describeConfigs, 4, { resources });
  return given(results[0]?.configs[0]).value;
}

describe('a broker that is closed and started again on its folder', () => {
  it('has its cluster id, its topics with their ids, partitions and settings, and its own settings', async () => {
    const before = await live('topics', async (client) => {
      const topicId = await createTopic(client, 'kept', 3, { 'retention.ms': '777' });
      await createTopic(client, 'dropped');
      await client.call(apis.deleteTopics, 4, { topics: [], topicNames: ['dropped'], timeoutMs: 5000 });
      const configs = [{ name: 'message.max.bytes', configOperation: 0, value: '2000' }];
      const resources = [{ resourceType: 4, resourceName: '', configs }];
      await client.call(apis.incrementalAlterConfigs, 1, { resources, validateOnly: false });
      const { clusterId } = await client.call(apis.metadata, 12, { topics: [] });
      return { topicId, clusterId };
    });
    await live('topics', async (client) => {
      const { topics, clusterId } = await client.call(apis.metadata, 12, { topics: null });
      expect(clusterId).toBe(before.clusterId);
      expect(topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length])).toEqual([
        ['kept', before.topicId, 3],
      ]);
      expect(await settingOf(client, 2, 'kept', 'retention.ms')).toBe('777');
      expect(await settingOf(client, 2, 'kept', 'max.message.bytes')).toBe('2000');
      const { errorCode } = await produce(client, { topic: 'kept' }, [{ value: 'x'.repeat(3000) }]);
      expect(errorName(errorCode)).toBe('MESSAGE_TOO_LARGE');
    });
  });

  it('has every record at its offset, where the log was cut too, and goes on behind them', async () => {
    await live('records', async (client) => {
      await createTopic(client, 'log');
      for (const value of ['a', 'b', 'c', 'd']) await produceValues(client, 'log', [value]);
      const topics = [{ name: 'log', partitions: [{ partitionIndex: 0, offset: 2 }] }];
      await client.call(apis.deleteRecords, 2, { topics, timeoutMs: 5000 });
    });
    for (const [round, offset] of [
      [1, 4],
      [2, 5],
    ] as const) {
      await live('records', async (client) => {
        const found = await fetchFrom(client, { topic: 'log', offset: 2 });
        expect(found).toMatchObject({ errorCode: 0, logStartOffset: 2, highWatermark: offset });
        expect(await produceValues(client, 'log', [`again ${round}`])).toBe(offset);
      });
    }
    await live('records', async (client) => {
      expect(await valuesFrom(client, 'log', 2)).toEqual(['c', 'd', 'again 1', 'again 2']);
      expect(errorName((await fetchFrom(client, { topic: 'log', offset: 1 })).errorCode)).toBe('OFFSET_OUT_OF_RANGE');
    });
  });

  it('knows its idempotent producers: duplicates, gaps, and ids that were given out', async () => {
    const batch = (producerId: number, baseSequence: number): Uint8Array =>
      encodeRecordBatch([{ value: `${baseSequence}` }], { timestamp: 1, producerId, producerEpoch: 0, baseSequence });
    const first = await live('producers', async (client) => {
      await createTopic(client, 'log');
      const { producerId } = await client.call(apis.initProducerId, 4, producerBody);
      for (const sequence of [0, 1, 2]) await produceBytes(client, { topic: 'log' }, batch(producerId, sequence));
      return producerId;
    });
    await live('producers', async (client) => {
      const { producerId } = await client.call(apis.initProducerId, 4, producerBody);
      expect(producerId).not.toBe(first);
      const send = (sequence: number) => produceBytes(client, { topic: 'log' }, batch(first, sequence));
      expect(await send(1)).toMatchObject({ errorCode: 0, baseOffset: 1 });
      expect(errorName((await send(4)).errorCode)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER');
      expect(await send(3)).toMatchObject({ errorCode: 0, baseOffset: 3 });
      expect(await valuesFrom(client, 'log')).toEqual(['0', '1', '2', '3']);
      const described = await client.call(apis.describeProducers, 0, {
        topics: [{ name: 'log', partitionIndexes: [0] }],
      });
      expect(described.topics[0]?.partitions[0]?.activeProducers).toMatchObject([
        { producerId: first, lastSequence: 3 },
      ]);
    });
  });

  it('has what groups committed, also when the number of parts for new clusters was changed', async () => {
    const groups = ['readers', 'writers', 'third', 'fourth', 'fifth'];
    const commitTo = (client: ProtocolClient, groupId: string, committedOffset: number) =>
      client.call(apis.offsetCommit, 8, {
        groupId,
        memberId: '',
        topics: [
          { name: 'log', partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: `of ${groupId}` }] },
        ],
      });
    await live('groups', async (client) => {
      await createTopic(client, 'log');
      for (const [index, groupId] of groups.entries()) {
        await client.call(apis.findCoordinator, 2, { key: groupId });
        const { topics } = await commitTo(client, groupId, index + 10);
        expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
      }
    });
    for (const offsetsTopicNumPartitions of [3, 1, 7]) {
      const config = { offsetsTopicNumPartitions };
      await live(
        'groups',
        async (client) => {
          // Nobody has asked for a coordinator yet: who goes on where it stopped must not have to.
          const { groups: fetched } = await client.call(apis.offsetFetch, 8, {
            groups: groups.map((groupId) => ({ groupId, topics: null })),
          });
          expect(
            fetched.map(({ errorCode, topics }) => [errorCode, topics[0]?.partitions[0]?.committedOffset]),
          ).toEqual(groups.map((_, index) => [0, index + 10]));
          expect(fetched[1]?.topics[0]?.partitions[0]?.metadata).toBe('of writers');
          const listed = await client.call(apis.listGroups, 4, { statesFilter: [] });
          expect(listed.groups.map(({ groupId }) => groupId).sort()).toEqual([...groups].sort());
        },
        config,
      );
    }
  });

  it('has the members of a group, whose heartbeats go on', async () => {
    const joined = await live('members', async (client) => {
      await client.call(apis.findCoordinator, 2, { key: 'team' });
      const member = await client.call(apis.joinGroup, 5, {
        groupId: 'team',
        sessionTimeoutMs: 60_000,
        rebalanceTimeoutMs: 60_000,
        memberId: '',
        groupInstanceId: 'seat',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.from('meta') }],
      });
      const { memberId, generationId } = member;
      const assignments = [{ memberId, assignment: Buffer.from('part') }];
      await client.call(apis.syncGroup, 3, { groupId: 'team', memberId, generationId, assignments });
      return { memberId, generationId };
    });
    await live('members', async (client) => {
      const { errorCode } = await client.call(apis.heartbeat, 3, { groupId: 'team', ...joined });
      expect(errorName(errorCode)).toBe('NONE');
      const { groups } = await client.call(apis.describeGroups, 4, { groups: ['team'] });
      expect(groups).toMatchObject([
        { groupState: 'Stable', members: [{ memberId: joined.memberId, groupInstanceId: 'seat' }] },
      ]);
      expect(Buffer.from(given(groups[0]?.members[0]).memberAssignment).toString()).toBe('part');
    });
  });

  it('does not cut off a consumer that came to the end in an epoch in which nothing was written', async () => {
    const epochOf = async (client: ProtocolClient): Promise<number> => {
      const { topics } = await client.call(apis.metadata, 12, { topics: [{ name: 'log', topicId: zeroId }] });
      return given(topics[0]?.partitions[0]).leaderEpoch;
    };
    const endOf = async (client: ProtocolClient, leaderEpoch: number): Promise<number> => {
      const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }];
      const { topics } = await client.call(apis.offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [{ topic: 'log', partitions }],
      });
      return given(topics[0]?.partitions[0]).endOffset;
    };
    const seen: number[] = [];
    await live('epochs', async (client) => {
      await createTopic(client, 'log');
      await produceValues(client, 'log', ['a', 'b']);
      seen.push(await epochOf(client));
    });
    for (let life = 0; life < 3; life++) {
      await live('epochs', async (client) => {
        seen.push(await epochOf(client));
        for (const epoch of seen) expect(await endOf(client, epoch)).toBe(2);
        const partitions = [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: given(seen.at(-1)) }];
        const listed = await client.call(apis.listOffsets, 7, {
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ name: 'log', partitions }],
        });
        const { errorCode, offset, leaderEpoch } = given(listed.topics[0]?.partitions[0]);
        expect([errorCode, offset]).toEqual([0, 2]);
        expect(await endOf(client, leaderEpoch)).toBe(2);
        for (const [currentLeaderEpoch, expected] of [
          [given(seen.at(-1)), 'NONE'],
          [given(seen.at(-2)), 'FENCED_LEADER_EPOCH'],
          [given(seen.at(-1)) + 1, 'UNKNOWN_LEADER_EPOCH'],
        ] as const) {
          const found = await fetchFrom(client, { topic: 'log', offset: 0, currentLeaderEpoch });
          expect(errorName(found.errorCode)).toBe(expected);
        }
      });
    }
    expect(seen).toEqual([...new Set(seen)].sort((one, other) => one - other));
  });

  it('refuses a folder of another node or cluster, naming both', async () => {
    await live('identity', async () => {});
    await expect(live('identity', async () => {}, { nodeId: 2 })).rejects.toThrow(/node\.id 1.*not 2/);
    await expect(live('identity', async () => {}, { clusterId: 'other' })).rejects.toThrow(/cluster\.id .*not other/);
    await live('identity', async () => {});
  });
});
