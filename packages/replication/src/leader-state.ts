import { assert } from '@streambus/runtime';
import {
  afterFetch,
  type FollowerPosition,
  type FollowerProgress,
  keepsUp,
  unseenFollower,
} from './follower-progress.ts';
import { IsrState } from './isr-state.ts';
import type { BrokerDirectory, IsrAnswer, IsrProposal, PartitionRegistration, ProposedMember } from './registration.ts';

/** What a leader's state wants done. */
export type LeaderEffect =
  /** Everything below is on every replica that must have it: readers may see it, and who waits for it is answered. */
  | { readonly kind: 'raiseHighWatermark'; readonly highWatermark: number }
  /** The metadata is to be asked for this change. */
  | { readonly kind: 'proposeIsr'; readonly proposal: IsrProposal }
  /** Fewer are in sync than must be: who waits for the high watermark is told. */
  | { readonly kind: 'reportTooFewInSync' };

/** What a leader's state is made with. */
export interface LeaderStateSeed {
  readonly topic: string;
  readonly partition: number;
  readonly brokerId: number;
  readonly registration: PartitionRegistration;
  readonly brokers: BrokerDirectory;
  /** Where the log ends as the epoch begins: what is below was written by earlier leaders. */
  readonly epochStartOffset: number;
  /** As this replica knows it from before. */
  readonly highWatermark: number;
  /** How long a follower may lag before it leaves the ISR, in milliseconds (`replica.lag.time.max.ms`). */
  readonly lagTimeMaxMs: number;
  readonly nowMs: number;
}

/** How long to wait before a change is proposed again that was not made. */
const proposeAgainAfterMs = 100;

const none: readonly LeaderEffect[] = [];
const tooFewInSync: LeaderEffect = { kind: 'reportTooFewInSync' };

/**
 * What a partition's leader decides in one leader epoch: how far its followers are, up to where everything is replicated, and who is in
 * sync. Pure: time, the ends of its own log, fetches and the metadata's answers go in; effects come out.
 *
 * Invariants:
 * 1. The high watermark never goes back, and is never beyond what the leader itself has safely.
 * 2. It rises only to what every member of the maximal ISR has said to have, in this leader epoch.
 * 3. It does not rise while the ISR is smaller than `minInsyncReplicas` (KIP-966).
 * 4. One change of the ISR is under way at a time.
 */
