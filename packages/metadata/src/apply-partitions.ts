import type { ElectionOutcome, ElectLeadersResult, PartitionResult } from './answers.ts';
import type {
  BeginReassignmentCommand,
  CancelReassignmentCommand,
  ChangePartitionCommand,
  ElectPreferredLeadersCommand,
  ElectUncleanLeadersCommand,
  FinishReassignmentCommand,
  IsrMember,
  TopicPartition,
  UncleanElection,
} from './commands.ts';
import type { Draft } from './draft.ts';
import { electionRules } from './election-rules.ts';
import { firstActive, ledBy, settled, uncleanlyLedBy, type WantedPartition } from './elections.ts';
import { MetadataError } from './errors.ts';
import { isActive, nobody } from './partition-transitions.ts';
import { requireReplicas } from './replica-assignment.ts';
import type { Partition } from './state.ts';

export function changePartition(draft: Draft, command: ChangePartitionCommand): PartitionResult {
  const partition = draft.requirePartition(command.name, command.partition);
  requireEpochs(command, partition);
  const replicas = command.replicas === undefined ? partition.replicas : newReplicas(draft, command, partition);
  const inSync = command.isr === undefined ? partition.isr : newIsr(draft, command, command.isr, partition, replicas);
  if (!keepsComplete(partition, inSync, replicas)) {
    throw new MetadataError(
      'INVALID_REPLICA_ASSIGNMENT',
      `partition ${textOf(command)}: nobody who has everything acknowledged is among ${JSON.stringify(replicas)}; one must be`,
    );
  }
  const isr = command.replicas === undefined ? inSync : replicas.filter((brokerId) => inSync.includes(brokerId));
  const leader = command.leader === undefined ? partition.leader : newLeader(draft, command.leader, partition, isr);
  return replacePartition(draft, command.kind, command, { replicas, isr, leader });
}

export function beginReassignment(draft: Draft, command: BeginReassignmentCommand): PartitionResult {
  const partition = draft.requirePartition(command.name, command.partition);
  const target = command.targetReplicas;
  requireNoReassignment(command, partition);
  requireReplicas(draft, target);
  const removingReplicas = partition.replicas.filter((brokerId) => !target.includes(brokerId));
  return replacePartition(draft, command.kind, command, {
    replicas: [...target, ...removingReplicas],
    addingReplicas: target.filter((brokerId) => !partition.replicas.includes(brokerId)),
    removingReplicas,
  });
}

export function finishReassignment(draft: Draft, command: FinishReassignmentCommand): PartitionResult {
  const partition = requireReassignment(draft, command);
  const behind = partition.addingReplicas.filter((brokerId) => !partition.isr.includes(brokerId));
  if (behind.length > 0) {
    throw new MetadataError(
      'REASSIGNMENT_NOT_READY',
      `partition ${textOf(command)}: added replicas ${behind.join(', ')} are not in sync; all must be`,
    );
  }
  return endReassignment(draft, command, partition, partition.removingReplicas);
}

export function cancelReassignment(draft: Draft, command: CancelReassignmentCommand): PartitionResult {
  const partition = requireReassignment(draft, command);
  return endReassignment(draft, command, partition, partition.addingReplicas);
}

export function electPreferredLeaders(draft: Draft, command: ElectPreferredLeadersCommand): ElectLeadersResult {
  const elections =
    command.partitions === undefined
      ? [...everyPartition(draft)]
          .map((wanted) => electPreferredLeader(draft, wanted))
          .filter((election) => election.outcome !== 'notNeeded')
      : command.partitions.map((wanted) => electPreferredLeader(draft, wanted));
  return { kind: 'electPreferredLeaders', elections };
}

function electPreferredLeader(draft: Draft, { name, partition: index }: TopicPartition): ElectionOutcome {
  const partition = draft.topic(name)?.partitions[index];
  if (partition === undefined) return { name, partition: index, outcome: 'unknownPartition' };
  const preferred = partition.replicas[0];
  if (preferred === partition.leader) return { name, partition: index, outcome: 'notNeeded' };
  if (preferred === undefined || !isActive(draft.brokers, preferred) || !partition.isr.includes(preferred)) {
    return { name, partition: index, outcome: 'notAvailable' };
  }
  draft.putPartition(name, index, ledBy(partition, preferred));
  return { name, partition: index, outcome: 'elected' };
}

export function electUncleanLeaders(draft: Draft, command: ElectUncleanLeadersCommand): ElectLeadersResult {
  const elections = command.partitions.map((wanted) => electUncleanLeader(draft, wanted));
  return { kind: 'electUncleanLeaders', elections };
}

function electUncleanLeader(draft: Draft, { name, partition: index, leader: named }: UncleanElection): ElectionOutcome {
  const partition = draft.topic(name)?.partitions[index];
  if (partition === undefined) return { name, partition: index, outcome: 'unknownPartition' };
  if (partition.leader !== undefined) return { name, partition: index, outcome: 'notNeeded' };
  const { replicas } = partition;
  const leader = firstActive(draft.brokers, named === undefined ? replicas : replicas.filter((each) => each === named));
  if (leader === undefined) return { name, partition: index, outcome: 'notAvailable' };
  draft.putPartition(name, index, uncleanlyLedBy(partition, leader));
  return { name, partition: index, outcome: 'elected' };
}

function* everyPartition(draft: Draft): Generator<TopicPartition, undefined, undefined> {
  for (const { name, partitions } of draft.topics.values()) {
    for (const partition of partitions.keys()) yield { name, partition };
  }
}

