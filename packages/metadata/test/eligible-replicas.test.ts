import {
  type CommandOf,
  type MetadataCommand,
  type MetadataState,
  minInsyncReplicas,
  type Partition,
} from '@streambus/metadata';
import { describe, expect, it } from 'vitest';
import {
  apply,
  createTopic,
  endpoints,
  identity,
  liveBrokers,
  partitionOf,
  refusalOf,
  run,
  topicOf,
  withIsr,
} from './cluster.ts';

const where = { name: 't', partition: 0 };

function minInsync(count: number | string): CommandOf<'configureTopic'> {
  const change = { operation: 'set', key: 'min.insync.replicas', value: String(count) } as const;
  return { kind: 'configureTopic', name: 't', changes: [change] };
}

function fence(...brokerIds: readonly number[]): MetadataCommand[] {
  return brokerIds.map((brokerId) => ({ kind: 'fenceBroker', ...identity(brokerId) }));
}

function unfence(...brokerIds: readonly number[]): MetadataCommand[] {
  return brokerIds.map((brokerId) => ({ kind: 'unfenceBroker', ...identity(brokerId) }));
}

function who({ isr, eligibleReplicas, leader }: Partition): unknown {
  return { isr, eligibleReplicas, leader };
}

/** Three brokers, and a topic on all of them of which two must be in sync. */
const three = run(liveBrokers(3), createTopic('t', 1, [[1, 2, 3]]), minInsync(2));

describe('an ISR that falls below min.insync.replicas', () => {
  it('makes eligible who left it then, and nobody who left it before', () => {
    const two = run(three, ...fence(3));
    expect(who(partitionOf(two, 't'))).toEqual({ isr: [1, 2], eligibleReplicas: [], leader: 1 });
    const one = run(two, ...fence(2));
    expect(who(partitionOf(one, 't'))).toEqual({ isr: [1], eligibleReplicas: [2], leader: 1 });
    const none = run(one, ...fence(1));
    expect(who(partitionOf(none, 't'))).toEqual({ isr: [], eligibleReplicas: [1, 2], leader: undefined });
  });

  it('by the leader’s own word makes eligible whom it left behind', () => {
    const one = run(three, withIsr(three, 't', [1]));
    expect(who(partitionOf(one, 't'))).toEqual({ isr: [1], eligibleReplicas: [2, 3], leader: 1 });
  });

  it('loses no acknowledged record when its last member dies: an eligible replica that lives leads at once', () => {
    const one = run(three, withIsr(three, 't', [1]));
    const [state, result] = apply(one, { kind: 'fenceBroker', ...identity(1) });
    expect(result).toEqual({ kind: 'fenceBroker', movedLeaderCount: 1, leaderlessCount: 0 });
    expect(who(partitionOf(state, 't'))).toEqual({ isr: [2], eligibleReplicas: [1, 3], leader: 2 });
  });

  it('waits for any eligible replica to come back, and for no other', () => {
    const none = run(three, ...fence(3, 2, 1));
    const stranger = run(none, ...unfence(3));
    expect(who(partitionOf(stranger, 't'))).toEqual({ isr: [], eligibleReplicas: [1, 2], leader: undefined });
    const back = run(stranger, ...unfence(2));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [2], eligibleReplicas: [1], leader: 2 });
    expect(partitionOf(back, 't').leaderEpoch).toBe(partitionOf(none, 't').leaderEpoch + 1);
  });

  it('is whole again, with nobody eligible, when enough have caught up', () => {
    const one = run(three, withIsr(three, 't', [1]));
    const two = run(one, withIsr(one, 't', [1, 3]));
    expect(who(partitionOf(two, 't'))).toEqual({ isr: [1, 3], eligibleReplicas: [], leader: 1 });
  });

  it('prefers an active eligible replica to a draining one, and that to none', () => {
    const one = run(three, { kind: 'drainBroker', ...identity(2) });
    const shrunk = run(one, withIsr(one, 't', [1]));
    expect(partitionOf(run(shrunk, ...fence(1)), 't').leader).toBe(3);
    expect(partitionOf(run(shrunk, ...fence(3, 1)), 't').leader).toBe(2);
  });
});

