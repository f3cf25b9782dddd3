import { apis } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { servedVersions } from './protocol-client.ts';
import { createTopic, errorName, fresh, given, useBroker } from './test-broker.ts';

const test = useBroker({ config: { offsetMetadataMaxBytes: 20 } });

async function place(): Promise<{ groupId: string; topic: string }> {
  const [groupId, topic] = [fresh('group'), fresh('topic')];
  await test.client.call(apis.findCoordinator, 2, { key: groupId });
  await createTopic(test.client, topic, 2);
  return { groupId, topic };
}

interface Committing {
  readonly groupId: string;
  readonly topic: string;
  readonly version?: number;
  readonly partitions?: readonly { index: number; offset: number; metadata?: string | null; leaderEpoch?: number }[];
  readonly generationIdOrMemberEpoch?: number;
  readonly memberId?: string;
}

async function commit({
  groupId,
  topic,
  version = 9,
  partitions = [{ index: 0, offset: 5 }],
  ...member
}: Committing): Promise<string[]> {
  const { topics } = await test.client.call(apis.offsetCommit, version, {
    groupId,
    memberId: '',
    ...member,
    topics: [
      {
        name: topic,
        partitions: partitions.map(({ index, offset, metadata = null, leaderEpoch = -1 }) => ({
          partitionIndex: index,
          committedOffset: offset,
          committedMetadata: metadata,
          committedLeaderEpoch: leaderEpoch,
        })),
      },
    ],
  });
  expect(given(topics[0]).name).toBe(topic);
  return given(topics[0]).partitions.map(({ errorCode }) => errorName(errorCode));
}

type Asked = { name: string; partitionIndexes: number[] }[] | null;

/** What a version of OffsetFetch finds for one group, in one form for all versions. */
async function fetchOffsets(version: number, groupId: string, topics: Asked) {
  const body = version >= 8 ? { groups: [{ groupId, topics }] } : { groupId, topics };
  const answer = await test.client.call(apis.offsetFetch, version, { groups: [], topics: [], groupId: '', ...body });
  return version >= 8 ? given(answer.groups[0]) : answer;
}

