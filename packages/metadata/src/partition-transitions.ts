import { assert } from '@streambus/runtime';
import type { SortedMap } from './sorted-map.ts';
import { type Broker, leaderEpoch, type Partition, partitionEpoch } from './state.ts';

type Brokers = SortedMap<number, Broker>;

const firstLeaderEpoch = leaderEpoch(0);
const firstPartitionEpoch = partitionEpoch(0);
const noReplicas: readonly number[] = [];

/** What of a partition a transition may say; its epochs follow from it. */
export type PartitionFields = Omit<Partition, 'leaderEpoch' | 'partitionEpoch'>;

/** A partition as created: every live replica is in sync, and the first of them leads. */
export function newPartition(brokers: Brokers, replicas: readonly number[]): Partition {
  const isr = replicas.filter((brokerId) => isActive(brokers, brokerId));
  const leader = isr[0];
  assert(leader !== undefined, () => `partition on ${replicas.join(', ')} is created with a live replica`);
  return {
    replicas,
    isr,
    leader,
    leaderEpoch: firstLeaderEpoch,
    partitionEpoch: firstPartitionEpoch,
    addingReplicas: noReplicas,
    removingReplicas: noReplicas,
  };
}

/** The partition with other fields and the epochs that go with them; itself when nothing differs. */
export function withFields(partition: Partition, fields: Partial<PartitionFields>): Partition {
  const {
    replicas = partition.replicas,
    isr = partition.isr,
    addingReplicas = partition.addingReplicas,
    removingReplicas = partition.removingReplicas,
  } = fields;
  const leader = 'leader' in fields ? fields.leader : partition.leader;
  if (sameFields(partition, { replicas, isr, leader, addingReplicas, removingReplicas })) return partition;
  return {
    replicas,
    isr,
    leader,
    leaderEpoch: leader === partition.leader ? partition.leaderEpoch : leaderEpoch(partition.leaderEpoch + 1),
    partitionEpoch: partitionEpoch(partition.partitionEpoch + 1),
    addingReplicas,
    removingReplicas,
  };
}

/** Whether two partitions are equal but for their epochs. */
export function sameFields(one: PartitionFields, other: PartitionFields): boolean {
  return (
    one.leader === other.leader &&
    sameList(one.replicas, other.replicas) &&
    sameList(one.isr, other.isr) &&
    sameList(one.addingReplicas, other.addingReplicas) &&
    sameList(one.removingReplicas, other.removingReplicas)
  );
}

/** Whether two lists have equal members in equal order. */
export function sameList<Member>(one: readonly Member[], other: readonly Member[]): boolean {
  return one === other || (one.length === other.length && one.every((member, index) => member === other[index]));
}

/** The broker leaves the ISR, unless it is the last: then it alone knows all that was acknowledged. */
export function withoutIsrMember(partition: Partition, brokerId: number): readonly number[] {
  if (partition.isr.length === 1) return partition.isr;
  return partition.isr.filter((member) => member !== brokerId);
}

/**
 * Who leads, and who is in sync then: the present leader while it may; else the first active member of the ISR, in the
 * order of the replicas; else a draining one; else, where `unclean` allows it, the first active replica, alone in sync;
 * else nobody.
 */
export function electLeader(
  brokers: Brokers,
  { replicas, isr, leader }: Pick<Partition, 'replicas' | 'isr' | 'leader'>,
  unclean: boolean,
): Pick<Partition, 'isr' | 'leader'> {
  if (leader !== undefined && isr.includes(leader) && !isFenced(brokers, leader)) return { isr, leader };
  const clean =
    isr.find((brokerId) => isActive(brokers, brokerId)) ?? isr.find((brokerId) => !isFenced(brokers, brokerId));
  if (clean !== undefined) return { isr, leader: clean };
  const dirty = unclean ? replicas.find((brokerId) => isActive(brokers, brokerId)) : undefined;
  return dirty === undefined ? { isr, leader: undefined } : { isr: [dirty], leader: dirty };
}

/** Whether a broker may be given leaderships and replicas. */
export function isActive(brokers: Brokers, brokerId: number): boolean {
  return brokers.get(brokerId)?.status === 'active';
}

/** Whether a broker is taken for dead, or is none. */
export function isFenced(brokers: Brokers, brokerId: number): boolean {
  return (brokers.get(brokerId)?.status ?? 'fenced') === 'fenced';
}
