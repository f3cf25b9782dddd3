import {
  applyCommand,
  type CommandOf,
  checkState,
  contentOf,
  emptyState,
  findViolation,
  type MetadataCommand,
  type MetadataState,
  type Partition,
  partitionEpoch,
  type SingleCommand,
  stateFromContent,
  topicNameProblem,
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
  topicId,
  topicOf,
  withIsr,
} from './cluster.ts';

describe('registering a broker', () => {
  it('begins fenced, at an epoch that is the version', () => {
    const [state, result] = apply(emptyState(), { kind: 'registerBroker', ...identity(1), endpoints });
    expect(result).toEqual({ kind: 'registerBroker', epoch: 1, status: 'fenced' });
    expect(state.brokers.get(1)).toMatchObject({ status: 'fenced', rack: undefined, endpoints });
  });

  it('by the same incarnation keeps status and epoch', () => {
    const before = liveBrokers(1);
    const [, result] = apply(before, { kind: 'registerBroker', ...identity(1), endpoints, rack: 'a' });
    expect(result).toEqual({ kind: 'registerBroker', epoch: 1, status: 'active' });
  });

  it('by a new incarnation takes away what the old one led, until it is unfenced', () => {
    const before = run(liveBrokers(2), createTopic('t', 1, [[1, 2]]), createTopic('u', 2, [[1]]));
    const restarted = run(before, { kind: 'registerBroker', ...identity(1, 2), endpoints });
    expect(partitionOf(restarted, 't', 0)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1 });
    expect(partitionOf(restarted, 'u')).toMatchObject({
      leader: undefined,
      isr: [],
      eligibleReplicas: [1],
      leaderEpoch: 1,
    });
    const back = run(restarted, { kind: 'unfenceBroker', ...identity(1, 2) });
    expect(partitionOf(back, 't', 0)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 1 });
    expect(partitionOf(back, 'u')).toMatchObject({ leader: 1, isr: [1], leaderEpoch: 2 });
    expect(refusalOf(back, { kind: 'fenceBroker', ...identity(1, 1) }).code).toBe('STALE_INCARNATION');
  });

  it.each([
    ['a negative id', { brokerId: -1 }],
    ['no endpoint', { endpoints: [] }],
    ['a port of 0', { endpoints: [{ listener: 'A', host: 'h', port: 0 }] }],
    ['a listener twice', { endpoints: [...endpoints, ...endpoints] }],
    ['no incarnation', { incarnation: '' }],
    ['an empty rack', { rack: '' }],
    ['a feature range that ends before it begins', { supportedFeatures: [{ name: 'f', minLevel: 2, maxLevel: 1 }] }],
  ])('with %s is refused', (_, fields) => {
    const command = { kind: 'registerBroker', ...identity(1), endpoints, ...fields } as const;
    expect(refusalOf(emptyState(), command).code).toBe('INVALID_REQUEST');
  });
});

