import { type Random, randomUuid } from '@streambus/runtime';
import type { ConfigChange, MetadataCommand, PartitionPlacement, SingleCommand, TopicPartition } from '../commands.ts';
import type { Broker, MetadataState, Partition, Topic } from '../state.ts';
import { leaderEpoch, partitionEpoch } from '../state.ts';

/**
 * A command that fits a state more often than not: known names, present epochs, live brokers; and now and then a stale,
 * unknown or forbidden one, so that refusals come too. Every kind of command occurs.
 *
 * The same generator and state give the same command.
 */
export function randomCommand(random: Random, state: MetadataState): MetadataCommand {
  if (random.below(12) > 0) return randomSingleCommand(random, state);
  return {
    kind: 'batch',
    commands: Array.from({ length: 1 + random.below(4) }, () => randomSingleCommand(random, state)),
  };
}

function randomSingleCommand(random: Random, state: MetadataState): SingleCommand {
  // An empty cluster refuses nearly everything: brokers come first.
  const isYoung = state.brokers.size < 3 || (state.topics.size === 0 && random.below(2) === 0);
  const make = isYoung ? pick(random, firstMakers) : pick(random, makers);
  return make(random, state);
}

type Maker = (random: Random, state: MetadataState) => SingleCommand;

const registerBroker: Maker = (random, state) => {
  const broker = random.below(3) === 0 ? someBroker(random, state) : undefined;
  return {
    kind: 'registerBroker',
    brokerId: broker?.brokerId ?? random.below(8),
    incarnation: broker !== undefined && random.below(2) === 0 ? broker.incarnation : randomUuid(random),
    endpoints: [
      { listener: 'PLAINTEXT', host: `host-${random.below(4)}`, port: 1 + random.below(65535) },
      { listener: 'INTERNAL', host: '127.0.0.1', port: random.below(50) === 0 ? 0 : 9093 },
    ],
    ...(random.below(3) === 0 ? {} : { rack: `rack-${random.below(3)}` }),
    supportedFeatures: [{ name: 'metadata.version', minLevel: 1, maxLevel: 1 + random.below(3) }],
    ...(random.below(3) === 0 ? { mayHaveLostTail: random.below(4) > 0 } : {}),
    ...(random.below(3) > 0 ? {} : { previousIncarnation: previousIncarnation(random, broker) }),
  };
};

function previousIncarnation(random: Random, broker: Broker | undefined): string | null {
  if (broker !== undefined && random.below(3) > 0) return broker.incarnation;
  return random.below(2) === 0 ? null : 'some earlier one';
}

const updateBroker: Maker = (random, state) => ({
  kind: 'updateBroker',
  ...identityOf(random, state),
  ...(random.below(2) === 0 ? { rack: random.below(2) === 0 ? null : 'rack-9' } : {}),
  ...(random.below(2) === 0 ? { endpoints: [{ listener: 'PLAINTEXT', host: 'moved', port: 9092 }] } : {}),
  ...(random.below(4) === 0 ? { supportedFeatures: [{ name: 'metadata.version', minLevel: 0, maxLevel: 9 }] } : {}),
});

const fenceBroker: Maker = (random, state) => ({ kind: 'fenceBroker', ...identityOf(random, state) });
const unfenceBroker: Maker = (random, state) => ({ kind: 'unfenceBroker', ...identityOf(random, state) });
const drainBroker: Maker = (random, state) => ({ kind: 'drainBroker', ...identityOf(random, state) });
const unregisterBroker: Maker = (random, state) => ({
  kind: 'unregisterBroker',
  brokerId: identityOf(random, state).brokerId,
});

const createTopic: Maker = (random, state) => ({
  kind: 'createTopic',
  name: random.below(20) === 0 ? 'not a name' : `topic-${random.below(30)}`,
  topicId: randomUuid(random),
  placement: randomPlacement(random, state),
  ...(random.below(2) === 0
    ? { configs: { 'retention.ms': String(random.uint32()), 'min.insync.replicas': String(1 + random.below(3)) } }
    : {}),
  ...(random.below(10) === 0 ? { configs: { 'segment.bytes': 'many' } } : {}),
});

const deleteTopic: Maker = (random, state) => {
  const topic = someTopic(random, state);
  const name = topic?.name ?? 'absent';
  if (topic === undefined || random.below(2) === 0) return { kind: 'deleteTopic', name };
  return { kind: 'deleteTopic', name, topicId: random.below(5) === 0 ? randomUuid(random) : topic.topicId };
};

