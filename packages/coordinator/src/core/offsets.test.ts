import { describe, expect, it } from 'vitest';
import { bytes, CoreFixture, summary } from '../../test/core-fixture.ts';

const day = 24 * 3_600_000;

/** ConsumerProtocolSubscription, version 0. */
function subscription(...topics: string[]): Uint8Array {
  const parts = topics.map((topic) => `\0${String.fromCharCode(topic.length)}${topic}`);
  return bytes(`\0\0\0\0\0${String.fromCharCode(topics.length)}${parts.join('')}\0\0\0\0`);
}

const subscribed = { protocols: [{ name: 'range', metadata: subscription('topic') }] };

describe('OffsetCommit', () => {
  it('answers, and is seen, when it is durable', () => {
    const fixture = new CoreFixture();
    const effects = fixture.commit();
    expect(summary(effects)).toEqual(['append 1']);
    expect(fixture.offset()).toBe(-1);
    expect(summary(fixture.store(effects))).toEqual(['OffsetCommit NONE']);
    expect(fixture.core.fetch({ groupId: 'group', topics: null })).toEqual({
      error: 'NONE',
      topics: [
        {
          name: 'topic',
          partitions: [{ partitionIndex: 0, offset: 5, leaderEpoch: 2, metadata: 'note', error: 'NONE' }],
        },
      ],
    });
  });

  it('leaves all as it was when it fails', () => {
    const fixture = new CoreFixture();
    expect(summary(fixture.fail(fixture.commit()))).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
    expect(fixture.core.list({ states: [], types: [] })).toEqual([]);
    fixture.store(fixture.commit({}, 5));
    fixture.fail(fixture.commit({}, 6));
    expect(fixture.offset()).toBe(5);
  });

  it('tells its caller when it takes too long, and counts when it succeeds after all', () => {
    const fixture = new CoreFixture();
    const effects = fixture.commit();
    expect(summary(fixture.advance(5000))).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
    expect(fixture.store(effects)).toEqual([]);
    expect(fixture.offset()).toBe(5);
  });

  it('checks generation and member, and lets a consumer alone commit to an empty group only', () => {
    const fixture = new CoreFixture();
    expect(summary(fixture.commit({ generationId: 1, memberId: 'x' }))).toEqual(['OffsetCommit ILLEGAL_GENERATION']);
    const memberId = fixture.stableGroup();
    expect(summary(fixture.commit())).toEqual(['OffsetCommit UNKNOWN_MEMBER_ID']);
    expect(summary(fixture.commit({ memberId: 'x', generationId: 1 }))).toEqual(['OffsetCommit UNKNOWN_MEMBER_ID']);
    expect(summary(fixture.commit({ memberId, generationId: 2 }))).toEqual(['OffsetCommit ILLEGAL_GENERATION']);
    expect(summary(fixture.store(fixture.commit({ memberId, generationId: 1 })))).toEqual(['OffsetCommit NONE']);
    fixture.store(fixture.leave(memberId));
    expect(summary(fixture.store(fixture.commit({}, 9)))).toEqual(['OffsetCommit NONE']);
  });

  it('of a generation before is taken while the next one is prepared, not while it is assigned', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.join({ apiVersion: 3 });
    expect(summary(fixture.store(fixture.commit({ memberId, generationId: 1 })))).toEqual(['OffsetCommit NONE']);
    fixture.join({ memberId });
    expect(summary(fixture.commit({ memberId, generationId: 1 }))).toEqual(['OffsetCommit ILLEGAL_GENERATION']);
    expect(summary(fixture.commit({ memberId, generationId: 2 }))).toEqual(['OffsetCommit REBALANCE_IN_PROGRESS']);
  });

  it('keeps a member alive', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.advance(9000);
    fixture.store(fixture.commit({ memberId, generationId: 1 }));
    expect(fixture.advance(9000)).toEqual([]);
  });

  it('refuses metadata over the limit for that partition alone', () => {
    const fixture = new CoreFixture({ maxOffsetMetadataBytes: 4 });
    const partitions = ['ok', 'é€', null, 'five!'].map((metadata, partitionIndex) => ({
      partitionIndex,
      offset: 1,
      leaderEpoch: -1,
      metadata,
    }));
    const effects = fixture.commit({ topics: [{ name: 'topic', partitions }] });
    expect(summary(fixture.store(effects))).toEqual([
      'OffsetCommit NONE,OFFSET_METADATA_TOO_LARGE,NONE,OFFSET_METADATA_TOO_LARGE',
    ]);
    expect([0, 1, 2, 3].map((partition) => fixture.offset(partition))).toEqual([1, -1, 1, -1]);
  });

  it('is refused when it would add to what is too much already, or nobody may wait', () => {
    const full = new CoreFixture({ maxHeldBytesPerPartition: 70 });
    expect(summary(full.store(full.commit({}, 1)))).toEqual(['OffsetCommit NONE']);
    expect(summary(full.commit({ groupId: 'other' }))).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
    expect(summary(full.store(full.commit({}, 2)))).toEqual(['OffsetCommit NONE']);
    expect(summary(new CoreFixture({ maxHeldBytesPerPartition: 10 }).commit())).toEqual([
      'OffsetCommit COORDINATOR_NOT_AVAILABLE',
    ]);
    const fixture = new CoreFixture({ maxPendingCallsPerPartition: 1 });
    fixture.commit();
    expect(summary(fixture.commit())).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
  });
});