describe('fencing a broker', () => {
  it('moves every leadership to a live member of the ISR and bumps the epochs, in one version', () => {
    const assignment = Array.from({ length: 10_000 }, (_, index) => (index % 2 === 0 ? [1, 2, 3] : [2, 1, 3]));
    const before = run(liveBrokers(3), createTopic('t', 1, assignment));
    const [after, result] = apply(before, { kind: 'fenceBroker', ...identity(1) });
    expect(result).toEqual({ kind: 'fenceBroker', movedLeaderCount: 5_000, leaderlessCount: 0 });
    expect(after.version).toBe(before.version + 1);
    expect(partitionOf(after, 't', 0)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 1, partitionEpoch: 1 });
    expect(partitionOf(after, 't', 1)).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 0, partitionEpoch: 1 });
    expect(after.brokerLoads.get(2)).toEqual({
      replicaCount: 10_000,
      leaderCount: 10_000,
      preferredLeaderCount: 5_000,
    });
  });

  it('makes the last member of an ISR eligible, without a leader, and gives it the lead again when it returns', () => {
    const before = run(liveBrokers(2), createTopic('t', 1, [[1, 2]]));
    const alone = run(before, { kind: 'fenceBroker', ...identity(2) }, { kind: 'fenceBroker', ...identity(1) });
    expect(partitionOf(alone, 't')).toMatchObject({
      leader: undefined,
      isr: [],
      eligibleReplicas: [1],
      leaderEpoch: 1,
    });
    const other = run(alone, { kind: 'unfenceBroker', ...identity(2) });
    expect(partitionOf(other, 't').leader).toBeUndefined();
    const back = run(other, { kind: 'unfenceBroker', ...identity(1) });
    expect(partitionOf(back, 't')).toMatchObject({ leader: 1, isr: [1], eligibleReplicas: [], leaderEpoch: 2 });
  });

  it('elects a replica that is not in sync only where the topic, or the cluster, asks for it by name', () => {
    const key = 'unclean.leader.election.enable';
    const before = run(liveBrokers(2), createTopic('t', 1, [[1, 2]]), createTopic('u', 2, [[1, 2]]));
    const shrunk = run(before, withIsr(before, 't', [1]));
    const shrunkToo = run(shrunk, withIsr(shrunk, 'u', [1]));
    const dead = run(
      shrunkToo,
      { kind: 'configureTopic', name: 'u', changes: [{ operation: 'set', key, value: 'true' }] },
      { kind: 'fenceBroker', ...identity(1) },
    );
    expect(partitionOf(dead, 't')).toMatchObject({ leader: undefined, isr: [], eligibleReplicas: [1] });
    expect(partitionOf(dead, 'u')).toMatchObject({ leader: 2, isr: [2], eligibleReplicas: [] });
    const asked = run(dead, { kind: 'configureBroker', changes: [{ operation: 'set', key, value: 'true' }] });
    expect(partitionOf(asked, 't')).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 2 });
  });
});

describe('draining a broker', () => {
  it('moves its leaderships to active members of the ISR, keeps it in sync, and gives it no new replicas', () => {
    const before = run(
      liveBrokers(3),
      createTopic('t', 1, [
        [1, 2],
        [3, 1],
      ]),
      createTopic('u', 2, [[1]]),
    );
    const [after, result] = apply(before, { kind: 'drainBroker', ...identity(1) });
    expect(result).toEqual({ kind: 'drainBroker', movedLeaderCount: 1, leaderlessCount: 0 });
    expect(partitionOf(after, 't', 0)).toMatchObject({ leader: 2, isr: [1, 2] });
    expect(partitionOf(after, 'u')).toMatchObject({ leader: 1 });
    const [placed] = apply(after, {
      kind: 'createTopic',
      name: 'new',
      topicId: topicId(3),
      placement: { kind: 'automatic', partitionCount: 6, replicationFactor: 2 },
    });
    expect(topicOf(placed, 'new').partitions.flatMap(({ replicas }) => replicas)).not.toContain(1);
  });

  it('is refused for a fenced one', () => {
    const state = run(emptyState(), { kind: 'registerBroker', ...identity(1), endpoints });
    expect(refusalOf(state, { kind: 'drainBroker', ...identity(1) }).code).toBe('BROKER_STATUS_CONFLICT');
  });
});

describe('unregistering a broker', () => {
  it('is refused while it holds replicas', () => {
    const state = run(liveBrokers(2), createTopic('t', 1, [[1]]));
    expect(refusalOf(state, { kind: 'unregisterBroker', brokerId: 1 })).toEqual({
      code: 'BROKER_IN_USE',
      message: 'broker 1 holds 1 replicas; it must hold none to be unregistered',
    });
    const after = run(state, { kind: 'unregisterBroker', brokerId: 2 });
    expect([...after.brokers.keys()]).toEqual([1]);
  });
});

