import type { Draft } from './draft.ts';
import { type ElectionRules, electionRules, requiredInsync } from './election-rules.ts';
import { type Brokers, isActive, isFenced, nobody, type PartitionFields, withFields } from './partition-transitions.ts';
import type { Partition, Topic } from './state.ts';

/** What the data folder of a restarted broker may lack: its latest records, or all of them. */
export type Lack = 'nothing' | 'tail' | 'everything';

/** What a transition wants of a partition; what is absent stays. Who is eligible, and in the end who leads, follow from it. */
export interface WantedPartition extends Partial<Omit<PartitionFields, 'eligibleReplicas'>> {
  /** In the order of the replicas. */
  readonly isr?: readonly number[];
  /** A replica, out of the ISR, that may no longer have everything acknowledged. */
  readonly deficient?: { readonly brokerId: number; readonly lacks: Lack };
}

/**
 * The partition as wanted, with who is eligible and who leads then; itself when nothing differs.
 *
 * The leader is the wanted one while it may lead; else the first active member of the ISR, in the order of the replicas; else a draining one;
 * else, likewise, an eligible replica, which is the ISR then (KIP-966); else, where the rules allow it, the first active replica, which is the
 * ISR then, with nobody eligible; else nobody.
 */
export function settled(brokers: Brokers, rules: ElectionRules, before: Partition, wanted: WantedPartition): Partition {
  const {
    replicas = before.replicas,
    isr = before.isr,
    leader: wantedLeader = before.leader,
    addingReplicas = before.addingReplicas,
    removingReplicas = before.removingReplicas,
  } = wanted;
  const leader = wantedLeader !== undefined && isr.includes(wantedLeader) ? wantedLeader : firstLive(brokers, isr);
  const required = requiredInsync(rules, { replicas, addingReplicas });
  const eligibleReplicas =
    isr.length >= required ? nobody : withoutDeficient(completeOf(before, replicas, isr), isr, wanted.deficient);
  const fields = { replicas, isr, eligibleReplicas, leader, addingReplicas, removingReplicas };
  return withFields(before, leader === undefined ? ledFromOutsideIsr(brokers, rules, required, fields) : fields);
}

/** Settles a topic's partitions again, after settings changed that elections heed. */
export function settleTopic(draft: Draft, topic: Topic): void {
  const rules = electionRules(topic.configs, draft.clusterConfigs);
  draft.changePartitions(topic, (partition) => {
    // Nothing but these two can be otherwise under other rules.
    const isSettled = partition.leader !== undefined && partition.eligibleReplicas.length === 0;
    return isSettled ? partition : settled(draft.brokers, rules, partition, {});
  });
}

/** The partition under another member of its ISR. */
export function ledBy(partition: Partition, leader: number): Partition {
  return withFields(partition, { ...partition, leader });
}

/** The partition under a leader that may lack what was acknowledged: from here on what it has counts, and nobody else has all of it. */
export function uncleanlyLedBy(partition: Partition, leader: number): Partition {
  return withFields(partition, { ...partition, ...aloneIn(leader) });
}

/** Who has everything acknowledged without being in the ISR, as long as nothing more is acknowledged: who had it before, or has just left the ISR. */
function completeOf(before: Partition, replicas: readonly number[], isr: readonly number[]): readonly number[] {
  return replicas.filter(
    (brokerId) =>
      !isr.includes(brokerId) && (before.isr.includes(brokerId) || before.eligibleReplicas.includes(brokerId)),
  );
}

function withoutDeficient(
  complete: readonly number[],
  isr: readonly number[],
  deficient: WantedPartition['deficient'],
): readonly number[] {
  if (deficient === undefined || deficient.lacks === 'nothing') return complete;
  const others = complete.filter((brokerId) => brokerId !== deficient.brokerId);
  // Without its tail it still has more than whoever fell behind earlier.
  return deficient.lacks === 'everything' || others.length + isr.length > 0 ? others : complete;
}

/** A partition with an empty ISR, under an eligible leader, or an unclean one where the rules allow it, or none. */
function ledFromOutsideIsr(
  brokers: Brokers,
  rules: ElectionRules,
  required: number,
  fields: PartitionFields,
): PartitionFields {
  const { replicas, eligibleReplicas } = fields;
  const leader = firstLive(brokers, eligibleReplicas);
  if (leader !== undefined) {
    const others = required > 1 ? eligibleReplicas.filter((brokerId) => brokerId !== leader) : nobody;
    return { ...fields, isr: [leader], eligibleReplicas: others, leader };
  }
  const unclean = rules.isUncleanElectionEnabled ? firstActive(brokers, replicas) : undefined;
  return unclean === undefined ? fields : { ...fields, ...aloneIn(unclean) };
}

function aloneIn(leader: number): Pick<Partition, 'isr' | 'eligibleReplicas' | 'leader'> {
  return { isr: [leader], eligibleReplicas: nobody, leader };
}

function firstLive(brokers: Brokers, brokerIds: readonly number[]): number | undefined {
  return firstActive(brokers, brokerIds) ?? brokerIds.find((brokerId) => !isFenced(brokers, brokerId));
}

/** The first of them that may lead without being asked to go. */
export function firstActive(brokers: Brokers, brokerIds: readonly number[]): number | undefined {
  return brokerIds.find((brokerId) => isActive(brokers, brokerId));
}
