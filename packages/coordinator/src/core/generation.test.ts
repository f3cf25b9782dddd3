import { describe, expect, it } from 'vitest';
import { bytes, CoreFixture, joinResponses, summary } from '../../test/core-fixture.ts';

/** Two members in CompletingRebalance of generation 1: the leader, then the other. */
function twoMembers(fixture: CoreFixture): [leader: string, follower: string] {
  fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 5000 });
  fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 5000 });
  const [first, second] = joinResponses(fixture.advance(1000));
  const ids = [first?.memberId ?? '', second?.memberId ?? ''];
  const leader = first?.leader ?? '';
  return [leader, ids.find((id) => id !== leader) ?? ''];
}

const delayed = { initialRebalanceDelayMs: 500 };

describe('SyncGroup', () => {
  it('answers everybody when the leader’s assignment is durable, and not before', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    expect(fixture.sync({ memberId: follower })).toEqual([]);
    const followerToken = fixture.lastToken;
    const assignments = [
      { memberId: leader, assignment: bytes('0,1') },
      { memberId: follower, assignment: bytes('2,3') },
      { memberId: 'stranger', assignment: bytes('4') },
    ];
    const effects = fixture.sync({ memberId: leader, assignments });
    expect(summary(effects)).toEqual(['append 1']);
    expect(fixture.state).toBe('CompletingRebalance');
    const response = { error: 'NONE', protocolType: 'consumer', protocolName: 'range' };
    const answers = fixture.store(effects);
    expect(answers).toHaveLength(2);
    expect(answers).toContainEqual({
      type: 'answer',
      api: 'SyncGroup',
      token: followerToken,
      response: { ...response, assignment: bytes('2,3') },
    });
    expect(answers).toContainEqual({
      type: 'answer',
      api: 'SyncGroup',
      token: fixture.lastToken,
      response: { ...response, assignment: bytes('0,1') },
    });
    expect(fixture.state).toBe('Stable');
  });

  it('answers at once in a Stable group', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    expect(fixture.sync({ memberId })).toMatchObject([
      { response: { error: 'NONE', assignment: bytes(`all of ${memberId}`) } },
    ]);
  });

  it('does not store a second assignment of the same generation', () => {
    const fixture = new CoreFixture();
    const memberId = joinResponses(fixture.join({ apiVersion: 3 }))[0]?.memberId ?? '';
    const first = fixture.sync({ memberId, assignments: [{ memberId, assignment: bytes('first') }] });
    const again = fixture.sync({ memberId, assignments: [{ memberId, assignment: bytes('second') }] });
    expect(summary(again)).toEqual(['SyncGroup REBALANCE_IN_PROGRESS']);
    expect(fixture.store(first)).toMatchObject([{ response: { error: 'NONE', assignment: bytes('first') } }]);
  });

  it('refuses the unknown, other generations, other protocols (version 5), and a group that prepares a rebalance', () => {
    const fixture = new CoreFixture();
    expect(summary(fixture.sync({ memberId: 'x' }))).toEqual(['SyncGroup UNKNOWN_MEMBER_ID']);
    const memberId = fixture.stableGroup();
    expect(summary(fixture.sync({ memberId: 'x' }))).toEqual(['SyncGroup UNKNOWN_MEMBER_ID']);
    expect(summary(fixture.sync({ memberId, generationId: 0 }))).toEqual(['SyncGroup ILLEGAL_GENERATION']);
    const inconsistent = ['SyncGroup INCONSISTENT_GROUP_PROTOCOL'];
    expect(summary(fixture.sync({ memberId, protocolType: 'connect' }))).toEqual(inconsistent);
    expect(summary(fixture.sync({ memberId, protocolName: 'sticky' }))).toEqual(inconsistent);
    expect(summary(fixture.sync({ memberId, groupId: '' }))).toEqual(['SyncGroup INVALID_GROUP_ID']);
    fixture.join({ apiVersion: 3 });
    expect(summary(fixture.sync({ memberId }))).toEqual(['SyncGroup REBALANCE_IN_PROGRESS']);
  });

  it('sends everybody to join again when the assignment cannot be stored, or not in time', () => {
    for (const end of ['fail', 'timeout'] as const) {
      const fixture = new CoreFixture(delayed);
      const [leader, follower] = twoMembers(fixture);
      fixture.sync({ memberId: follower });
      const effects = fixture.sync({ memberId: leader });
      const answers = end === 'fail' ? fixture.fail(effects) : fixture.advance(5000);
      const unavailable = 'SyncGroup COORDINATOR_NOT_AVAILABLE';
      expect(summary(answers)).toEqual([unavailable, unavailable, 'rebalance: assignmentFailed']);
      expect(fixture.state).toBe('PreparingRebalance');
      if (end === 'timeout') expect(fixture.store(effects)).toEqual([]);
      expect(fixture.state).toBe('PreparingRebalance');
    }
  });

  it('sends everybody to join again when the assignment is too large to hold', () => {
    const fixture = new CoreFixture({ maxMetadataBytesPerGroup: 100 });
    const memberId = joinResponses(fixture.join({ apiVersion: 3 }))[0]?.memberId ?? '';
    const assignments = [{ memberId, assignment: new Uint8Array(100) }];
    expect(summary(fixture.sync({ memberId, assignments }))).toEqual([
      'SyncGroup UNKNOWN_SERVER_ERROR',
      'rebalance: assignmentFailed',
    ]);
  });

  it('is called back by a rebalance that begins meanwhile', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    fixture.sync({ memberId: follower });
    const storing = fixture.sync({ memberId: leader });
    expect(summary(fixture.join({ apiVersion: 3 }))).toEqual([
      'SyncGroup REBALANCE_IN_PROGRESS',
      'SyncGroup REBALANCE_IN_PROGRESS',
      'rebalance: memberJoined',
    ]);
    expect(fixture.store(storing)).toEqual([]);
    expect(fixture.state).toBe('PreparingRebalance');
  });

  it('removes who does not ask for the assignment within the rebalance timeout', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    fixture.store(fixture.sync({ memberId: leader, assignments: [{ memberId: leader, assignment: bytes('all') }] }));
    fixture.advance(4000);
    fixture.heartbeat(follower);
    expect(summary(fixture.advance(1000))).toEqual(['expired: sync', 'rebalance: syncTimedOut']);
    expect(summary(fixture.heartbeat(follower))).toEqual(['Heartbeat UNKNOWN_MEMBER_ID']);
  });

  it('whose connection is lost keeps the member for a session', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    fixture.sync({ memberId: follower });
    expect(fixture.core.cancel(fixture.lastToken, fixture.moment)).toEqual([]);
    fixture.store(fixture.sync({ memberId: leader, assignments: [{ memberId: follower, assignment: bytes('all') }] }));
    expect(fixture.sync({ memberId: follower })).toMatchObject([
      { response: { error: 'NONE', assignment: bytes('all') } },
    ]);
  });
});

