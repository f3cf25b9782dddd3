import { apis, type JoinGroupResponse } from '@streambus/kafka';
import { describe, expect, it } from 'vitest';
import { type ProtocolClient, servedVersions } from './protocol-client.ts';
import { errorName, fresh, given, useBroker } from './test-broker.ts';

const test = useBroker();

interface Joining {
  readonly groupId: string;
  readonly version?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
  readonly protocolType?: string;
  readonly protocols?: readonly { name: string; metadata: Uint8Array }[];
  readonly sessionTimeoutMs?: number;
}

const range = [{ name: 'range', metadata: Buffer.from([0, 1, 2, 255]) }];

function join(client: ProtocolClient, { version = 9, ...joining }: Joining): Promise<JoinGroupResponse> {
  return client.call(apis.joinGroup, version, {
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: '',
    protocolType: 'consumer',
    protocols: [...range],
    ...joining,
  });
}

/** Joins as every client does: with the id that it is given where one is demanded first (KIP-394). */
async function enter(client: ProtocolClient, joining: Joining): Promise<JoinGroupResponse> {
  const first = await join(client, joining);
  if (errorName(first.errorCode) !== 'MEMBER_ID_REQUIRED') return first;
  return join(client, { ...joining, memberId: first.memberId });
}

async function find(groupId: string): Promise<string> {
  await test.client.call(apis.findCoordinator, 2, { key: groupId });
  return groupId;
}

const newGroup = (): Promise<string> => find(fresh('group'));

function sync(
  client: ProtocolClient,
  version: number,
  groupId: string,
  joined: JoinGroupResponse,
  assignment?: Uint8Array,
) {
  return client.call(apis.syncGroup, version, {
    groupId,
    generationId: joined.generationId,
    memberId: joined.memberId,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: assignment === undefined ? [] : [{ memberId: joined.memberId, assignment }],
  });
}

