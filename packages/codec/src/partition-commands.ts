import {
  type ChangePartitionCommand,
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
    toWire: ({ name, partition, partitionEpoch: epoch, leaderEpoch: ofLeader, isr, leader, replicas }) => ({
      name,
      partition: int32(partition, 'partition'),
      partitionEpoch: count(epoch, 'partition epoch'),
      leaderEpoch: ofLeader === undefined ? null : count(ofLeader, 'leader epoch'),
      isr: isr === undefined ? null : { members: isr.map(memberToWire) },
      leader: leader === undefined ? null : int32(leader, 'leader'),
      replicas: replicas === undefined ? null : { brokerIds: int32s(replicas, 'replica') },
    }),
    fromWire: changePartitionFromWire,
  },
  electPreferredLeaders: {
    toWire: ({ partitions }) => ({ partitions: partitions ? { partitions: partitions.map(whereToWire) } : null }),
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

/** The hot one: every change of an ISR is one, so nothing is made here that is thrown away. */
function changePartitionFromWire(body: wire.ChangePartition.$Properties): ChangePartitionCommand {
  const { isr, replicas } = body;
  const command: { -readonly [Key in keyof ChangePartitionCommand]: ChangePartitionCommand[Key] } = {
    kind: 'changePartition',
    name: body.name ?? '',
    partition: body.partition ?? 0,
    partitionEpoch: partitionEpoch(body.partitionEpoch ?? 0),
  };
  if (typeof body.leaderEpoch === 'number') command.leaderEpoch = leaderEpoch(body.leaderEpoch);
  if (isr) command.isr = isr.members?.map(memberFromWire) ?? [];
  if (typeof body.leader === 'number') command.leader = body.leader;
  if (replicas) command.replicas = replicas.brokerIds ?? [];
  return command;
}

function whereToWire({ name, partition }: TopicPartition): { name: string; partition: number } {
  return { name, partition: int32(partition, 'partition') };
}

function whereFromWire({ name, partition }: wire.TopicPartition.$Properties): TopicPartition {
  return { name: name ?? '', partition: partition ?? 0 };
}

function uncleanElectionToWire(election: UncleanElection): wire.UncleanElection.$Properties {
  const { leader } = election;
  return { ...whereToWire(election), leader: leader === undefined ? null : int32(leader, 'leader') };
}

function uncleanElectionFromWire(election: wire.UncleanElection.$Properties): UncleanElection {
  return { ...whereFromWire(election), ...given('leader', election.leader) };
}

function memberToWire({ brokerId, incarnation }: IsrMember): wire.IsrMember.$Properties {
  return { brokerId: int32(brokerId, 'member of an ISR'), incarnation: incarnation ?? null };
}

function memberFromWire({ brokerId, incarnation }: wire.IsrMember.$Properties): IsrMember {
  return typeof incarnation === 'string' ? { brokerId: brokerId ?? 0, incarnation } : { brokerId: brokerId ?? 0 };
}
