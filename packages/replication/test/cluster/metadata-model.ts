import type { IsrAnswer, IsrProposal, PartitionRegistration, RegisteredBroker } from '@streambus/replication';

/** Rules of the metadata that a test breaks on purpose. */
export interface MetadataFaults {
  /** A dead leader is followed by the first replica that lives, in sync or not. */
  readonly electsOutsideIsr?: boolean;
}

/** The metadata at one version, as it travels to the brokers. */
export interface MetadataSnapshot {
  readonly version: number;
  readonly brokers: ReadonlyMap<number, RegisteredBroker>;
  readonly leader: number | undefined;
  readonly registration: PartitionRegistration;
}

interface ModelPartition {
  readonly isr: readonly number[];
  /** Outside of the ISR, with everything acknowledged (KIP-966). */
  readonly eligible: readonly number[];
  readonly leader: number | undefined;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

/**
 * The rules of `@streambus/metadata` for one partition, in small: fencing, elections out of the ISR and then out of the eligible replicas,
 * compare-and-set of the ISR, incarnations.
 */
export class MetadataModel {
  readonly replicas: readonly number[];
  readonly #required: number;
  readonly #faults: MetadataFaults;
  readonly #onChange: (snapshot: MetadataSnapshot) => void;
  readonly #brokers = new Map<number, RegisteredBroker>();
  #partition: ModelPartition;
  #version = 0;

  constructor(
    options: { readonly replicas: readonly number[]; readonly minInsyncReplicas: number } & MetadataFaults,
    onChange: (snapshot: MetadataSnapshot) => void,
  ) {
    this.replicas = options.replicas;
    this.#required = Math.min(options.minInsyncReplicas, options.replicas.length);
    this.#faults = options;
    this.#onChange = onChange;
    this.#partition = { isr: options.replicas, eligible: [], leader: undefined, leaderEpoch: 0, partitionEpoch: 0 };
  }

  get isrSize(): number {
    return this.#partition.isr.length;
  }

  get leader(): number | undefined {
    return this.#partition.leader;
  }

  /** A new process of a broker; what the one before led and was in sync with is gone. @returns its epoch */
  register(brokerId: number): number {
    const isFirst = !this.#brokers.has(brokerId);
    const brokerEpoch = this.#version + 1;
    this.#brokers.set(brokerId, { brokerEpoch, incarnation: `${brokerId}@${brokerEpoch}`, isActive: false });
    this.#settle(isFirst ? this.#partition.isr : this.#without(brokerId));
    return brokerEpoch;
  }

  fence(brokerId: number, brokerEpoch: number): void {
    if (this.#change(brokerId, brokerEpoch, false)) this.#settle(this.#without(brokerId));
  }

  unfence(brokerId: number, brokerEpoch: number): void {
    if (this.#change(brokerId, brokerEpoch, true)) this.#settle(this.#partition.isr);
  }

  changeIsr(proposal: IsrProposal): IsrAnswer {
    const { isr, leader, leaderEpoch, partitionEpoch } = this.#partition;
    if (proposal.partitionEpoch !== partitionEpoch || proposal.leaderEpoch !== leaderEpoch) return { kind: 'rejected' };
    for (const { brokerId, incarnation } of proposal.isr) {
      if (isr.includes(brokerId)) continue;
      const broker = this.#brokers.get(brokerId);
      const mayEnter = leader !== undefined && broker?.isActive === true && broker.incarnation === incarnation;
      if (!mayEnter) return { kind: 'rejected' };
    }
    this.#settle(this.replicas.filter((replica) => proposal.isr.some(({ brokerId }) => brokerId === replica)));
    const { partitionEpoch: epochAfter, isr: isrAfter } = this.#partition;
    return { kind: 'accepted', partitionEpoch: epochAfter, isr: isrAfter };
  }

  snapshot(): MetadataSnapshot {
    const { isr, leader, leaderEpoch, partitionEpoch } = this.#partition;
    const registration = {
      leaderEpoch,
      partitionEpoch,
      replicas: this.replicas,
      isr,
      minInsyncReplicas: this.#required,
    };
    return { version: this.#version, brokers: new Map(this.#brokers), leader, registration };
  }

  #change(brokerId: number, brokerEpoch: number, isActive: boolean): boolean {
    const broker = this.#brokers.get(brokerId);
    if (broker?.brokerEpoch !== brokerEpoch || broker.isActive === isActive) return false;
    this.#brokers.set(brokerId, { ...broker, isActive });
    return true;
  }

  #without(brokerId: number): readonly number[] {
    return this.#partition.isr.filter((member) => member !== brokerId);
  }

  #settle(isr: readonly number[]): void {
    const before = this.#partition;
    const lives = (brokerId: number): boolean => this.#brokers.get(brokerId)?.isActive === true;
    const complete = this.replicas.filter(
      (replica) => !isr.includes(replica) && (before.isr.includes(replica) || before.eligible.includes(replica)),
    );
    const stays = before.leader !== undefined && isr.includes(before.leader) && lives(before.leader);
    let after = {
      isr,
      eligible: isr.length >= this.#required ? [] : complete,
      leader: stays ? before.leader : isr.find(lives),
    };
    if (this.#faults.electsOutsideIsr === true && !stays) {
      const leader = [...this.replicas].reverse().find(lives);
      if (leader !== undefined) after = { isr: [leader], eligible: [], leader };
    }
    if (after.leader === undefined) {
      const leader = after.eligible.find(lives);
      if (leader !== undefined) {
        const eligible = this.#required > 1 ? after.eligible.filter((brokerId) => brokerId !== leader) : [];
        after = { isr: [leader], eligible, leader };
      }
    }
    const changed = JSON.stringify([after.isr, after.eligible, after.leader ?? null]);
    const isOther = changed !== JSON.stringify([before.isr, before.eligible, before.leader ?? null]);
    this.#partition = {
      ...after,
      leaderEpoch: before.leaderEpoch + (after.leader === before.leader ? 0 : 1),
      partitionEpoch: before.partitionEpoch + (isOther ? 1 : 0),
    };
    this.#version++;
    this.#onChange(this.snapshot());
  }
}