describe('creating a topic', () => {
  const automatic = { kind: 'automatic', partitionCount: 3, replicationFactor: 2 } as const;

  it('places it and says what it made', () => {
    const [state, result] = apply(liveBrokers(3), {
      kind: 'createTopic',
      name: 't',
      topicId: topicId(1),
      placement: automatic,
      configs: { 'segment.bytes': '4096', 'cleanup.policy': 'compact' },
    });
    expect(result).toEqual({ kind: 'createTopic', topicId: topicId(1), partitionCount: 3, replicationFactor: 2 });
    expect([...topicOf(state, 't').configs.keys()]).toEqual(['cleanup.policy', 'segment.bytes']);
    expect(state.topicNamesById.get(topicId(1))).toBe('t');
  });

  it('gives topics of one partition to each broker in turn', () => {
    let state = liveBrokers(3);
    for (let number = 1; number <= 30; number += 1) {
      const placement = { kind: 'automatic', partitionCount: 1, replicationFactor: 2 } as const;
      state = run(state, { kind: 'createTopic', name: `t${number}`, topicId: topicId(number), placement });
    }
    expect([...state.brokerLoads.values()]).toEqual(
      new Array(3).fill({ replicaCount: 20, leaderCount: 10, preferredLeaderCount: 10 }),
    );
  });

  it.each([
    ['a taken name', 'TOPIC_EXISTS', { name: 'taken' }],
    ['a taken id', 'TOPIC_EXISTS', { topicId: topicId(1) }],
    ['an empty name', 'INVALID_TOPIC_NAME', { name: '' }],
    ['a name with a slash', 'INVALID_TOPIC_NAME', { name: 'a/b' }],
    ['no UUID', 'INVALID_REQUEST', { topicId: 'x' }],
    ['no partitions', 'INVALID_PARTITIONS', { placement: { ...automatic, partitionCount: 0 } }],
    ['half a partition', 'INVALID_PARTITIONS', { placement: { ...automatic, partitionCount: 0.5 } }],
    ['too many partitions', 'INVALID_PARTITIONS', { placement: { ...automatic, partitionCount: 10_001 } }],
    ['no replicas', 'INVALID_REPLICATION_FACTOR', { placement: { ...automatic, replicationFactor: 0 } }],
    [
      'more replicas than live brokers',
      'INVALID_REPLICATION_FACTOR',
      { placement: { ...automatic, replicationFactor: 4 } },
    ],
    ['a bad setting', 'INVALID_CONFIG', { configs: { 'segment.bytes': '1' } }],
    ['a broker twice', 'INVALID_REPLICA_ASSIGNMENT', { placement: { kind: 'explicit', replicas: [[1, 1]] } }],
    ['an empty assignment', 'INVALID_REPLICA_ASSIGNMENT', { placement: { kind: 'explicit', replicas: [[]] } }],
    ['uneven replication', 'INVALID_REPLICA_ASSIGNMENT', { placement: { kind: 'explicit', replicas: [[1], [1, 2]] } }],
    ['an unknown broker', 'UNKNOWN_BROKER', { placement: { kind: 'explicit', replicas: [[9]] } }],
  ] as const)('with %s is refused as %s', (_, code, fields) => {
    const state = run(liveBrokers(3), createTopic('taken', 1, [[1]]));
    const command = { kind: 'createTopic', name: 't', topicId: topicId(2), placement: automatic, ...fields } as const;
    expect(refusalOf(state, command).code).toBe(code);
  });

  it('on brokers that are all fenced is refused, and with some fenced those are out of sync', () => {
    const state = run(liveBrokers(2), { kind: 'fenceBroker', ...identity(1) });
    expect(refusalOf(state, createTopic('t', 1, [[1]])).code).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(partitionOf(run(state, createTopic('t', 1, [[1, 2]])), 't')).toMatchObject({ leader: 2, isr: [2] });
  });

  it('allows the names that Kafka allows', () => {
    for (const name of ['a', 'A.b_c-9', 'x'.repeat(249), '...']) expect(topicNameProblem(name)).toBeUndefined();
    for (const name of ['', '.', '..', 'x'.repeat(250), 'a b', 'ä', 'a/b'])
      expect(topicNameProblem(name)).toBeDefined();
  });
});

describe('adding partitions', () => {
  it('keeps the old ones and balances the new ones against them', () => {
    const before = run(liveBrokers(3), createTopic('t', 1, [[1], [1]]));
    const [after, result] = apply(before, { kind: 'addPartitions', name: 't', totalCount: 6 });
    expect(result.partitionCount).toBe(6);
    expect(topicOf(after, 't').partitions.slice(0, 2)).toEqual(topicOf(before, 't').partitions);
    expect([...after.brokerLoads.values()].map((load) => load.leaderCount)).toEqual([2, 2, 2]);
  });

  it.each([2, 1, 10_003, 2.5])('to %s in place of 2 is refused', (totalCount) => {
    const state = run(liveBrokers(1), createTopic('t', 1, [[1], [1]]));
    expect(refusalOf(state, { kind: 'addPartitions', name: 't', totalCount }).code).toBe('INVALID_PARTITIONS');
  });
});

