import { describe, expect, it } from 'vitest';
import { bytes, CoreFixture, type joinRequest, joinResponses, summary } from '../../test/core-fixture.ts';

/** The one answer of these effects. */
function joined(effects: ReturnType<CoreFixture['join']>): ReturnType<typeof joinResponses>[number] {
  const [response] = joinResponses(effects);
  if (response === undefined) throw new Error(`no JoinGroup is answered: ${summary(effects).join()}`);
  return response;
}

describe('JoinGroup: a new dynamic member', () => {
  it('gets an id and has to come back with it, from version 4 (KIP-394)', () => {
    const fixture = new CoreFixture();
    const response = joined(fixture.join({ apiVersion: 4 }));
    expect(response).toEqual({
      error: 'MEMBER_ID_REQUIRED',
      generationId: -1,
      protocolType: null,
      protocolName: null,
      leader: '',
      skipAssignment: false,
      memberId: expect.stringMatching(/^client-[0-9a-f-]{36}$/),
      members: [],
    });
    expect(fixture.state).toBe('Empty');
    expect(joined(fixture.join({ memberId: response.memberId })).error).toBe('NONE');
  });

  it('is in at once before version 4', () => {
    const fixture = new CoreFixture();
    const effects = fixture.join({ apiVersion: 3 });
    const { memberId } = joined(effects);
    expect(effects).toEqual([
      {
        type: 'notice',
        event: 'rebalanceStarted',
        groupId: 'group',
        generationId: 0,
        cause: 'memberJoined',
        reason: '',
      },
      {
        type: 'answer',
        api: 'JoinGroup',
        token: fixture.lastToken,
        response: {
          error: 'NONE',
          generationId: 1,
          protocolType: 'consumer',
          protocolName: 'range',
          leader: memberId,
          skipAssignment: false,
          memberId,
          members: [{ memberId, groupInstanceId: null, metadata: bytes('subscription') }],
        },
      },
    ]);
    expect(fixture.state).toBe('CompletingRebalance');
  });

  it('loses the id when it does not come back within its session', () => {
    const fixture = new CoreFixture();
    const { memberId } = joined(fixture.join());
    fixture.advance(10_000);
    expect(joined(fixture.join({ memberId })).error).toBe('UNKNOWN_MEMBER_ID');
    expect(fixture.state).toBe('Dead');
  });

  it('makes a Stable group rebalance', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup();
    expect(summary(fixture.join({ apiVersion: 3 }))).toEqual(['rebalance: memberJoined']);
    expect(fixture.state).toBe('PreparingRebalance');
  });

  it('is removed when it is not told its generation within five minutes', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup({ rebalanceTimeoutMs: 600_000 });
    fixture.join({ apiVersion: 3 });
    for (let beats = 0; beats < 299; beats++) {
      fixture.advance(1000);
      fixture.heartbeat(memberId);
    }
    expect(summary(fixture.advance(2000))).toEqual(['expired: join', 'JoinGroup UNKNOWN_MEMBER_ID']);
  });
});