describe('FindCoordinator', () => {
  it.each(servedVersions(apis.findCoordinator, 0, 3))('v%i finds the coordinator of one group', async (version) => {
    const { host, port } = test.broker.kafkaAddress;
    const answer = await test.client.call(apis.findCoordinator, version, { key: fresh('group') });
    expect(answer).toMatchObject({ errorCode: 0, nodeId: 1, host, port });
  });

  it.each(servedVersions(apis.findCoordinator, 4))('v%i finds those of several', async (version) => {
    const coordinatorKeys = [fresh('group'), fresh('group'), fresh('group')];
    const { host, port } = test.broker.kafkaAddress;
    const { coordinators } = await test.client.call(apis.findCoordinator, version, { coordinatorKeys });
    expect(coordinators).toEqual(
      coordinatorKeys.map((key) => ({ key, nodeId: 1, host, port, errorCode: 0, errorMessage: null })),
    );
    expect((await test.client.call(apis.findCoordinator, version, { coordinatorKeys: [] })).coordinators).toEqual([]);
  });

  it.each(servedVersions(apis.findCoordinator, 1))(
    'v%i refuses what is no group: for transactions with an error that ends the attempt',
    async (version) => {
      for (const [keyType, expected] of [
        [1, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
        [9, 'INVALID_REQUEST'],
      ] as const) {
        const answer = await test.client.call(apis.findCoordinator, version, {
          key: 'mine',
          coordinatorKeys: ['mine'],
          keyType,
        });
        const { errorCode, nodeId } = version >= 4 ? given(answer.coordinators[0]) : answer;
        expect([errorName(errorCode), nodeId]).toEqual([expected, -1]);
      }
    },
  );
});

describe('a group with one member', () => {
  it.each(servedVersions(apis.joinGroup))(
    'JoinGroup v%i, SyncGroup, Heartbeat, LeaveGroup in the versions of its time',
    async (version) => {
      const groupId = await newGroup();
      const first = await join(test.client, { groupId, version });
      if (version >= 4) {
        expect(errorName(first.errorCode)).toBe('MEMBER_ID_REQUIRED');
        expect(first.memberId).not.toBe('');
        expect(first).toMatchObject({ generationId: -1, members: [] });
      }
      const joined = version < 4 ? first : await join(test.client, { groupId, version, memberId: first.memberId });
      const { memberId } = joined;
      expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: memberId });
      expect(joined.protocolType).toBe(version >= 7 ? 'consumer' : null);
      expect(joined.members).toEqual([{ memberId, groupInstanceId: null, metadata: expect.anything() }]);
      expect([...given(joined.members[0]).metadata]).toEqual([0, 1, 2, 255]);
      const assignment = Buffer.from([9, 0, 255]);
      const synced = await sync(test.client, Math.min(version, 5), groupId, joined, assignment);
      expect(synced.errorCode).toBe(0);
      expect([...synced.assignment]).toEqual([...assignment]);
      if (version >= 5) expect(synced).toMatchObject({ protocolType: 'consumer', protocolName: 'range' });
      const member = { groupId, generationId: 1, memberId };
      const beat = await test.client.call(apis.heartbeat, Math.min(version, 4), member);
      expect(beat.errorCode).toBe(0);
      const left = await test.client.call(apis.leaveGroup, Math.min(version, 5), {
        groupId,
        memberId,
        members: [{ memberId }],
      });
      expect(left.errorCode).toBe(0);
      expect(left.members).toEqual(
        Math.min(version, 5) >= 3 ? [{ memberId, groupInstanceId: null, errorCode: 0 }] : [],
      );
      const gone = await test.client.call(apis.heartbeat, Math.min(version, 4), member);
      expect(errorName(gone.errorCode)).toBe('UNKNOWN_MEMBER_ID');
    },
  );

  it.each(servedVersions(apis.syncGroup))('SyncGroup v%i tells a wrong generation and a stranger', async (version) => {
    const groupId = await newGroup();
    const joined = await enter(test.client, { groupId });
    const ask = async (changes: Partial<JoinGroupResponse>): Promise<string> =>
      errorName((await sync(test.client, version, groupId, { ...joined, ...changes })).errorCode);
    expect(await ask({ generationId: 7 })).toBe('ILLEGAL_GENERATION');
    expect(await ask({ memberId: 'stranger' })).toBe('UNKNOWN_MEMBER_ID');
    expect(await ask({})).toBe('NONE');
  });

  it('SyncGroup v5 tells a protocol that the group has not chosen', async () => {
    const groupId = await newGroup();
    const { generationId, memberId } = await enter(test.client, { groupId });
    for (const wrong of [
      { protocolType: 'other', protocolName: 'range' },
      { protocolType: 'consumer', protocolName: 'sticky' },
    ]) {
      const { errorCode } = await test.client.call(apis.syncGroup, 5, {
        groupId,
        generationId,
        memberId,
        assignments: [],
        ...wrong,
      });
      expect(errorName(errorCode)).toBe('INCONSISTENT_GROUP_PROTOCOL');
    }
  });

  it.each(servedVersions(apis.heartbeat))('Heartbeat v%i tells a wrong generation and a stranger', async (version) => {
    const groupId = await newGroup();
    const joined = await enter(test.client, { groupId });
    await sync(test.client, 5, groupId, joined);
    const ask = async (generationId: number, memberId: string): Promise<string> =>
      errorName((await test.client.call(apis.heartbeat, version, { groupId, generationId, memberId })).errorCode);
    expect(await ask(joined.generationId, joined.memberId)).toBe('NONE');
    expect(await ask(joined.generationId + 1, joined.memberId)).toBe('ILLEGAL_GENERATION');
    expect(await ask(joined.generationId, 'stranger')).toBe('UNKNOWN_MEMBER_ID');
  });

  it.each(servedVersions(apis.leaveGroup))(
    'LeaveGroup v%i tells a stranger: in the answer up to v2, for each member from v3',
    async (version) => {
      const groupId = await newGroup();
      await enter(test.client, { groupId });
      const answer = await test.client.call(apis.leaveGroup, version, {
        groupId,
        memberId: 'x',
        members: [{ memberId: 'x' }],
      });
      const error = version < 3 ? answer.errorCode : given(answer.members[0]).errorCode;
      expect(errorName(error)).toBe('UNKNOWN_MEMBER_ID');
    },
  );

  it.each([0, 4, 9])('JoinGroup v%i refuses what no group can take', async (version) => {
    const ask = async (joining: Joining): Promise<string> =>
      errorName((await join(test.client, { version, ...joining })).errorCode);
    const groupId = await newGroup();
    expect(await ask({ groupId: '' })).toBe('INVALID_GROUP_ID');
    expect(await ask({ groupId, sessionTimeoutMs: 1 })).toBe('INVALID_SESSION_TIMEOUT');
    expect(await ask({ groupId, sessionTimeoutMs: 2 ** 31 - 1 })).toBe('INVALID_SESSION_TIMEOUT');
    expect(await ask({ groupId, protocols: [] })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await ask({ groupId, protocolType: '' })).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(await ask({ groupId, memberId: 'stranger' })).toBe('UNKNOWN_MEMBER_ID');
    await enter(test.client, { groupId });
    expect(await ask({ groupId, protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] })).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    );
    expect(await ask({ groupId, protocolType: 'connect' })).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('a developer does not wait for the rebalance delay', async () => {
    const groupId = await newGroup();
    const started = performance.now();
    const joined = await enter(test.client, { groupId });
    expect(joined.errorCode).toBe(0);
    expect(performance.now() - started).toBeLessThan(2500);
  });
});