describe('changing a partition', () => {
  const before = run(liveBrokers(4), createTopic('t', 1, [[1, 2, 3]]));

  it('shrinks and grows the ISR against its epoch', () => {
    const shrunk = run(before, withIsr(before, 't', [1, 3]));
    expect(partitionOf(shrunk, 't')).toMatchObject({ isr: [1, 3], partitionEpoch: 1, leaderEpoch: 0 });
    expect(refusalOf(shrunk, withIsr(before, 't', [1, 2])).code).toBe('STALE_PARTITION_EPOCH');
    const grown = run(shrunk, withIsr(shrunk, 't', [3, 2, 1]));
    expect(partitionOf(grown, 't').isr).toEqual([1, 2, 3]);
  });

  it('lets nobody into the ISR who is fenced, draining, restarted since, or of a leaderless partition', () => {
    const shrunk = run(before, withIsr(before, 't', [1, 3]));
    for (const kind of ['fenceBroker', 'drainBroker'] as const) {
      const state = run(shrunk, { kind, ...identity(2) });
      expect(refusalOf(state, withIsr(state, 't', [1, 2, 3])).code).toBe('INELIGIBLE_REPLICA');
    }
    const isr = [{ brokerId: 1 }, { brokerId: 2, incarnation: 'an earlier one' }, { brokerId: 3 }];
    expect(refusalOf(shrunk, { ...withIsr(shrunk, 't', []), isr }).code).toBe('INELIGIBLE_REPLICA');
    const dead = run(shrunk, { kind: 'fenceBroker', ...identity(3) }, { kind: 'fenceBroker', ...identity(1) });
    expect(refusalOf(dead, withIsr(dead, 't', [1, 2])).code).toBe('INELIGIBLE_REPLICA');
  });

  it('elects a leader from the ISR and bumps the leader epoch', () => {
    const change = { ...withIsr(before, 't', [1, 2, 3]), leader: 3 };
    const [after, result] = apply(before, change);
    expect(result).toEqual({ kind: 'changePartition', partitionEpoch: 1, leaderEpoch: 1, leader: 3, isr: [1, 2, 3] });
    expect(refusalOf(after, { ...withIsr(after, 't', [1, 3]), leader: 2 }).code).toBe('ELECTION_NOT_POSSIBLE');
    expect(partitionOf(run(after, withIsr(after, 't', [1, 2])), 't')).toMatchObject({ leader: 1, leaderEpoch: 2 });
  });

  it('changes the replicas, as far as one in sync stays', () => {
    const { isr: _, ...change } = withIsr(before, 't', []);
    expect(partitionOf(run(before, { ...change, replicas: [4, 3] }), 't')).toMatchObject({
      replicas: [4, 3],
      isr: [3],
      leader: 3,
    });
    expect(refusalOf(before, { ...change, replicas: [4] }).code).toBe('INVALID_REPLICA_ASSIGNMENT');
  });

  it.each([
    ['an empty ISR', [], 'INVALID_REPLICA_ASSIGNMENT'],
    ['a member twice', [1, 1], 'INVALID_REPLICA_ASSIGNMENT'],
    ['a member that is no replica', [1, 4], 'INVALID_REPLICA_ASSIGNMENT'],
  ])('to %s is refused', (_, isr, code) => {
    expect(refusalOf(before, withIsr(before, 't', isr)).code).toBe(code);
  });

  it('to what it is changes no epoch', () => {
    const [after, result] = apply(before, withIsr(before, 't', [1, 2, 3]));
    expect(result.partitionEpoch).toBe(0);
    expect(partitionOf(after, 't')).toBe(partitionOf(before, 't'));
  });

  it('names what is unknown', () => {
    const change = withIsr(before, 't', [1]);
    expect(refusalOf(before, { ...change, name: 'u' }).code).toBe('UNKNOWN_TOPIC');
    expect(refusalOf(before, { ...change, partition: 1 }).message).toBe('topic t has no partition 1; it has 0 to 0');
    expect(refusalOf(before, { ...change, partitionEpoch: partitionEpoch(9) }).code).toBe('STALE_PARTITION_EPOCH');
  });
});

