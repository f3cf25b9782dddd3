/** A partition as the metadata has it, as far as its leader has to know. */
export interface PartitionRegistration {
  /** Grows by one with every change of leader. */
  readonly leaderEpoch: number;
  /** Grows by one with every change of the partition: what a change of the ISR is compared with. */
  readonly partitionEpoch: number;
  /** Broker ids, the preferred leader first. */
  readonly replicas: readonly number[];
  /** The in-sync replicas; the leader is one of them. */
  readonly isr: readonly number[];
  /**
   * How many must be in sync for anything to be acknowledged to acks=all and for the high watermark to rise: `min.insync.replicas`, but no
   * more than there are replicas. A leader that took less would break what the metadata promises of eligible replicas (KIP-966).
   */
  readonly minInsyncReplicas: number;
}

/** A replica that follows. */
export interface Following {
  readonly leaderEpoch: number;
  /** The broker that leads; undefined while nobody does. */
  readonly leader: number | undefined;
}

/** A broker as the metadata has it at the moment. */
export interface RegisteredBroker {
  /** Larger than that of every earlier process of this broker; its fetches carry it (KIP-903). */
  readonly brokerEpoch: number;
  /** The name of the process that runs now. */
  readonly incarnation: string;
  /** Neither fenced nor about to stop: it may enter an ISR. */
  readonly isActive: boolean;
}

/** The brokers of the cluster, as the metadata has them whenever it is asked. */
export interface BrokerDirectory {
  find(brokerId: number): RegisteredBroker | undefined;
}

/** A member of a proposed ISR. */
export interface ProposedMember {
  readonly brokerId: number;
  /** The process of it that has caught up: another one must not be taken for it (KIP-903). */
  readonly incarnation?: string;
}

/**
 * A change of the ISR that a leader wants of the metadata: to be made only if the partition is still at `partitionEpoch`. The owner of the
 * partition proposes it and answers exactly once, by {@link Partition.isrAnswered}.
 */
export interface IsrProposal {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** In the order of the replicas. */
  readonly isr: readonly ProposedMember[];
  /** Who is to enter and who is to leave, for logs and metrics. */
  readonly entering: readonly number[];
  readonly leaving: readonly number[];
}

/** What became of a proposal. */
export type IsrAnswer =
  /** It holds: the partition as it is then. */
  | { readonly kind: 'accepted'; readonly partitionEpoch: number; readonly isr: readonly number[] }
  /** It certainly did not happen and will not: another epoch, or somebody who may not enter. */
  | { readonly kind: 'rejected' }
  /** It may have happened, or may yet. */
  | { readonly kind: 'unknown' };

/** The registration of a partition with one replica, which leads: nothing is waited for but its own disk. */
export function soleReplica(brokerId: number, leaderEpoch: number): PartitionRegistration {
  return { leaderEpoch, partitionEpoch: 0, replicas: [brokerId], isr: [brokerId], minInsyncReplicas: 1 };
}