function requireEpochs(command: ChangePartitionCommand, partition: Partition): void {
  if (command.partitionEpoch !== partition.partitionEpoch) {
    throw new MetadataError(
      'STALE_PARTITION_EPOCH',
      `partition ${textOf(command)} is at partition epoch ${partition.partitionEpoch}; the command names ${command.partitionEpoch}`,
    );
  }
  if (command.leaderEpoch !== undefined && command.leaderEpoch !== partition.leaderEpoch) {
    throw new MetadataError(
      'STALE_LEADER_EPOCH',
      `partition ${textOf(command)} is at leader epoch ${partition.leaderEpoch}; the command names ${command.leaderEpoch}`,
    );
  }
}

function newReplicas(draft: Draft, command: ChangePartitionCommand, partition: Partition): readonly number[] {
  const replicas = command.replicas ?? partition.replicas;
  requireNoReassignment(command, partition);
  requireReplicas(draft, replicas);
  return [...replicas];
}

function newIsr(
  draft: Draft,
  command: ChangePartitionCommand,
  members: readonly IsrMember[],
  partition: Partition,
  replicas: readonly number[],
): readonly number[] {
  const isr = replicas.filter((brokerId) => members.some((member) => member.brokerId === brokerId));
  // Replicas are distinct, so as many as there are members means that these are, too.
  if (isr.length === 0 || isr.length !== members.length) {
    const wanted = new Set(members.map((member) => member.brokerId));
    throw new MetadataError(
      'INVALID_REPLICA_ASSIGNMENT',
      `partition ${textOf(command)}: in sync are ${JSON.stringify([...wanted])}; ` +
        `they must be distinct, at least one, and among the replicas ${JSON.stringify(replicas)}`,
    );
  }
  for (const member of members) if (!partition.isr.includes(member.brokerId)) requireEligible(draft, partition, member);
  return isr;
}

/** Whether somebody who has everything acknowledged is among the replicas, as far as anybody has: a member of the ISR, or else eligible. */
function keepsComplete(
  { leader, eligibleReplicas }: Partition,
  isr: readonly number[],
  replicas: readonly number[],
): boolean {
  const complete = leader === undefined ? eligibleReplicas : isr;
  return complete.length === 0 || complete.some((brokerId) => replicas.includes(brokerId));
}

function requireEligible(draft: Draft, partition: Partition, { brokerId, incarnation }: IsrMember): void {
  const broker = draft.requireBroker(brokerId);
  // Nobody can have caught up with a leader that is not there.
  const problem =
    partition.leader === undefined
      ? 'the partition has no leader'
      : broker.status !== 'active'
        ? `it is ${broker.status}`
        : incarnation !== undefined && incarnation !== broker.incarnation
          ? `it is incarnation ${broker.incarnation} now`
          : undefined;
  if (problem === undefined) return;
  throw new MetadataError('INELIGIBLE_REPLICA', `broker ${brokerId} cannot enter the ISR: ${problem}`);
}

function newLeader(draft: Draft, leader: number, partition: Partition, isr: readonly number[]): number {
  const mayLead = isr.includes(leader) && (leader === partition.leader || isActive(draft.brokers, leader));
  if (mayLead) return leader;
  throw new MetadataError(
    'ELECTION_NOT_POSSIBLE',
    `broker ${leader} cannot lead; it must be active and among the replicas in sync, ${isr.join(', ')}`,
  );
}

function requireNoReassignment(where: TopicPartition, { addingReplicas, removingReplicas }: Partition): void {
  if (addingReplicas.length === 0 && removingReplicas.length === 0) return;
  throw new MetadataError('REASSIGNMENT_IN_PROGRESS', `partition ${textOf(where)} is being reassigned`);
}

function requireReassignment(draft: Draft, where: TopicPartition): Partition {
  const partition = draft.requirePartition(where.name, where.partition);
  if (partition.addingReplicas.length > 0 || partition.removingReplicas.length > 0) return partition;
  throw new MetadataError('NO_REASSIGNMENT_IN_PROGRESS', `partition ${textOf(where)} is not being reassigned`);
}

function endReassignment(
  draft: Draft,
  command: FinishReassignmentCommand | CancelReassignmentCommand,
  partition: Partition,
  leaving: readonly number[],
): PartitionResult {
  const replicas = partition.replicas.filter((brokerId) => !leaving.includes(brokerId));
  if (!keepsComplete(partition, partition.isr, replicas)) {
    throw new MetadataError(
      'REASSIGNMENT_NOT_READY',
      `partition ${textOf(command)}: nobody who has everything acknowledged is among ${replicas.join(', ')}, who would stay; one must be`,
    );
  }
  return replacePartition(draft, command.kind, command, {
    replicas,
    addingReplicas: nobody,
    removingReplicas: nobody,
  });
}

function replacePartition(
  draft: Draft,
  kind: PartitionResult['kind'],
  { name, partition: index }: TopicPartition,
  wanted: WantedPartition,
): PartitionResult {
  const rules = electionRules(draft.requireTopic(name).configs, draft.clusterConfigs);
  const before = draft.requirePartition(name, index);
  const { replicas = before.replicas, isr = before.isr } = wanted;
  // It may be the replicas that changed their order.
  const inOrder = replicas.filter((brokerId) => isr.includes(brokerId));
  const after = settled(draft.brokers, rules, before, { ...wanted, isr: inOrder });
  if (after !== before) draft.putPartition(name, index, after);
  const { partitionEpoch, leaderEpoch, leader } = after;
  return { kind, partitionEpoch, leaderEpoch, leader, isr: after.isr };
}

function textOf({ name, partition }: TopicPartition): string {
  return `${name}-${partition}`;
}