describe('Heartbeat', () => {
  it('keeps a member for another session', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.advance(9999);
    expect(summary(fixture.heartbeat(memberId))).toEqual(['Heartbeat NONE']);
    expect(fixture.advance(9999)).toEqual([]);
    expect(summary(fixture.advance(1))).toEqual(['expired: heartbeat', 'rebalance: sessionExpired', 'append 1']);
    expect(fixture.state).toBe('Empty');
  });

  it('is welcome between JoinGroup and SyncGroup, and calls back when a rebalance is prepared', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    expect(summary(fixture.heartbeat(follower))).toEqual(['Heartbeat NONE']);
    fixture.join({ apiVersion: 3 });
    expect(summary(fixture.heartbeat(leader))).toEqual(['Heartbeat REBALANCE_IN_PROGRESS']);
  });

  it('refuses the unknown and other generations', () => {
    const fixture = new CoreFixture();
    expect(summary(fixture.heartbeat('x'))).toEqual(['Heartbeat UNKNOWN_MEMBER_ID']);
    const memberId = fixture.stableGroup();
    expect(summary(fixture.heartbeat('x'))).toEqual(['Heartbeat UNKNOWN_MEMBER_ID']);
    expect(summary(fixture.heartbeat(memberId, 2))).toEqual(['Heartbeat ILLEGAL_GENERATION']);
  });
});