describe('how many must be in sync', () => {
  it('is what the topic says, or else the cluster, or else one, and at most what there is', () => {
    const cluster = [{ operation: 'set', key: 'min.insync.replicas', value: '3' } as const];
    const state = run(liveBrokers(3), createTopic('t', 1, [[1, 2]]));
    const counted = (each: MetadataState): number =>
      minInsyncReplicas(each, topicOf(each, 't'), partitionOf(each, 't'));
    expect(counted(state)).toBe(1);
    expect(counted(run(state, { kind: 'configureBroker', changes: cluster }))).toBe(2);
    expect(counted(run(state, { kind: 'configureBroker', brokerId: 1, changes: cluster }))).toBe(1);
    expect(counted(run(state, { kind: 'configureBroker', changes: cluster }, minInsync(1)))).toBe(1);
  });

  it('does not grow with the replicas that a reassignment adds, until it is finished', () => {
    const state = run(liveBrokers(3), createTopic('t', 1, [[1]]), minInsync(2));
    const begun = run(state, { kind: 'beginReassignment', ...where, targetReplicas: [1, 2] });
    expect(minInsyncReplicas(begun, topicOf(begun, 't'), partitionOf(begun, 't'))).toBe(1);
    const done = run(begun, withIsr(begun, 't', [1, 2]), { kind: 'finishReassignment', ...where });
    expect(minInsyncReplicas(done, topicOf(done, 't'), partitionOf(done, 't'))).toBe(2);
  });

  it('when it is lowered to what is in sync leaves nobody eligible: from then on the ISR alone acknowledges', () => {
    const one = run(three, withIsr(three, 't', [1]));
    expect(partitionOf(run(one, minInsync(1)), 't').eligibleReplicas).toEqual([]);
    const dead = run(one, ...fence(1, 2, 3), minInsync(1));
    expect(who(partitionOf(dead, 't'))).toMatchObject({ isr: [], eligibleReplicas: [1, 2, 3] });
  });

  it('when it is raised makes nobody eligible who had left before', () => {
    const state = run(liveBrokers(3), createTopic('t', 1, [[1, 2, 3]]));
    const one = run(state, withIsr(state, 't', [1]));
    expect(partitionOf(run(one, minInsync(3)), 't').eligibleReplicas).toEqual([]);
  });
});

describe('a broker that comes back', () => {
  const dead = run(three, ...fence(3, 2, 1));
  const register = (
    brokerId: number,
    lacks: Pick<CommandOf<'registerBroker'>, 'previousIncarnation' | 'mayHaveLostTail'>,
  ): CommandOf<'registerBroker'> => ({ kind: 'registerBroker', ...identity(brokerId, 2), endpoints, ...lacks });

  it('with the folder that it had stays eligible', () => {
    const { incarnation } = identity(2);
    for (const lacks of [{}, { previousIncarnation: incarnation }, { mayHaveLostTail: false }]) {
      const back = run(dead, register(2, lacks), { kind: 'unfenceBroker', ...identity(2, 2) });
      expect(who(partitionOf(back, 't'))).toEqual({ isr: [2], eligibleReplicas: [1], leader: 2 });
    }
  });

  it.each([
    ['a new folder', { previousIncarnation: null }],
    ['a folder of an earlier time', { previousIncarnation: 'an earlier start' }],
    ['less than it had', { mayHaveLostTail: true }],
  ])('with %s is not eligible: the other one is waited for', (_, lacks) => {
    const back = run(dead, register(2, lacks), { kind: 'unfenceBroker', ...identity(2, 2) });
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [], eligibleReplicas: [1], leader: undefined });
    expect(partitionOf(run(back, ...unfence(1)), 't').leader).toBe(1);
  });

  it('with less than it had is not eligible where somebody is in sync', () => {
    const one = run(three, withIsr(three, 't', [1]), ...fence(2, 3));
    expect(partitionOf(one, 't').eligibleReplicas).toEqual([2, 3]);
    const back = run(one, register(3, { mayHaveLostTail: true }), register(2, { mayHaveLostTail: true }));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [1], eligibleReplicas: [], leader: 1 });
  });

  it('with a new folder is not eligible, though it is the last one that was: nobody leads until somebody is named', () => {
    const gone = run(dead, register(2, { previousIncarnation: null }), register(1, { previousIncarnation: null }));
    const back = run(gone, { kind: 'unfenceBroker', ...identity(1, 2) }, ...unfence(3));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [], eligibleReplicas: [], leader: undefined });
  });

  it('with less than it had stays eligible where it is the last one: it still has more than whoever fell behind before', () => {
    const gone = run(dead, register(2, { mayHaveLostTail: true }), register(1, { mayHaveLostTail: true }));
    const back = run(gone, { kind: 'unfenceBroker', ...identity(1, 2) }, ...unfence(3));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [1], eligibleReplicas: [], leader: 1 });
  });

  it('before anybody missed it leaves the ISR, and the others lead', () => {
    const back = run(three, register(1, { previousIncarnation: null }));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [2, 3], eligibleReplicas: [], leader: 2 });
  });

  it('with an empty name for its last incarnation is refused', () => {
    expect(refusalOf(three, register(1, { previousIncarnation: '' })).code).toBe('INVALID_REQUEST');
  });
});