describe('a group with several members', () => {
  it.each([3, 9])(
    'JoinGroup v%i: a second member makes the first join again, and both get what the leader gives',
    async (version) => {
      const groupId = await newGroup();
      const [one, two] = [await test.connect(), await test.connect()];
      const alone = await enter(one, { groupId, version });
      await sync(one, 3, groupId, alone, Buffer.from('all'));
      const second = enter(two, { groupId, version });
      const beat = (): Promise<string> =>
        one
          .call(apis.heartbeat, 3, { groupId, generationId: alone.generationId, memberId: alone.memberId })
          .then(({ errorCode }) => errorName(errorCode));
      await expect.poll(beat).toBe('REBALANCE_IN_PROGRESS');
      const leader = await join(one, { groupId, version, memberId: alone.memberId });
      const follower = await second;
      expect(leader).toMatchObject({ errorCode: 0, generationId: 2, leader: alone.memberId });
      expect(leader.members.map(({ memberId }) => memberId).sort()).toEqual(
        [leader.memberId, follower.memberId].sort(),
      );
      expect(follower).toMatchObject({ errorCode: 0, generationId: 2, leader: alone.memberId, members: [] });
      const followed = sync(two, 3, groupId, follower);
      const assignments = [
        { memberId: leader.memberId, assignment: Buffer.from('left') },
        { memberId: follower.memberId, assignment: Buffer.from('right') },
      ];
      const led = await one.call(apis.syncGroup, 3, {
        groupId,
        generationId: 2,
        memberId: leader.memberId,
        assignments,
      });
      expect(Buffer.from(led.assignment).toString()).toBe('left');
      expect(Buffer.from((await followed).assignment).toString()).toBe('right');
    },
  );

  it('many join at once and all end in one generation, each with its own assignment', async () => {
    const groupId = await newGroup();
    const clients = await Promise.all(Array.from({ length: 6 }, () => test.connect()));
    const assignments = await Promise.all(
      clients.map(async (client) => {
        let memberId = '';
        for (;;) {
          const joined = await join(client, { groupId, memberId });
          memberId = joined.memberId;
          const error = errorName(joined.errorCode);
          if (error === 'MEMBER_ID_REQUIRED' || error === 'REBALANCE_IN_PROGRESS') continue;
          expect(error).toBe('NONE');
          const given = joined.members.map((member) => ({
            memberId: member.memberId,
            assignment: Buffer.from(member.memberId),
          }));
          const synced = await client.call(apis.syncGroup, 3, {
            groupId,
            generationId: joined.generationId,
            memberId,
            assignments: given,
          });
          const outcome = errorName(synced.errorCode);
          if (outcome === 'REBALANCE_IN_PROGRESS') continue;
          expect(outcome).toBe('NONE');
          expect(Buffer.from(synced.assignment).toString()).toBe(memberId);
          const { errorCode } = await client.call(apis.heartbeat, 3, {
            groupId,
            generationId: joined.generationId,
            memberId,
          });
          const seen = await test.client.call(apis.describeGroups, 5, { groups: [groupId] });
          if (errorCode === 0 && seen.groups[0]?.members.length === 6) return memberId;
        }
      }),
    );
    expect(new Set(assignments).size).toBe(6);
  });

  it.each(servedVersions(apis.joinGroup, 5))(
    'JoinGroup v%i: a static member that comes back takes its place over, and fences who had it',
    async (version) => {
      const groupId = await newGroup();
      const before = await join(test.client, { groupId, version, groupInstanceId: 'seat' });
      expect(before).toMatchObject({ errorCode: 0, generationId: 1 });
      await sync(test.client, 5, groupId, before, Buffer.from('kept'));
      const after = await join(test.client, { groupId, version, groupInstanceId: 'seat' });
      expect(after.errorCode).toBe(0);
      expect(after.generationId).toBe(1);
      expect(after.memberId).not.toBe(before.memberId);
      expect(after.skipAssignment).toBe(version >= 9);
      expect(Buffer.from((await sync(test.client, 5, groupId, after)).assignment).toString()).toBe('kept');
      const old = { groupId, generationId: 1, memberId: before.memberId, groupInstanceId: 'seat' };
      const fenced = 'FENCED_INSTANCE_ID';
      expect(errorName((await test.client.call(apis.heartbeat, 4, old)).errorCode)).toBe(fenced);
      expect(
        errorName(
          (await join(test.client, { groupId, version, memberId: before.memberId, groupInstanceId: 'seat' })).errorCode,
        ),
      ).toBe(fenced);
      const committing = {
        ...old,
        generationIdOrMemberEpoch: 1,
        topics: [{ name: 'x', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] }],
      };
      await test.client.call(apis.createTopics, 5, {
        topics: [{ name: 'x', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      });
      const committed = await test.client.call(apis.offsetCommit, 8, committing);
      expect(errorName(given(committed.topics[0]?.partitions[0]).errorCode)).toBe(fenced);
      const left = await test.client.call(apis.leaveGroup, 5, {
        groupId,
        members: [{ memberId: '', groupInstanceId: 'seat' }],
      });
      expect(left.members).toEqual([{ memberId: '', groupInstanceId: 'seat', errorCode: 0 }]);
    },
  );
});

describe('DescribeGroups, ListGroups, DeleteGroups', () => {
  it.each(servedVersions(apis.describeGroups))('DescribeGroups v%i', async (version) => {
    const groupId = await newGroup();
    const joined = await enter(test.client, { groupId, groupInstanceId: 'seat' });
    await sync(test.client, 5, groupId, joined, Buffer.from('part'));
    const nobody = fresh('nobody');
    const { groups } = await test.client.call(apis.describeGroups, version, { groups: [groupId, nobody] });
    expect(groups).toMatchObject([
      { errorCode: 0, groupId, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' },
      { errorCode: 0, groupId: nobody, groupState: 'Dead', protocolType: '', protocolData: '', members: [] },
    ]);
    const member = given(groups[0]?.members[0]);
    expect(member).toMatchObject({
      memberId: joined.memberId,
      groupInstanceId: version >= 4 ? 'seat' : null,
      clientId: 'protocol-test',
      clientHost: '/127.0.0.1',
    });
    expect([...member.memberMetadata]).toEqual([0, 1, 2, 255]);
    expect(Buffer.from(member.memberAssignment).toString()).toBe('part');
  });

  it.each(servedVersions(apis.listGroups))('ListGroups v%i, from v4 by state, from v5 by type', async (version) => {
    const groupId = await newGroup();
    const joined = await enter(test.client, { groupId });
    await sync(test.client, 5, groupId, joined);
    const list = async (filters: { statesFilter?: string[]; typesFilter?: string[] } = {}): Promise<boolean> => {
      const { errorCode, groups } = await test.client.call(apis.listGroups, version, {
        statesFilter: [],
        typesFilter: [],
        ...filters,
      });
      expect(errorCode).toBe(0);
      const found = groups.find((group) => group.groupId === groupId);
      if (found === undefined) return false;
      expect(found).toMatchObject({
        protocolType: 'consumer',
        groupState: version >= 4 ? 'Stable' : '',
        groupType: version >= 5 ? 'classic' : '',
      });
      return true;
    };
    expect(await list()).toBe(true);
    if (version >= 4) {
      expect(await list({ statesFilter: ['stable', 'Empty'] })).toBe(true);
      expect(await list({ statesFilter: ['Empty'] })).toBe(false);
      expect(await list({ statesFilter: ['nonsense'] })).toBe(false);
    }
    if (version >= 5) {
      expect(await list({ typesFilter: ['Classic'] })).toBe(true);
      expect(await list({ typesFilter: ['consumer'] })).toBe(false);
    }
  });

  it.each(servedVersions(apis.deleteGroups))(
    'DeleteGroups v%i deletes what is empty, and says of each what became of it',
    async (version) => {
      const [full, empty, nobody] = [await newGroup(), await newGroup(), fresh('nobody')];
      await enter(test.client, { groupId: full });
      const joined = await enter(test.client, { groupId: empty });
      await test.client.call(apis.leaveGroup, 5, { groupId: empty, members: [{ memberId: joined.memberId }] });
      const { results } = await test.client.call(apis.deleteGroups, version, { groupsNames: [full, empty, nobody] });
      expect(results.map(({ groupId, errorCode }) => [groupId, errorName(errorCode)])).toEqual([
        [full, 'NON_EMPTY_GROUP'],
        [empty, 'NONE'],
        [nobody, 'GROUP_ID_NOT_FOUND'],
      ]);
      const { groups } = await test.client.call(apis.describeGroups, 5, { groups: [empty] });
      expect(groups).toMatchObject([{ groupState: 'Dead' }]);
    },
  );
});