export class LeaderState {
  readonly #seed: LeaderStateSeed;
  readonly #isr: IsrState;
  readonly #followers = new Map<number, FollowerProgress>();
  #highWatermark: number;
  /** Everything below is as safe here as the sync policy promises. */
  #safeEndOffset = -1;
  /** Followers can read everything below. */
  #readableEndOffset: number;
  #proposeNotBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(seed: LeaderStateSeed) {
    this.#seed = seed;
    this.#isr = new IsrState(seed.registration);
    this.#highWatermark = seed.highWatermark;
    this.#readableEndOffset = seed.epochStartOffset;
    this.#followReplicas();
  }

  get leaderEpoch(): number {
    return this.registration.leaderEpoch;
  }

  get registration(): PartitionRegistration {
    return this.#isr.registration;
  }

  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** Whether acks=all may be promised: as many are in sync as must be. */
  get isEnoughInSync(): boolean {
    return this.#isr.isEnough;
  }

  /**
   * Whether the high watermark is no older than the epoch: before that a leader may not yet know what was acknowledged before it (KIP-207).
   */
  get knowsHighWatermark(): boolean {
    return this.#highWatermark >= this.#seed.epochStartOffset;
  }

  /** The followers, in the order of the replicas. */
  *followers(): Generator<FollowerProgress> {
    yield* this.#followers.values();
  }

  isReplica(brokerId: number): boolean {
    return this.#followers.has(brokerId);
  }

  /** Takes what the metadata has now. An older registration than the known one changes nothing. */
  update(registration: PartitionRegistration): readonly LeaderEffect[] {
    assert(
      registration.leaderEpoch === this.leaderEpoch,
      () => `${this.#name} leads in epoch ${this.leaderEpoch}, not in ${registration.leaderEpoch}`,
    );
    if (!this.#isr.update(registration)) return none;
    this.#followReplicas();
    return this.#afterIsrChange();
  }

  /** The leader's own log: where it is safe, and where it can be read. */
  advanced(safeEndOffset: number, readableEndOffset: number): readonly LeaderEffect[] {
    assert(safeEndOffset <= readableEndOffset, () => `${this.#name} is safe beyond its end`);
    this.#safeEndOffset = safeEndOffset;
    this.#readableEndOffset = readableEndOffset;
    return this.#raise();
  }

  /**
   * A follower has fetched in this leader epoch, and its log agrees with the leader's below where it fetched.
   *
   * What an earlier process of its broker asked for counts for nothing: it speaks of what that process had.
   */
  fetched(position: FollowerPosition, nowMs: number): readonly LeaderEffect[] {
    const { brokerId, brokerEpoch } = position;
    const before = this.#followers.get(brokerId);
    const registeredEpoch = this.#seed.brokers.find(brokerId)?.brokerEpoch ?? -1;
    if (before === undefined || brokerEpoch < Math.max(before.brokerEpoch, registeredEpoch)) return none;
    this.#followers.set(brokerId, afterFetch(before, position, this.#readableEndOffset, nowMs));
    return joined(this.#raise(), this.#maybeExpand(nowMs));
  }

  /** Looks who no longer keeps up, and proposes again what was not answered. */
  tick(nowMs: number): readonly LeaderEffect[] {
    const effects = this.#maybeShrink(nowMs);
    return effects === none ? this.#maybeExpand(nowMs) : effects;
  }

  /** What became of a proposal. Harmless when it comes late, or from another epoch. */
  answered(proposal: IsrProposal, answer: IsrAnswer, nowMs: number): readonly LeaderEffect[] {
    if (answer.kind !== 'accepted') this.#proposeNotBeforeMs = nowMs + proposeAgainAfterMs;
    return this.#isr.answered(proposal, answer) ? this.#afterIsrChange() : none;
  }

  #afterIsrChange(): readonly LeaderEffect[] {
    const effects = this.#raise();
    return this.#isr.isEnough ? effects : joined(effects, [tooFewInSync]);
  }

  #raise(): readonly LeaderEffect[] {
    if (!this.#isr.isEnough) return none;
    let lowest = this.#safeEndOffset;
    for (const { brokerId, endOffset } of this.#followers.values()) {
      if (endOffset < lowest && this.#isr.mayContain(brokerId)) lowest = endOffset;
    }
    if (lowest <= this.#highWatermark) return none;
    this.#highWatermark = lowest;
    return [{ kind: 'raiseHighWatermark', highWatermark: lowest }];
  }

  #maybeExpand(nowMs: number): readonly LeaderEffect[] {
    if (!this.#mayPropose(nowMs)) return none;
    const entering = [...this.#followers.values()].filter((progress) => this.#mayEnter(progress));
    if (entering.length === 0) return none;
    const ids = entering.map(({ brokerId }) => brokerId);
    return this.#propose((brokerId) => this.#isr.committed.includes(brokerId) || ids.includes(brokerId), ids, []);
  }

  /**
   * Whoever has reached the high watermark has everything acknowledged; but a leader that has just been elected may know an old one, while
   * everything acknowledged is certainly below the start of its epoch.
   */
  #mayEnter({ brokerId, brokerEpoch, endOffset }: FollowerProgress): boolean {
    if (endOffset < Math.max(this.#highWatermark, this.#seed.epochStartOffset)) return false;
    if (this.#isr.committed.includes(brokerId)) return false;
    const registered = this.#seed.brokers.find(brokerId);
    return registered?.isActive === true && registered.brokerEpoch === brokerEpoch;
  }

  #maybeShrink(nowMs: number): readonly LeaderEffect[] {
    if (!this.#mayPropose(nowMs)) return none;
    const leaving = this.#isr.committed.filter((brokerId) => {
      const progress = this.#followers.get(brokerId);
      return progress !== undefined && !keepsUp(progress, this.#readableEndOffset, nowMs, this.#seed.lagTimeMaxMs);
    });
    if (leaving.length === 0) return none;
    return this.#propose(
      (brokerId) => this.#isr.committed.includes(brokerId) && !leaving.includes(brokerId),
      [],
      leaving,
    );
  }

  #mayPropose(nowMs: number): boolean {
    return this.#isr.pending === undefined && nowMs >= this.#proposeNotBeforeMs;
  }

  #propose(
    isMember: (brokerId: number) => boolean,
    entering: readonly number[],
    leaving: readonly number[],
  ): readonly LeaderEffect[] {
    const { topic, partition } = this.#seed;
    const { leaderEpoch, partitionEpoch, replicas } = this.registration;
    const isr = replicas.filter(isMember).map((brokerId) => this.#member(brokerId));
    const proposal: IsrProposal = { topic, partition, leaderEpoch, partitionEpoch, isr, entering, leaving };
    this.#isr.propose(proposal);
    return [{ kind: 'proposeIsr', proposal }];
  }

  #member(brokerId: number): ProposedMember {
    const incarnation = this.#seed.brokers.find(brokerId)?.incarnation;
    return incarnation === undefined ? { brokerId } : { brokerId, incarnation };
  }

  /** Keeps what is known of those who are still replicas. */
  #followReplicas(): void {
    const known = new Map(this.#followers);
    this.#followers.clear();
    for (const brokerId of this.registration.replicas) {
      if (brokerId === this.#seed.brokerId) continue;
      // Members of the ISR get the time of a lag to be heard of; the others have never been caught up.
      const caughtUpMs = this.#isr.committed.includes(brokerId) ? this.#seed.nowMs : Number.NEGATIVE_INFINITY;
      this.#followers.set(brokerId, known.get(brokerId) ?? unseenFollower(brokerId, caughtUpMs));
    }
  }

  get #name(): string {
    return `${this.#seed.topic}-${this.#seed.partition}`;
  }
}

function joined(one: readonly LeaderEffect[], other: readonly LeaderEffect[]): readonly LeaderEffect[] {
  if (one.length === 0) return other;
  return other.length === 0 ? one : [...one, ...other];
}
