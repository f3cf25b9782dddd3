import type { IsrAnswer, IsrProposal, PartitionRegistration } from './registration.ts';

/**
 * The ISR as the metadata has it, and as it may have it: while a change is under way nobody knows which of the two holds, so what
 * is promised must hold for the larger one (KIP-497).
 *
 * Invariants:
 * 1. The partition's ISR in the metadata is `committed`, a part of it, or within `maximal`.
 * 2. A proposal is of the registration's leader epoch and partition epoch: a registration with a later one ends it.
 */
export class IsrState {
  #registration: PartitionRegistration;
  #pending: IsrProposal | undefined;
  /** Whom proposals of this partition epoch would let in whose outcome nobody told. */
  readonly #uncertain = new Set<number>();

  constructor(registration: PartitionRegistration) {
    this.#registration = registration;
  }

  get registration(): PartitionRegistration {
    return this.#registration;
  }

  get committed(): readonly number[] {
    return this.#registration.isr;
  }

  /** The change under way. */
  get pending(): IsrProposal | undefined {
    return this.#pending;
  }

  /** Whether as many are in sync as must be. The committed ones are counted: who is about to enter is not there yet. */
  get isEnough(): boolean {
    return this.committed.length >= this.#registration.minInsyncReplicas;
  }

  /** Whether this broker is, or may already be, in the ISR. */
  mayContain(brokerId: number): boolean {
    return (
      this.committed.includes(brokerId) ||
      this.#uncertain.has(brokerId) ||
      (this.#pending?.isr.some((member) => member.brokerId === brokerId) ?? false)
    );
  }

  /** Takes what the metadata has. @returns false when it is older than what is known */
  update(registration: PartitionRegistration): boolean {
    const { partitionEpoch } = this.#registration;
    if (registration.partitionEpoch < partitionEpoch) return false;
    this.#registration = registration;
    // Whatever was proposed for an earlier epoch can no longer happen.
    if (registration.partitionEpoch > partitionEpoch) this.#forgetProposals();
    return true;
  }

  /** A change is on its way. */
  propose(proposal: IsrProposal): void {
    this.#pending = proposal;
  }

  /** Takes an answer, at any time and in any order. @returns whether anything changed */
  answered(proposal: IsrProposal, answer: IsrAnswer): boolean {
    if (proposal.leaderEpoch !== this.#registration.leaderEpoch) return false;
    if (answer.kind === 'accepted') {
      const { partitionEpoch, isr } = answer;
      if (partitionEpoch <= this.#registration.partitionEpoch) return this.#end(proposal);
      return this.update({ ...this.#registration, partitionEpoch, isr });
    }
    const isCurrent = proposal.partitionEpoch === this.#registration.partitionEpoch;
    if (answer.kind === 'unknown' && isCurrent) {
      for (const brokerId of proposal.entering) this.#uncertain.add(brokerId);
    }
    return this.#end(proposal);
  }

  #end(proposal: IsrProposal): boolean {
    if (this.#pending !== proposal) return false;
    this.#pending = undefined;
    return true;
  }

  #forgetProposals(): void {
    this.#pending = undefined;
    this.#uncertain.clear();
  }
}
