import { assert } from '@streambus/runtime';
import type { SortedMap } from './sorted-map.ts';
import { type Broker, leaderEpoch, type Partition, partitionEpoch } from './state.ts';

/** Registered brokers by id. */
export type Brokers = SortedMap<number, Broker>;

const firstLeaderEpoch = leaderEpoch(0);
const firstPartitionEpoch = partitionEpoch(0);

/** No brokers; one list for all partitions. */
export const nobody: readonly number[] = [];

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
    eligibleReplicas: nobody,
    leader,
    leaderEpoch: firstLeaderEpoch,
    partitionEpoch: firstPartitionEpoch,
    addingReplicas: nobody,
    removingReplicas: nobody,
  };
}

/** The partition with other fields and the epochs that go with them; itself when nothing differs. */
export function withFields(partition: Partition, fields: PartitionFields): Partition {
  if (sameFields(partition, fields)) return partition;
  const { replicas, isr, eligibleReplicas, leader, addingReplicas, removingReplicas } = fields;
  return {
    replicas,
    isr,
    eligibleReplicas,
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
    sameList(one.eligibleReplicas, other.eligibleReplicas) &&
    sameList(one.addingReplicas, other.addingReplicas) &&
    sameList(one.removingReplicas, other.removingReplicas)
  );
}

/** Whether two lists have equal members in equal order. */
export function sameList<Member>(one: readonly Member[], other: readonly Member[]): boolean {
  return one === other || (one.length === other.length && one.every((member, index) => member === other[index]));
}

/** Whether a broker may be given leaderships and replicas. */
export function isActive(brokers: Brokers, brokerId: number): boolean {
  return brokers.get(brokerId)?.status === 'active';
}

/** Whether a broker is taken for dead, or is none. */
export function isFenced(brokers: Brokers, brokerId: number): boolean {
  return (brokers.get(brokerId)?.status ?? 'fenced') === 'fenced';
}