describe('JoinGroup: what is refused', () => {
  const cases: [string, Parameters<typeof joinRequest>[0], string][] = [
    ['an empty group id', { groupId: '' }, 'INVALID_GROUP_ID'],
    ['a group id that cannot be stored', { groupId: 'x'.repeat(40_000) }, 'INVALID_GROUP_ID'],
    ['a session shorter than allowed', { sessionTimeoutMs: 5999 }, 'INVALID_SESSION_TIMEOUT'],
    ['a session longer than allowed', { sessionTimeoutMs: 1_800_001 }, 'INVALID_SESSION_TIMEOUT'],
    ['no protocol type', { protocolType: '' }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['no protocols', { protocols: [] }, 'INCONSISTENT_GROUP_PROTOCOL'],
    ['an unknown member of an unknown group', { memberId: 'nobody' }, 'UNKNOWN_MEMBER_ID'],
    ['an instance id that is too long', { groupInstanceId: 'i'.repeat(250) }, 'INVALID_REQUEST'],
    [
      'more metadata than a group may hold',
      { protocols: [{ name: 'range', metadata: new Uint8Array(9_000_000) }] },
      'GROUP_MAX_SIZE_REACHED',
    ],
  ];
  it.each(cases)('%s', (_name, request, error) => {
    const fixture = new CoreFixture();
    expect(summary(fixture.join(request))).toEqual([`JoinGroup ${error}`]);
    expect(fixture.core.list({ states: [], types: [] })).toEqual([]);
  });

  it('another protocol type, and protocols that not everybody speaks', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup();
    expect(summary(fixture.join({ protocolType: 'connect' }))).toEqual(['JoinGroup INCONSISTENT_GROUP_PROTOCOL']);
    const protocols = [{ name: 'sticky', metadata: bytes('x') }];
    expect(summary(fixture.join({ protocols }))).toEqual(['JoinGroup INCONSISTENT_GROUP_PROTOCOL']);
    expect(fixture.state).toBe('Stable');
  });

  it('an unknown member of a group that is there', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup();
    expect(summary(fixture.join({ memberId: 'nobody' }))).toEqual(['JoinGroup UNKNOWN_MEMBER_ID']);
  });

  it('more members than group.max.size, known ones not among them', () => {
    const fixture = new CoreFixture({ maxMembersPerGroup: 1 });
    const memberId = fixture.stableGroup();
    expect(summary(fixture.join({ apiVersion: 3 }))).toEqual(['JoinGroup GROUP_MAX_SIZE_REACHED']);
    expect(summary(fixture.join({ memberId }))).toEqual(['rebalance: memberRejoined', 'JoinGroup NONE']);
  });

  it('more groups, calls or bytes than a partition may hold', () => {
    const groups = new CoreFixture({ maxGroupsPerPartition: 1 });
    groups.join({ groupId: 'first' });
    expect(summary(groups.join({ groupId: 'second' }))).toEqual(['JoinGroup COORDINATOR_NOT_AVAILABLE']);
    const calls = new CoreFixture({ maxPendingCallsPerPartition: 1 });
    calls.stableGroup();
    calls.join({ apiVersion: 3 });
    expect(summary(calls.join({ apiVersion: 3 }))).toEqual(['JoinGroup COORDINATOR_NOT_AVAILABLE']);
    const held = new CoreFixture({ maxHeldBytesPerPartition: 10 });
    expect(summary(held.join())).toEqual(['JoinGroup COORDINATOR_NOT_AVAILABLE']);
  });
});