describe('OffsetCommit and OffsetFetch', () => {
  it.each(servedVersions(apis.offsetCommit))(
    'v%i: offset, leader epoch and metadata come back as they were committed',
    async (version) => {
      const { groupId, topic } = await place();
      const partitions = [
        { index: 0, offset: 5, metadata: 'ä note', leaderEpoch: 3 },
        { index: 1, offset: 0, metadata: null },
      ];
      expect(await commit({ groupId, topic, version, partitions })).toEqual(['NONE', 'NONE']);
      for (const fetchVersion of servedVersions(apis.offsetFetch)) {
        const { errorCode, topics } = await fetchOffsets(fetchVersion, groupId, [
          { name: topic, partitionIndexes: [1, 0] },
        ]);
        expect(errorCode).toBe(0);
        const leaderEpoch = version >= 6 && fetchVersion >= 5 ? 3 : -1;
        expect(topics).toEqual([
          {
            name: topic,
            partitions: [
              { partitionIndex: 1, committedOffset: 0, committedLeaderEpoch: -1, metadata: '', errorCode: 0 },
              {
                partitionIndex: 0,
                committedOffset: 5,
                committedLeaderEpoch: leaderEpoch,
                metadata: 'ä note',
                errorCode: 0,
              },
            ],
          },
        ]);
      }
    },
  );

  it.each(servedVersions(apis.offsetFetch))(
    'OffsetFetch v%i: nothing committed is -1 without an error; no topics is nothing',
    async (version) => {
      const { groupId, topic } = await place();
      const none = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 };
      const { errorCode, topics } = await fetchOffsets(version, groupId, [
        { name: topic, partitionIndexes: [0] },
        { name: 'nowhere', partitionIndexes: [7] },
      ]);
      expect(errorCode).toBe(0);
      expect(topics).toEqual([
        { name: topic, partitions: [{ partitionIndex: 0, ...none }] },
        { name: 'nowhere', partitions: [{ partitionIndex: 7, ...none }] },
      ]);
      expect((await fetchOffsets(version, groupId, [])).topics).toEqual([]);
    },
  );

  it.each(servedVersions(apis.offsetFetch, 2))(
    'OffsetFetch v%i: null topics are all topics of the group',
    async (version) => {
      const { groupId, topic } = await place();
      const other = fresh('topic');
      await createTopic(test.client, other);
      await commit({ groupId, topic, partitions: [{ index: 1, offset: 3 }] });
      await commit({ groupId, topic: other });
      const { topics } = await fetchOffsets(version, groupId, null);
      const found = topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, committedOffset }) => `${name}-${partitionIndex}@${committedOffset}`),
      );
      expect(found.sort()).toEqual([`${topic}-1@3`, `${other}-0@5`].sort());
    },
  );

  it.each(servedVersions(apis.offsetFetch, 8))('OffsetFetch v%i asks for several groups at once', async (version) => {
    const [one, two] = [await place(), await place()];
    await commit(one);
    await commit({ ...two, partitions: [{ index: 1, offset: 9 }] });
    const nobody = fresh('nobody');
    const { groups } = await test.client.call(apis.offsetFetch, version, {
      groups: [
        { groupId: one.groupId, topics: null },
        { groupId: nobody, topics: null },
        { groupId: two.groupId, topics: [{ name: two.topic, partitionIndexes: [1] }] },
      ],
    });
    expect(groups).toMatchObject([
      { groupId: one.groupId, errorCode: 0, topics: [{ name: one.topic, partitions: [{ committedOffset: 5 }] }] },
      { groupId: nobody, errorCode: 0, topics: [] },
      { groupId: two.groupId, errorCode: 0, topics: [{ name: two.topic, partitions: [{ committedOffset: 9 }] }] },
    ]);
  });

  it.each(servedVersions(apis.offsetCommit))('OffsetCommit v%i: each partition by itself', async (version) => {
    const { groupId, topic } = await place();
    const partitions = [
      { index: 0, offset: 1 },
      { index: 9, offset: 1 },
      { index: 1, offset: 1, metadata: 'x'.repeat(21) },
    ];
    expect(await commit({ groupId, topic, version, partitions })).toEqual([
      'NONE',
      'UNKNOWN_TOPIC_OR_PARTITION',
      'OFFSET_METADATA_TOO_LARGE',
    ]);
    expect(await commit({ groupId, topic: 'nowhere', version })).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    expect((await fetchOffsets(8, groupId, null)).topics).toMatchObject([{ partitions: [{ partitionIndex: 0 }] }]);
  });

  it.each(servedVersions(apis.offsetCommit, 1))(
    'OffsetCommit v%i: who is no member, or of another generation, commits nothing',
    async (version) => {
      const { groupId, topic } = await place();
      expect(await commit({ groupId, topic, version, generationIdOrMemberEpoch: 3, memberId: 'stranger' })).toEqual([
        'ILLEGAL_GENERATION',
      ]);
      const joined = await test.client.call(apis.joinGroup, 3, {
        groupId,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        memberId: '',
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      });
      const { memberId, generationId } = joined;
      await test.client.call(apis.syncGroup, 3, { groupId, generationId, memberId, assignments: [] });
      const member = { groupId, topic, version, memberId, generationIdOrMemberEpoch: generationId };
      expect(await commit(member)).toEqual(['NONE']);
      expect(await commit({ ...member, generationIdOrMemberEpoch: generationId + 1 })).toEqual(['ILLEGAL_GENERATION']);
      expect(await commit({ ...member, memberId: 'stranger' })).toEqual(['UNKNOWN_MEMBER_ID']);
      // Whoever does not coordinate with a group that has members must not move its offsets.
      expect(await commit({ groupId, topic, version })).toEqual(['UNKNOWN_MEMBER_ID']);
    },
  );

  it('committed offsets of a deleted topic are gone, and do not come back with its name', async () => {
    const { groupId, topic } = await place();
    await commit({ groupId, topic });
    await test.client.call(apis.deleteTopics, 5, { topics: [], topicNames: [topic], timeoutMs: 5000 });
    await createTopic(test.client, topic);
    await expect
      .poll(async () => (await fetchOffsets(8, groupId, [{ name: topic, partitionIndexes: [0] }])).topics)
      .toMatchObject([{ partitions: [{ committedOffset: -1 }] }]);
  });
});

describe('OffsetDelete', () => {
  it('forgets what is not subscribed, and says of each partition what became of it', async () => {
    const { groupId, topic } = await place();
    await commit({
      groupId,
      topic,
      partitions: [
        { index: 0, offset: 5 },
        { index: 1, offset: 6 },
      ],
    });
    const forget = (name: string, group = groupId) =>
      test.client.call(apis.offsetDelete, 0, {
        groupId: group,
        topics: [{ name, partitions: [{ partitionIndex: 0 }] }],
      });
    const deleted = await forget(topic);
    expect(deleted.errorCode).toBe(0);
    expect(deleted.topics).toEqual([{ name: topic, partitions: [{ partitionIndex: 0, errorCode: 0 }] }]);
    expect((await fetchOffsets(8, groupId, null)).topics).toMatchObject([
      { partitions: [{ partitionIndex: 1, committedOffset: 6 }] },
    ]);
    expect(errorName((await forget(topic, fresh('nobody'))).errorCode)).toBe('GROUP_ID_NOT_FOUND');
  });
});