describe('LeaveGroup', () => {
  it('empties the group with its last member, and stores that', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    const effects = fixture.leave(memberId);
    expect(summary(effects)).toEqual(['rebalance: memberLeft', 'append 1', 'LeaveGroup NONE']);
    expect(fixture.store(effects)).toEqual([]);
    expect(fixture.state).toBe('Empty');
    const next = joinResponses(fixture.join({ apiVersion: 3 }))[0];
    expect(next?.generationId).toBe(3);
  });

  it('takes several at once, each with its own answer, also ids that were only given out', () => {
    const fixture = new CoreFixture(delayed);
    const [leader, follower] = twoMembers(fixture);
    const pending = joinResponses(fixture.join())[0]?.memberId ?? '';
    const members = [leader, pending, 'stranger'].map((memberId) => ({ memberId, groupInstanceId: null }));
    const effects = fixture.core.leave({ groupId: 'group', members }, fixture.token(), fixture.moment);
    expect(effects.at(-1)).toMatchObject({
      response: { error: 'NONE', members: [{ error: 'NONE' }, { error: 'NONE' }, { error: 'UNKNOWN_MEMBER_ID' }] },
    });
    expect(summary(fixture.heartbeat(follower))).toEqual(['Heartbeat REBALANCE_IN_PROGRESS']);
  });

  it('lets a rebalance end that waited for the one who left', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.join({ apiVersion: 3 });
    expect(summary(fixture.leave(memberId))).toEqual(['JoinGroup NONE', 'LeaveGroup NONE']);
  });

  it('of an unknown group answers for each member', () => {
    expect(new CoreFixture().leave('x')).toMatchObject([
      { response: { error: 'NONE', members: [{ memberId: 'x', error: 'UNKNOWN_MEMBER_ID' }] } },
    ]);
  });
});

describe('DescribeGroups and ListGroups', () => {
  it('show subscriptions and assignments of a Stable group alone', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    const member = { memberId, groupInstanceId: null, clientId: 'client', clientHost: '/127.0.0.1' };
    const common = { error: 'NONE', groupId: 'group', protocolType: 'consumer' };
    expect(fixture.core.describe('group')).toEqual({
      ...common,
      state: 'Stable',
      protocolData: 'range',
      members: [{ ...member, metadata: bytes('subscription'), assignment: bytes(`all of ${memberId}`) }],
    });
    fixture.join({ apiVersion: 3 });
    expect(fixture.core.describe('group')).toMatchObject({ ...common, state: 'PreparingRebalance', protocolData: '' });
    expect(fixture.core.describe('group').members).toContainEqual({
      ...member,
      metadata: bytes(''),
      assignment: bytes(''),
    });
  });

  it('call a group Dead that is not there', () => {
    expect(new CoreFixture().core.describe('nothing')).toMatchObject({ error: 'NONE', state: 'Dead', members: [] });
  });

  it('filter by state and type in any case of letters', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup();
    fixture.store(fixture.commit({ groupId: 'offsets only' }));
    const ids = (states: string[], types: string[] = []): string[] =>
      fixture.core.list({ states, types }).map(({ groupId }) => groupId);
    expect(ids([])).toEqual(['group', 'offsets only']);
    expect(ids(['stable'])).toEqual(['group']);
    expect(ids(['EMPTY'])).toEqual(['offsets only']);
    expect(ids([], ['Classic'])).toHaveLength(2);
    expect(ids([], ['consumer'])).toEqual([]);
    expect(ids(['Nonsense'])).toEqual([]);
  });
});

describe('giving a partition up', () => {
  it('answers everybody who waits with NOT_COORDINATOR, once', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.commit({ memberId, generationId: 1 });
    fixture.core.forgetTopics(['topic'], fixture.token(), fixture.moment);
    fixture.join({ apiVersion: 3 });
    expect(summary(fixture.core.end(fixture.moment)).sort()).toEqual([
      'ForgetTopics done',
      'JoinGroup NOT_COORDINATOR',
      'OffsetCommit NOT_COORDINATOR',
    ]);
    expect(fixture.core.end(fixture.moment)).toEqual([]);
    expect(fixture.core.figures().pendingCalls).toBe(0);
  });
});