describe('an unclean election', () => {
  const stuck = run(three, ...fence(3, 2, 1), ...unfence(3));

  it('gives the partitions that are named a leader, and what that one has counts from then on', () => {
    const [state, result] = apply(stuck, { kind: 'electUncleanLeaders', partitions: [where] });
    expect(result.elections).toEqual([{ ...where, outcome: 'elected' }]);
    expect(who(partitionOf(state, 't'))).toEqual({ isr: [3], eligibleReplicas: [], leader: 3 });
    const back = run(state, ...unfence(1), ...fence(3));
    expect(who(partitionOf(back, 't'))).toEqual({ isr: [], eligibleReplicas: [3], leader: undefined });
  });

  it('gives them the leader that is named', () => {
    const state = run(liveBrokers(3), createTopic('t', 1, [[1, 2, 3]]));
    const alone = run(state, withIsr(state, 't', [1]));
    const dead = run(alone, ...fence(1));
    const named = run(dead, { kind: 'electUncleanLeaders', partitions: [{ ...where, leader: 3 }] });
    expect(who(partitionOf(named, 't'))).toEqual({ isr: [3], eligibleReplicas: [], leader: 3 });
  });

  it('says where it was not needed, not possible, or nowhere', () => {
    const partitions = [{ ...where, leader: 1 }, { ...where, leader: 9 }, { ...where, partition: 7 }, where, where];
    const [, result] = apply(stuck, { kind: 'electUncleanLeaders', partitions });
    expect(result.elections.map(({ outcome }) => outcome)).toEqual([
      'notAvailable',
      'notAvailable',
      'unknownPartition',
      'elected',
      'notNeeded',
    ]);
  });
});

describe('a partition without a leader', () => {
  const dead = run(three, ...fence(3, 2, 1));

  it('is moved only to where an eligible replica goes with it', () => {
    const { isr: _, ...change } = withIsr(dead, 't', []);
    expect(refusalOf(dead, { ...change, replicas: [3] }).code).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(who(partitionOf(run(dead, { ...change, replicas: [3, 2] }), 't'))).toEqual({
      isr: [],
      eligibleReplicas: [2],
      leader: undefined,
    });
  });

  it('takes nobody into its ISR, and nobody as its leader', () => {
    expect(refusalOf(dead, withIsr(dead, 't', [1])).code).toBe('INELIGIBLE_REPLICA');
    const { isr: _, ...change } = withIsr(dead, 't', []);
    expect(refusalOf(dead, { ...change, leader: 1 }).code).toBe('ELECTION_NOT_POSSIBLE');
  });

  it('gives up a reassignment, but not if nobody with everything would be left', () => {
    const state = run(liveBrokers(3), createTopic('t', 1, [[1]]));
    const begun = run(state, { kind: 'beginReassignment', ...where, targetReplicas: [2] });
    const both = run(begun, withIsr(begun, 't', [2]));
    const gone = run(both, ...fence(2));
    expect(who(partitionOf(gone, 't'))).toEqual({ isr: [], eligibleReplicas: [2], leader: undefined });
    expect(refusalOf(gone, { kind: 'cancelReassignment', ...where }).code).toBe('REASSIGNMENT_NOT_READY');
    expect(refusalOf(gone, { kind: 'finishReassignment', ...where }).code).toBe('REASSIGNMENT_NOT_READY');
    const other = run(begun, ...fence(1), { kind: 'cancelReassignment', ...where });
    expect(partitionOf(other, 't')).toMatchObject({ replicas: [1], isr: [], eligibleReplicas: [1] });
  });
});
