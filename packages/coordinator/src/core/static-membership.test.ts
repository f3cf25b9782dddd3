import { describe, expect, it } from 'vitest';
import { bytes, CoreFixture, joinResponses, summary } from '../../test/core-fixture.ts';

const instance = { groupInstanceId: 'instance' };

describe('static membership (KIP-345)', () => {
  it('a member that comes back in a Stable group takes its old place and assignment, without a rebalance', () => {
    const fixture = new CoreFixture();
    const oldId = fixture.stableGroup(instance);
    const effects = fixture.join({ apiVersion: 8, ...instance });
    expect(summary(effects)).toEqual(['append 1']);
    const answers = fixture.store(effects);
    const newId = joinResponses(answers)[0]?.memberId ?? '';
    expect(newId).not.toBe(oldId);
    expect(joinResponses(answers)).toEqual([
      {
        error: 'NONE',
        generationId: 1,
        protocolType: 'consumer',
        protocolName: 'range',
        leader: oldId,
        skipAssignment: false,
        memberId: newId,
        members: [],
      },
    ]);
    expect(fixture.state).toBe('Stable');
    expect(fixture.sync({ memberId: newId, ...instance })).toMatchObject([
      { response: { error: 'NONE', assignment: bytes(`all of ${oldId}`) } },
    ]);
  });

  it('a leader that comes back may be told to skip the assignment, from version 9 (KIP-814)', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup(instance);
    const [response] = joinResponses(fixture.store(fixture.join({ apiVersion: 9, ...instance })));
    expect(response).toMatchObject({ error: 'NONE', skipAssignment: true, leader: response?.memberId });
    expect(response?.members.map(({ memberId }) => memberId)).toEqual([response?.memberId]);
  });

  it('whoever still uses the old id is fenced', () => {
    const fixture = new CoreFixture();
    const oldId = fixture.stableGroup(instance);
    fixture.store(fixture.join(instance));
    const error = 'FENCED_INSTANCE_ID';
    expect(summary(fixture.heartbeat(oldId, 1, 'instance'))).toEqual([`Heartbeat ${error}`]);
    expect(summary(fixture.sync({ memberId: oldId, ...instance }))).toEqual([`SyncGroup ${error}`]);
    expect(summary(fixture.join({ memberId: oldId, ...instance }))).toEqual([`JoinGroup ${error}`]);
    expect(summary(fixture.commit({ memberId: oldId, generationId: 1, ...instance }))).toEqual([
      `OffsetCommit ${error}`,
    ]);
    expect(fixture.leave(oldId, 'instance')).toMatchObject([{ response: { error: 'NONE', members: [{ error }] } }]);
    expect(summary(fixture.heartbeat('any', 1, 'stranger'))).toEqual(['Heartbeat UNKNOWN_MEMBER_ID']);
  });

  it('the old place stays when the new one cannot be stored', () => {
    const fixture = new CoreFixture();
    const oldId = fixture.stableGroup(instance);
    const answers = fixture.fail(fixture.join(instance));
    expect(summary(answers)).toEqual(['JoinGroup COORDINATOR_NOT_AVAILABLE']);
    expect(summary(fixture.heartbeat(oldId, 1, 'instance'))).toEqual(['Heartbeat NONE']);
    expect(fixture.core.describe('group').members).toMatchObject([
      { memberId: oldId, assignment: bytes(`all of ${oldId}`) },
    ]);
  });

  it('a rebalance that begins before the new place is stored takes the member along', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup(instance);
    const replacing = fixture.join(instance);
    expect(summary(fixture.join({ apiVersion: 3 }))).toEqual([
      'rebalance: memberJoined',
      'JoinGroup NONE',
      'JoinGroup NONE',
    ]);
    expect(fixture.store(replacing)).toEqual([]);
    expect(fixture.state).toBe('CompletingRebalance');
  });

  it('coming back while the leader assigns makes the group rebalance, for the assignment would go to the old id', () => {
    const fixture = new CoreFixture();
    const oldId = joinResponses(fixture.join(instance))[0]?.memberId ?? '';
    fixture.sync({ memberId: oldId, ...instance, assignments: [{ memberId: oldId, assignment: bytes('x') }] });
    expect(summary(fixture.join(instance))).toEqual([
      'SyncGroup FENCED_INSTANCE_ID',
      'rebalance: staticMemberReplaced',
      'JoinGroup NONE',
    ]);
  });

  it('coming back with other protocols makes the group rebalance when that changes its protocol', () => {
    const fixture = new CoreFixture();
    const both = ['range', 'sticky'].map((name) => ({ name, metadata: bytes(name) }));
    fixture.stableGroup({ ...instance, protocols: both });
    expect(summary(fixture.join({ ...instance, protocols: [...both].reverse() }))).toEqual([
      'rebalance: staticMemberReplaced',
      'JoinGroup NONE',
    ]);
  });

  it('a rebalance goes on without a static member that is late, which stays a member until its session ends', () => {
    const fixture = new CoreFixture();
    const staticId = fixture.stableGroup({ ...instance, rebalanceTimeoutMs: 3000, sessionTimeoutMs: 30_000 });
    fixture.join({ apiVersion: 3, rebalanceTimeoutMs: 3000 });
    const answers = joinResponses(fixture.advance(3000));
    expect(answers.flatMap(({ members }) => members.map(({ memberId }) => memberId))).toContain(staticId);
    expect(summary(fixture.heartbeat(staticId, 1, 'instance'))).toEqual(['Heartbeat ILLEGAL_GENERATION']);
  });

  it('an operator removes a static member by its name', () => {
    const fixture = new CoreFixture();
    fixture.stableGroup(instance);
    expect(summary(fixture.leave('', 'instance'))).toEqual(['rebalance: memberLeft', 'append 1', 'LeaveGroup NONE']);
    expect(fixture.state).toBe('Empty');
    expect(fixture.leave('', 'instance')).toMatchObject([{ response: { members: [{ error: 'UNKNOWN_MEMBER_ID' }] } }]);
  });
});