describe('electing preferred leaders', () => {
  it('gives back what can be given back, and says of each what came of it', () => {
    const first = run(
      liveBrokers(3),
      createTopic('t', 1, [
        [1, 2],
        [2, 1],
        [1, 3],
      ]),
      { kind: 'fenceBroker', ...identity(1) },
    );
    const back = run(first, { kind: 'unfenceBroker', ...identity(1) });
    const caughtUp = run(back, withIsr(back, 't', [1, 2], 0));
    const [after, result] = apply(caughtUp, {
      kind: 'electPreferredLeaders',
      partitions: [0, 1, 2, 9].map((partition) => ({ name: 't', partition })),
    });
    expect(result.elections.map(({ outcome }) => outcome)).toEqual([
      'elected',
      'notNeeded',
      'notAvailable',
      'unknownPartition',
    ]);
    expect(partitionOf(after, 't', 0).leader).toBe(1);
    const [, all] = apply(caughtUp, { kind: 'electPreferredLeaders' });
    expect(all.elections.map(({ partition, outcome }) => [partition, outcome])).toEqual([
      [0, 'elected'],
      [2, 'notAvailable'],
    ]);
  });
});

describe('a reassignment', () => {
  const begun = run(liveBrokers(4), createTopic('t', 1, [[1, 2]]), {
    kind: 'beginReassignment',
    name: 't',
    partition: 0,
    targetReplicas: [3, 1],
  });
  const where = { name: 't', partition: 0 };

  it('adds the new replicas first and keeps the old ones', () => {
    expect(partitionOf(begun, 't')).toMatchObject({
      replicas: [3, 1, 2],
      isr: [1, 2],
      leader: 1,
      addingReplicas: [3],
      removingReplicas: [2],
    });
  });

  it('finishes only when the added ones are in sync, and drops the old ones then', () => {
    expect(refusalOf(begun, { kind: 'finishReassignment', ...where }).code).toBe('REASSIGNMENT_NOT_READY');
    const caughtUp = run(begun, withIsr(begun, 't', [1, 2, 3]));
    const done = run(caughtUp, { kind: 'finishReassignment', ...where });
    expect(partitionOf(done, 't')).toMatchObject({
      replicas: [3, 1],
      isr: [3, 1],
      leader: 1,
      addingReplicas: [],
      removingReplicas: [],
    });
    expect(refusalOf(done, { kind: 'finishReassignment', ...where }).code).toBe('NO_REASSIGNMENT_IN_PROGRESS');
  });

  it('can be cancelled', () => {
    const back = run(begun, { kind: 'cancelReassignment', ...where });
    expect(partitionOf(back, 't')).toMatchObject({ replicas: [1, 2], isr: [1, 2], leader: 1, addingReplicas: [] });
  });

  it('excludes another one, and a direct change of the replicas', () => {
    const again = { kind: 'beginReassignment', ...where, targetReplicas: [4] } as const;
    expect(refusalOf(begun, again).code).toBe('REASSIGNMENT_IN_PROGRESS');
    const { isr: _, ...change } = withIsr(begun, 't', []);
    expect(refusalOf(begun, { ...change, replicas: [1, 2] }).code).toBe('REASSIGNMENT_IN_PROGRESS');
  });

  it('hands the lead over when the leader leaves', () => {
    const state = run(liveBrokers(2), createTopic('t', 1, [[1]]));
    const moving = run(state, { kind: 'beginReassignment', ...where, targetReplicas: [2] });
    const done = run(moving, withIsr(moving, 't', [1, 2]), { kind: 'finishReassignment', ...where });
    expect(partitionOf(done, 't')).toMatchObject({ replicas: [2], isr: [2], leader: 2, leaderEpoch: 1 });
  });
});