describe('JoinGroup: rebalance', () => {
  it('of a new group waits for the initial delay, longer while members come, never beyond the rebalance timeout (KIP-134)', () => {
    const fixture = new CoreFixture({ initialRebalanceDelayMs: 3000 });
    fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 7000 });
    fixture.advance(2000);
    fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 7000 });
    expect(summary(fixture.advance(3999))).toEqual([]);
    fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 7000 });
    expect(summary(fixture.advance(1000))).toEqual([]);
    expect(summary(fixture.advance(1))).toEqual(['JoinGroup NONE', 'JoinGroup NONE', 'JoinGroup NONE']);
  });

  it('ends as soon as all have joined, with the members in the leader’s answer alone, by id', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.join({ apiVersion: 3 });
    const responses = joinResponses(fixture.join({ memberId }));
    expect(responses.map((response) => [response.error, response.generationId, response.leader])).toEqual([
      ['NONE', 2, memberId],
      ['NONE', 2, memberId],
    ]);
    const ids = responses.map((response) => response.memberId).sort();
    const listed = responses.map((response) => (response.memberId === memberId ? ids : []));
    expect(responses.map((response) => response.members.map((member) => member.memberId))).toEqual(listed);
  });

  it('waits for those who were given an id', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    const pending = joined(fixture.join()).memberId;
    expect(summary(fixture.join({ memberId }))).toEqual(['rebalance: memberRejoined']);
    expect(summary(fixture.join({ memberId: pending }))).toEqual(['JoinGroup NONE', 'JoinGroup NONE']);
  });

  it('goes on without those who do not join again within the rebalance timeout', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup({ rebalanceTimeoutMs: 5000 });
    fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 5000 });
    expect(summary(fixture.advance(4999))).toEqual([]);
    expect(summary(fixture.advance(1))).toEqual(['expired: rejoin', 'JoinGroup NONE']);
    expect(fixture.core.describe('group').members.some((member) => member.memberId === memberId)).toBe(false);
  });

  it('chooses the protocol that most prefer among those that all speak', () => {
    const fixture = new CoreFixture({ initialRebalanceDelayMs: 1000 });
    const offer = (...names: string[]): { protocols: { name: string; metadata: Uint8Array }[] } => ({
      protocols: names.map((name) => ({ name, metadata: bytes(name) })),
    });
    fixture.join({ apiVersion: 3, ...offer('a', 'b', 'only-mine') });
    fixture.join({ apiVersion: 3, ...offer('b', 'a') });
    fixture.join({ apiVersion: 3, ...offer('b', 'a') });
    const responses = joinResponses(fixture.advance(3000));
    expect(responses.map(({ protocolName }) => protocolName)).toEqual(['b', 'b', 'b']);
    const [metadata] = responses.flatMap(({ members }) => members.map((member) => member.metadata));
    expect(metadata).toEqual(bytes('b'));
  });
});

describe('JoinGroup: a member that joins again', () => {
  it('only learns again what it missed, in CompletingRebalance', () => {
    const fixture = new CoreFixture();
    const first = joined(fixture.join({ apiVersion: 3 }));
    expect(joined(fixture.join({ memberId: first.memberId }))).toEqual(first);
    expect(fixture.state).toBe('CompletingRebalance');
  });

  it('rebalances a Stable group as its leader, or with another subscription; otherwise the group goes on', () => {
    const fixture = new CoreFixture();
    const leader = fixture.stableGroup();
    const follower = joined(fixture.join()).memberId;
    fixture.join({ memberId: follower });
    fixture.join({ memberId: leader });
    fixture.store(fixture.sync({ memberId: leader, generationId: 2 }));
    expect(summary(fixture.join({ memberId: follower }))).toEqual(['JoinGroup NONE']);
    expect(fixture.state).toBe('Stable');
    const protocols = [{ name: 'range', metadata: bytes('other') }];
    expect(summary(fixture.join({ memberId: follower, protocols }))).toEqual(['rebalance: memberRejoined']);
    expect(summary(fixture.join({ memberId: leader }))).toEqual(['JoinGroup NONE', 'JoinGroup NONE']);
  });

  it('with a second call sends the first one to join again', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup();
    const memberId = joined(fixture.join()).memberId;
    fixture.join({ memberId });
    const first = fixture.lastToken;
    expect(fixture.join({ memberId })).toMatchObject([{ token: first, response: { error: 'REBALANCE_IN_PROGRESS' } }]);
  });

  it('still has joined when its connection is lost; who was not told its id has not', () => {
    const fixture = new CoreFixture();
    const leader = fixture.stableGroup();
    const known = joined(fixture.join()).memberId;
    fixture.join({ memberId: known });
    fixture.core.cancel(fixture.lastToken, fixture.moment);
    fixture.join({ apiVersion: 3 });
    fixture.core.cancel(fixture.lastToken, fixture.moment);
    expect(summary(fixture.join({ memberId: leader }))).toEqual(['JoinGroup NONE']);
    const members = fixture.core.describe('group').members.map(({ memberId }) => memberId);
    expect(members).toEqual([leader, known].sort());
    expect(joined(fixture.join({ memberId: known }))).toMatchObject({ error: 'NONE', generationId: 2, leader });
  });
});