describe('OffsetDelete', () => {
  const all = { groupId: 'group', topics: [{ name: 'topic', partitionIndexes: [0, 7] }] };
  const run = (fixture: CoreFixture): ReturnType<CoreFixture['commit']> =>
    fixture.core.deleteOffsets(all, fixture.token(), fixture.moment);

  it('deletes what an empty group has, seen until that is durable', () => {
    const fixture = new CoreFixture();
    fixture.store(fixture.commit());
    const effects = run(fixture);
    expect(fixture.offset()).toBe(5);
    expect(fixture.store(effects)).toMatchObject([
      {
        response: {
          error: 'NONE',
          topics: [
            {
              partitions: [
                { partitionIndex: 0, error: 'NONE' },
                { partitionIndex: 7, error: 'NONE' },
              ],
            },
          ],
        },
      },
    ]);
    expect(fixture.offset()).toBe(-1);
  });

  it('deletes a commit too that is still on its way', () => {
    const fixture = new CoreFixture();
    const committing = fixture.commit();
    const deleting = run(fixture);
    expect(summary(deleting)).toEqual(['append 1']);
    fixture.store(committing);
    fixture.store(deleting);
    expect(fixture.offset()).toBe(-1);
  });

  it('refuses topics that members subscribe to, groups that are no consumers, and unknown ones', () => {
    const fixture = new CoreFixture();
    expect(summary(run(fixture))).toEqual(['OffsetDelete GROUP_ID_NOT_FOUND']);
    fixture.stableGroup(subscribed);
    expect(run(fixture)).toMatchObject([
      {
        response: {
          topics: [{ partitions: [{ error: 'GROUP_SUBSCRIBED_TO_TOPIC' }, { error: 'GROUP_SUBSCRIBED_TO_TOPIC' }] }],
        },
      },
    ]);
    const other = new CoreFixture();
    other.stableGroup({ protocols: [{ name: 'range', metadata: subscription('another') }] });
    expect(run(other)).toMatchObject([
      { response: { topics: [{ partitions: [{ error: 'NONE' }, { error: 'NONE' }] }] } },
    ]);
    const connect = new CoreFixture();
    connect.stableGroup({ protocolType: 'connect' });
    expect(summary(run(connect))).toEqual(['OffsetDelete NON_EMPTY_GROUP']);
  });
});

describe('DeleteGroups', () => {
  const run = (fixture: CoreFixture): ReturnType<CoreFixture['commit']> =>
    fixture.core.deleteGroup('group', fixture.token(), fixture.moment);

  it('deletes an empty group with its offsets, those on their way among them', () => {
    const fixture = new CoreFixture();
    const memberId = fixture.stableGroup();
    fixture.store(fixture.commit({ memberId, generationId: 1 }));
    fixture.store(fixture.leave(memberId));
    const partitions = [{ partitionIndex: 1, offset: 8, leaderEpoch: -1, metadata: null }];
    const committing = fixture.commit({ topics: [{ name: 'topic', partitions }] });
    const deleting = run(fixture);
    expect(summary(deleting)).toEqual(['append 3']);
    expect(summary(fixture.join({ apiVersion: 3 }))).toEqual(['JoinGroup COORDINATOR_NOT_AVAILABLE']);
    expect(summary(fixture.commit())).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
    fixture.store(committing);
    expect(fixture.offset()).toBe(5);
    expect(summary(fixture.store(deleting))).toEqual(['DeleteGroup NONE']);
    expect(fixture.state).toBe('Dead');
    expect([fixture.offset(), fixture.core.liveBytes, fixture.core.figures().heldBytes]).toEqual([-1, 0, 0]);
  });

  it('leaves the group as it was when it fails', () => {
    const fixture = new CoreFixture();
    fixture.store(fixture.commit());
    expect(summary(fixture.fail(run(fixture)))).toEqual(['DeleteGroup COORDINATOR_NOT_AVAILABLE']);
    expect(fixture.offset()).toBe(5);
    expect(summary(fixture.store(run(fixture)))).toEqual(['DeleteGroup NONE']);
  });

  it('refuses groups with members, and unknown ones', () => {
    const fixture = new CoreFixture();
    expect(summary(run(fixture))).toEqual(['DeleteGroup GROUP_ID_NOT_FOUND']);
    fixture.stableGroup();
    expect(summary(run(fixture))).toEqual(['DeleteGroup NON_EMPTY_GROUP']);
  });
});

