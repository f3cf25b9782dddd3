import {
  type IsrMember,
  leaderEpoch,
  partitionEpoch,
  type TopicPartition,
  type UncleanElection,
} from '@streambus/metadata';
import type { CommandCodecs } from './command-codec.ts';
import { count, int32, int32s } from './fields.ts';
import type { metadata as wire } from './generated/wire.js';
import { given } from './metadata-fields.ts';

type PartitionKind =
  | 'changePartition'
  | 'electPreferredLeaders'
  | 'electUncleanLeaders'
  | 'beginReassignment'
  | 'finishReassignment'
  | 'cancelReassignment';

/** Commands about partitions. */
export const partitionCommands: CommandCodecs<PartitionKind> = {
  changePartition: {
    toWire: (command) => ({
      ...whereToWire(command),
      partitionEpoch: count(command.partitionEpoch, 'partition epoch'),
      ...given(
        'leaderEpoch',
        command.leaderEpoch === undefined ? undefined : count(command.leaderEpoch, 'leader epoch'),
      ),
      ...given('isr', command.isr && { members: command.isr.map(memberToWire) }),
      ...given('leader', command.leader === undefined ? undefined : int32(command.leader, 'leader')),
      ...given('replicas', command.replicas && { brokerIds: int32s(command.replicas, 'replica') }),
    }),
    fromWire: (body) => ({
      kind: 'changePartition',
      ...whereFromWire(body),
      partitionEpoch: partitionEpoch(body.partitionEpoch ?? 0),
      ...given('leaderEpoch', typeof body.leaderEpoch === 'number' ? leaderEpoch(body.leaderEpoch) : undefined),
      ...given('isr', body.isr && (body.isr.members?.map(memberFromWire) ?? [])),
      ...given('leader', body.leader),
      ...given('replicas', body.replicas && (body.replicas.brokerIds ?? [])),
    }),
  },
  electPreferredLeaders: {
    toWire: ({ partitions }) => given('partitions', partitions && { partitions: partitions.map(whereToWire) }),
    fromWire: ({ partitions }) => ({
      kind: 'electPreferredLeaders',
      ...given('partitions', partitions && (partitions.partitions?.map(whereFromWire) ?? [])),
    }),
  },
  electUncleanLeaders: {
    toWire: ({ partitions }) => ({ partitions: partitions.map(uncleanElectionToWire) }),
    fromWire: ({ partitions }) => ({
      kind: 'electUncleanLeaders',
      partitions: partitions?.map(uncleanElectionFromWire) ?? [],
    }),
  },
  beginReassignment: {
    toWire: (command) => ({
      ...whereToWire(command),
      targetReplicas: int32s(command.targetReplicas, 'target replica'),
    }),
    fromWire: (body) => ({
      kind: 'beginReassignment',
      ...whereFromWire(body),
      targetReplicas: body.targetReplicas ?? [],
    }),
  },
  finishReassignment: {
    toWire: whereToWire,
    fromWire: (body) => ({ kind: 'finishReassignment', ...whereFromWire(body) }),
  },
  cancelReassignment: {
    toWire: whereToWire,
    fromWire: (body) => ({ kind: 'cancelReassignment', ...whereFromWire(body) }),
  },
};

function whereToWire({ name, partition }: TopicPartition): { name: string; partition: number } {
  return { name, partition: int32(partition, 'partition') };
}

function whereFromWire({ name, partition }: wire.TopicPartition.$Properties): TopicPartition {
  return { name: name ?? '', partition: partition ?? 0 };
}

function uncleanElectionToWire(election: UncleanElection): wire.UncleanElection.$Properties {
  const { leader } = election;
  return { ...whereToWire(election), ...given('leader', leader === undefined ? undefined : int32(leader, 'leader')) };
}

function uncleanElectionFromWire(election: wire.UncleanElection.$Properties): UncleanElection {
  return { ...whereFromWire(election), ...given('leader', election.leader) };
}

function memberToWire({ brokerId, incarnation }: IsrMember): wire.IsrMember.$Properties {
  return { brokerId: int32(brokerId, 'member of an ISR'), ...given('incarnation', incarnation) };
}

function memberFromWire({ brokerId, incarnation }: wire.IsrMember.$Properties): IsrMember {
  return { brokerId: brokerId ?? 0, ...given('incarnation', incarnation) };
}