describe('settings', () => {
  const state = run(liveBrokers(1), createTopic('t', 1, [[1]]));
  const change = (changes: CommandOf<'configureTopic'>['changes'], replace = false): CommandOf<'configureTopic'> => ({
    kind: 'configureTopic',
    name: 't',
    changes,
    replace,
  });

  it('are set, deleted, replaced, and changed as lists', () => {
    const set = run(state, change([{ operation: 'set', key: 'retention.ms', value: '5' }]));
    const appended = run(set, change([{ operation: 'append', key: 'cleanup.policy', value: 'compact' }]));
    expect([...topicOf(appended, 't').configs]).toEqual([
      ['cleanup.policy', 'delete,compact'],
      ['retention.ms', '5'],
    ]);
    const subtracted = run(
      appended,
      change([
        { operation: 'subtract', key: 'cleanup.policy', value: 'delete' },
        { operation: 'delete', key: 'retention.ms' },
      ]),
    );
    expect([...topicOf(subtracted, 't').configs]).toEqual([['cleanup.policy', 'compact']]);
    const replaced = run(subtracted, change([{ operation: 'set', key: 'segment.ms', value: '9' }], true));
    expect([...topicOf(replaced, 't').configs]).toEqual([['segment.ms', '9']]);
  });

  it('are refused as a whole when one is wrong', () => {
    const good = { operation: 'set', key: 'retention.ms', value: '5' } as const;
    expect(refusalOf(state, change([good, { operation: 'delete', key: 'nonsense' }])).code).toBe('INVALID_CONFIG');
    expect(refusalOf(state, change([{ ...good, operation: 'append' }])).message).toContain('allowed for lists only');
    expect(refusalOf(state, change([{ operation: 'subtract', key: 'cleanup.policy', value: 'delete' }])).code).toBe(
      'INVALID_CONFIG',
    );
  });
});

describe('producer ids', () => {
  it('come in blocks that never overlap, up to 2^53-1', () => {
    const [one, first] = apply(liveBrokers(1), { kind: 'allocateProducerIds', ...identity(1), count: 1000 });
    const [, second] = apply(one, { kind: 'allocateProducerIds', ...identity(1), count: 10 });
    expect([first.firstProducerId, second.firstProducerId]).toEqual([0, 1000]);
    const late = stateFromContent({ ...contentOf(one), nextProducerId: Number.MAX_SAFE_INTEGER - 5 });
    const command = { kind: 'allocateProducerIds', ...identity(1), count: 6 } as const;
    expect(refusalOf(late, command).code).toBe('PRODUCER_IDS_EXHAUSTED');
    apply(late, { ...command, count: 5 });
  });
});

describe('feature levels', () => {
  const supportedFeatures = [{ name: 'metadata.version', minLevel: 1, maxLevel: 2 }];

  it('come into force when every broker supports them, and keep out brokers that do not', () => {
    const state = run(emptyState(), { kind: 'registerBroker', ...identity(1), endpoints, supportedFeatures });
    const set = { kind: 'setFeatureLevel', name: 'metadata.version', level: 2 } as const;
    expect(refusalOf(state, { ...set, level: 3 }).code).toBe('INVALID_FEATURE');
    const inForce = run(state, set);
    expect(inForce.featureLevels).toEqual(new Map([['metadata.version', 2]]));
    expect(refusalOf(inForce, { kind: 'registerBroker', ...identity(2), endpoints }).code).toBe('INVALID_FEATURE');
    expect(run(inForce, { ...set, level: 0 }).featureLevels.size).toBe(0);
  });
});

describe('a batch', () => {
  it('is one version, and each command sees those before it', () => {
    const before = liveBrokers(2);
    const batch: MetadataCommand = {
      kind: 'batch',
      commands: [createTopic('t', 1, [[1, 2]]), { kind: 'deleteTopic', name: 't' }, createTopic('t', 2, [[2]])],
    };
    const { state, answer, delta } = applyCommand(before, batch);
    expect(answer).toMatchObject({
      status: 'applied',
      result: { kind: 'batch', results: [{}, {}, { topicId: topicId(2) }] },
    });
    expect(state.version).toBe(before.version + 1);
    expect(delta?.topicsCreated.map((topic) => topic.topicId)).toEqual([topicId(2)]);
    expect(delta?.topicsDeleted).toEqual([]);
  });

  it('changes nothing when one command is refused, and says which', () => {
    const refusal = refusalOf(liveBrokers(1), {
      kind: 'batch',
      commands: [createTopic('t', 1, [[1]]), createTopic('t', 2, [[1]])],
    });
    expect(refusal).toEqual({ code: 'TOPIC_EXISTS', message: 'topic t exists', commandIndex: 1 });
  });

  it('may create no more partitions than one command', () => {
    const placement = { kind: 'automatic', partitionCount: 6_000, replicationFactor: 1 } as const;
    const commands = [1, 2].map(
      (number): SingleCommand => ({
        kind: 'createTopic',
        name: `t${number}`,
        topicId: topicId(number),
        placement,
      }),
    );
    expect(refusalOf(liveBrokers(1), { kind: 'batch', commands })).toMatchObject({
      code: 'INVALID_PARTITIONS',
      commandIndex: 1,
    });
  });

  it('must not be empty', () => {
    expect(refusalOf(emptyState(), { kind: 'batch', commands: [] }).code).toBe('INVALID_REQUEST');
  });

  it('cannot bring a deleted topic back under its id, which would hide the deletion', () => {
    const state = run(liveBrokers(1), createTopic('t', 1, [[1]]));
    const commands = [{ kind: 'deleteTopic', name: 't' } as const, createTopic('t', 1, [[1]])];
    expect(refusalOf(state, { kind: 'batch', commands }).code).toBe('TOPIC_EXISTS');
  });
});