describe('topics that are deleted', () => {
  it('take the offsets with them in every group, and the answer waits for all', () => {
    const fixture = new CoreFixture();
    fixture.store(fixture.commit({ groupId: 'first' }));
    fixture.store(fixture.commit({ groupId: 'second' }));
    const effects = fixture.core.forgetTopics(['topic', 'other'], fixture.token(), fixture.moment);
    expect(summary(effects)).toEqual(['append 1', 'append 1']);
    const [one, two] = effects;
    expect(fixture.store(one === undefined ? [] : [one])).toEqual([]);
    expect(summary(fixture.store(two === undefined ? [] : [two]))).toEqual(['ForgetTopics done']);
    expect([fixture.offset(0, 'topic', 'first'), fixture.offset(0, 'topic', 'second')]).toEqual([-1, -1]);
    expect(summary(fixture.core.forgetTopics(['topic'], fixture.token(), fixture.moment))).toEqual([
      'ForgetTopics done',
    ]);
  });
});

describe('expiry (KIP-211)', () => {
  const options = { offsetsRetentionMs: 7 * day, retentionCheckIntervalMs: 600_000 };

  it('of a lone consumer’s offset counts from its commit', () => {
    const fixture = new CoreFixture(options);
    fixture.store(fixture.commit());
    expect(fixture.advance(7 * day - 600_000)).toEqual([]);
    const effects = fixture.advance(600_000);
    expect(summary(effects)).toEqual(['append 1']);
    fixture.store(effects);
    expect(fixture.state).toBe('Dead');
    expect(fixture.core.figures().counters.expiredOffsets).toBe(1);
  });

  it('of a group counts from when it became empty', () => {
    const fixture = new CoreFixture(options);
    const memberId = fixture.stableGroup({ ...subscribed, sessionTimeoutMs: 1_800_000 });
    fixture.store(fixture.commit({ memberId, generationId: 1 }));
    for (let half = 0; half < 2 * 24 * 8; half++) {
      expect(fixture.advance(1_799_000)).toEqual([]);
      fixture.heartbeat(memberId);
    }
    fixture.store(fixture.leave(memberId));
    expect(fixture.advance(7 * day - 1)).toEqual([]);
    expect(summary(fixture.advance(600_001))).toEqual(['append 2']);
  });

  it('of topics that a Stable group of consumers does not subscribe to any more counts from their commit', () => {
    const fixture = new CoreFixture({ ...options, offsetsRetentionMs: 1_200_000 });
    const memberId = fixture.stableGroup({ ...subscribed, sessionTimeoutMs: 1_800_000 });
    const partitions = [{ partitionIndex: 0, offset: 1, leaderEpoch: -1, metadata: null }];
    const topics = ['topic', 'left'].map((name) => ({ name, partitions }));
    fixture.store(fixture.commit({ memberId, generationId: 1, topics }));
    fixture.store(fixture.advance(1_200_000));
    expect([fixture.offset(), fixture.offset(0, 'left')]).toEqual([1, -1]);
  });

  it('spares what a commit on its way renews, and obeys a retention of the request (versions 2 to 4)', () => {
    const fixture = new CoreFixture(options);
    fixture.store(fixture.commit({ retentionTimeMs: 600_000 }));
    const renewing = fixture.commit({ retentionTimeMs: 600_000 });
    expect(summary(fixture.advance(600_000))).toEqual(['OffsetCommit COORDINATOR_NOT_AVAILABLE']);
    fixture.store(renewing);
    expect(summary(fixture.advance(600_000))).toEqual(['append 1']);
  });
});