const configureTopic: Maker = (random, state) => ({
  kind: 'configureTopic',
  name: someTopic(random, state)?.name ?? 'absent',
  ...(random.below(2) === 0 ? { replace: random.below(4) === 0 } : {}),
  changes: Array.from({ length: random.below(3) }, () => pick(random, topicChanges)(random)),
});

const configureBroker: Maker = (random, state) => ({
  kind: 'configureBroker',
  ...(random.below(2) === 0 ? { brokerId: identityOf(random, state).brokerId } : {}),
  changes: [pick(random, brokerChanges)(random)],
});

const addPartitions: Maker = (random, state) => {
  const topic = someTopic(random, state);
  const count = topic?.partitions.length ?? 1;
  const added = random.below(4);
  return {
    kind: 'addPartitions',
    name: topic?.name ?? 'absent',
    totalCount: count + added,
    ...(random.below(3) === 0
      ? {
          replicas: Array.from({ length: added }, () =>
            someReplicas(random, state, topic?.partitions[0]?.replicas.length),
          ),
        }
      : {}),
  };
};

const changePartition: Maker = (random, state) => {
  const { name, partition } = somePartition(random, state);
  const present = state.topics.get(name)?.partitions[partition];
  const replicas = present?.replicas ?? [0];
  const isr = replicas.filter((brokerId) => present?.isr.includes(brokerId) || random.below(2) === 0);
  return {
    kind: 'changePartition',
    name,
    partition,
    partitionEpoch:
      random.below(8) === 0 ? partitionEpoch(random.below(5)) : (present?.partitionEpoch ?? partitionEpoch(0)),
    ...(present !== undefined && random.below(2) === 0
      ? { leaderEpoch: leaderEpoch(present.leaderEpoch + (random.below(10) === 0 ? 1 : 0)) }
      : {}),
    ...(random.below(4) === 0 ? { leader: pick(random, replicas) } : {}),
    ...(random.below(6) === 0
      ? { replicas: someReplicas(random, state) }
      : { isr: shrunk(random, isr).map((brokerId) => isrMember(random, state, brokerId)) }),
  };
};

const electPreferredLeaders: Maker = (random, state) => ({
  kind: 'electPreferredLeaders',
  ...(random.below(2) === 0
    ? { partitions: Array.from({ length: random.below(4) }, () => somePartition(random, state)) }
    : {}),
});

const electUncleanLeaders: Maker = (random, state) => ({
  kind: 'electUncleanLeaders',
  partitions: Array.from({ length: 1 + random.below(3) }, () => {
    const where = leaderlessPartition(random, state);
    const replicas = state.topics.get(where.name)?.partitions[where.partition]?.replicas ?? [0];
    return random.below(2) === 0 ? where : { ...where, leader: random.below(8) === 0 ? 99 : pick(random, replicas) };
  }),
});

const beginReassignment: Maker = (random, state) => ({
  kind: 'beginReassignment',
  ...somePartition(random, state),
  targetReplicas: someReplicas(random, state),
});

const finishReassignment: Maker = (random, state) => ({
  kind: 'finishReassignment',
  ...movingPartition(random, state),
});
const cancelReassignment: Maker = (random, state) => ({
  kind: 'cancelReassignment',
  ...movingPartition(random, state),
});

const allocateProducerIds: Maker = (random, state) => ({
  kind: 'allocateProducerIds',
  ...identityOf(random, state),
  count: random.below(1000),
});

const setFeatureLevel: Maker = (random) => ({
  kind: 'setFeatureLevel',
  name: random.below(8) === 0 ? 'no.such.feature' : 'metadata.version',
  level: random.below(3),
});

const firstMakers: readonly Maker[] = [registerBroker, unfenceBroker, createTopic];
const makers: readonly Maker[] = [
  registerBroker,
  updateBroker,
  fenceBroker,
  unfenceBroker,
  // Otherwise a cluster is fenced faster than it recovers.
  unfenceBroker,
  unfenceBroker,
  drainBroker,
  unregisterBroker,
  createTopic,
  createTopic,
  createTopic,
  deleteTopic,
  configureTopic,
  configureTopic,
  configureBroker,
  addPartitions,
  changePartition,
  changePartition,
  changePartition,
  electPreferredLeaders,
  electUncleanLeaders,
  beginReassignment,
  finishReassignment,
  cancelReassignment,
  allocateProducerIds,
  setFeatureLevel,
];