describe('checkState', () => {
  const state = run(liveBrokers(2), createTopic('t', 1, [[1, 2]]));
  const topic = topicOf(state, 't');
  const partition = partitionOf(state, 't');
  const withPartition = (fields: Partial<Partition>): MetadataState =>
    stateFromContent({ ...contentOf(state), topics: [{ ...topic, partitions: [{ ...partition, ...fields }] }] });
  const withBroker = (status: 'fenced'): MetadataState =>
    stateFromContent({
      ...contentOf(state),
      brokers: [...state.brokers.values()].map((broker) => (broker.brokerId === 2 ? { ...broker, status } : broker)),
    });

  it.each([
    ['1', { ...state, brokers: state.brokers.set(9, { ...(state.brokers.get(1) ?? never()), epoch: state.version }) }],
    ['2', { ...state, topics: state.topics.set('u', topic) }],
    ['3', stateFromContent({ ...contentOf(state), topics: [{ ...topic, partitions: [] }] })],
    ['4', withPartition({ replicas: [1, 1] })],
    ['4', withPartition({ replicas: [1, 7] })],
    ['5', withPartition({ isr: [2, 1] })],
    ['6', withPartition({ leader: 7 })],
    ['5', withBroker('fenced')],
    ['6', withPartition({ leader: undefined })],
    ['6', withPartition({ isr: [] })],
    ['7', withPartition({ isr: [1], eligibleReplicas: [2] })],
    ['7', withPartition({ isr: [], leader: undefined, eligibleReplicas: [7] })],
    ['8', withPartition({ isr: [], leader: undefined, eligibleReplicas: [2] })],
    ['9', withPartition({ removingReplicas: [1, 2] })],
    ['10', withPartition({ partitionEpoch: partitionEpoch(0), leaderEpoch: 1 as Partition['leaderEpoch'] })],
    ['11', { ...state, clusterConfigs: new Map([['nonsense', '1']]) }],
    ['12', { ...state, brokerLoads: state.brokerLoads.delete(1) }],
    ['13', { ...state, featureLevels: new Map([['f', 1]]) }],
    ['14', { ...state, nextProducerId: -1 }],
  ])('finds invariant %s broken', (number, broken) => {
    expect(findViolation(broken)).toMatch(new RegExp(`^${number}: `));
    expect(() => checkState(broken)).toThrow(`metadata invariant ${number}: `);
  });
});

function never(): never {
  throw new Error('not reached');
}

describe('ten thousand of each', () => {
  it('topics, partitions, leader changes and ISR changes do not cost more the more there are', {
    timeout: 60_000,
  }, () => {
    let state = liveBrokers(3);
    const placement = { kind: 'automatic', partitionCount: 1, replicationFactor: 3 } as const;
    for (let number = 0; number < 10_000; number += 1) {
      const command = { kind: 'createTopic', name: `t${number}`, topicId: topicId(number + 1), placement } as const;
      state = applyCommand(state, command).state;
    }
    const before = state;
    for (let number = 0; number < 10_000; number += 1) {
      const change = { ...withIsr(state, `t${number}`, [1, 2]), leader: 2 };
      state = applyCommand(state, change).state;
    }
    checkState(state);
    expect(state.version).toBe(before.version + 10_000);
    expect(state.brokerLoads.get(2)?.leaderCount).toBe(10_000);
    expect(before.brokerLoads.get(2)?.leaderCount).toBeLessThan(3_400);
  });
});