const topicChanges: readonly ((random: Random) => ConfigChange)[] = [
  (random) => ({ operation: 'set', key: 'retention.bytes', value: String(random.uint32()) }),
  (random) => ({ operation: 'set', key: 'unclean.leader.election.enable', value: String(random.below(3) === 0) }),
  (random) => ({ operation: 'set', key: 'min.insync.replicas', value: String(1 + random.below(3)) }),
  () => ({ operation: 'delete', key: 'min.insync.replicas' }),
  () => ({ operation: 'append', key: 'cleanup.policy', value: 'compact' }),
  () => ({ operation: 'subtract', key: 'cleanup.policy', value: 'compact' }),
  () => ({ operation: 'delete', key: 'retention.bytes' }),
  () => ({ operation: 'append', key: 'retention.ms', value: '1' }),
  () => ({ operation: 'set', key: 'no.such.setting', value: '1' }),
];

const brokerChanges: readonly ((random: Random) => ConfigChange)[] = [
  (random) => ({ operation: 'set', key: 'log.retention.hours', value: String(random.below(1000)) }),
  (random) => ({ operation: 'set', key: 'unclean.leader.election.enable', value: String(random.below(4) === 0) }),
  (random) => ({ operation: 'set', key: 'min.insync.replicas', value: String(1 + random.below(3)) }),
  () => ({ operation: 'delete', key: 'log.retention.hours' }),
  () => ({ operation: 'set', key: 'retention.ms', value: '1' }),
];

function randomPlacement(random: Random, state: MetadataState): PartitionPlacement {
  if (random.below(4) > 0) {
    return { kind: 'automatic', partitionCount: random.below(8), replicationFactor: random.below(4) };
  }
  const replicas = Array.from({ length: 1 + random.below(3) }, () => someReplicas(random, state, 2));
  return { kind: 'explicit', replicas };
}

function identityOf(random: Random, state: MetadataState): { readonly brokerId: number; readonly incarnation: string } {
  const broker = someBroker(random, state);
  if (broker === undefined || random.below(20) === 0) return { brokerId: random.below(10), incarnation: 'unknown' };
  return { brokerId: broker.brokerId, incarnation: broker.incarnation };
}

function isrMember(random: Random, state: MetadataState, brokerId: number): { brokerId: number; incarnation?: string } {
  const incarnation = state.brokers.get(brokerId)?.incarnation;
  return incarnation === undefined || random.below(2) === 0 ? { brokerId } : { brokerId, incarnation };
}

function shrunk(random: Random, isr: readonly number[]): readonly number[] {
  return isr.length > 1 && random.below(2) === 0 ? isr.toSpliced(random.below(isr.length), 1) : isr;
}

function someBroker(random: Random, state: MetadataState): Broker | undefined {
  return pickOrNone(random, [...state.brokers.values()]);
}

function someTopic(random: Random, state: MetadataState): Topic | undefined {
  return pickOrNone(random, [...state.topics.values()]);
}

function somePartition(random: Random, state: MetadataState): TopicPartition {
  const topic = someTopic(random, state);
  if (topic === undefined || random.below(30) === 0) return { name: topic?.name ?? 'absent', partition: 99 };
  return { name: topic.name, partition: random.below(topic.partitions.length) };
}

function movingPartition(random: Random, state: MetadataState): TopicPartition {
  const isMoving = (partition: Partition): boolean =>
    partition.addingReplicas.length + partition.removingReplicas.length > 0;
  return pickOrNone(random, partitionsThat(state, isMoving)) ?? somePartition(random, state);
}

function leaderlessPartition(random: Random, state: MetadataState): TopicPartition {
  const leaderless = partitionsThat(state, (partition) => partition.leader === undefined);
  return pickOrNone(random, leaderless) ?? somePartition(random, state);
}

function partitionsThat(state: MetadataState, holds: (partition: Partition) => boolean): readonly TopicPartition[] {
  return [...state.topics.values()].flatMap(({ name, partitions }) =>
    [...partitions.entries()].filter(([, one]) => holds(one)).map(([partition]) => ({ name, partition })),
  );
}

function someReplicas(random: Random, state: MetadataState, wanted?: number): readonly number[] {
  const left = [...state.brokers.keys()];
  const replicas: number[] = [];
  const count = Math.min(wanted ?? 1 + random.below(3), left.length);
  while (replicas.length < count) replicas.push(...left.splice(random.below(left.length), 1));
  if (random.below(20) === 0) replicas.push(replicas[0] ?? 77);
  return replicas;
}

function pick<Member>(random: Random, members: readonly Member[]): Member {
  const member = pickOrNone(random, members);
  if (member === undefined) throw new RangeError('there is nothing to pick from');
  return member;
}

function pickOrNone<Member>(random: Random, members: readonly Member[]): Member | undefined {
  return members.length === 0 ? undefined : members[random.below(members.length)];
}
