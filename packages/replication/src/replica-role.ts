import type { Log, LogError } from '@streambus/log';
import { assert, StreamBusError } from '@streambus/runtime';
import { Acknowledgements } from './acknowledgements.ts';
import { PartitionError, partitionErrorOf } from './errors.ts';
import type { ReplicaRole } from './fetch-rules.ts';
import type { FollowerFetch, FollowerOutcome, LeaderAnswer, PartitionEnds } from './fetches.ts';
import { FollowerLog } from './follower-log.ts';
import type { FollowerPosition, FollowerProgress } from './follower-progress.ts';
import { epochDamage } from './known-state.ts';
import { type LeaderEffect, LeaderState } from './leader-state.ts';
import type { LostRecords, WaitOptions } from './partition.ts';
import type { BrokerDirectory, Following, IsrAnswer, IsrProposal, PartitionRegistration } from './registration.ts';
import type { WriteGate, WriteGateParts } from './write-gate.ts';

/** What a replica's role works on. */
export interface ReplicaRoleParts extends WriteGateParts {
  readonly gate: WriteGate;
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly brokerId: number;
  readonly brokers: BrokerDirectory;
  readonly lagTimeMaxMs: number;
  /** Whether only what is synced counts as safe. */
  waitsForSync(): boolean;
  readonly events: ReplicaRoleEvents;
}

/** What a replica's role tells. */
export interface ReplicaRoleEvents {
  onHighWatermark(): void;
  /** There is more to read for followers, or the role is another. */
  onLogEnd(): void;
  onIsrProposal(proposal: IsrProposal): void;
  onTruncatedBelowHighWatermark(lost: LostRecords): void;
}

/**
 * What a replica is at the moment.
 *
 * - `none`: nobody's. → any
 * - `leader`: in the epoch of its state. → any, in a later epoch
 * - `awaiting`: it is to lead as soon as what an earlier leader made it cut off is cut off. → any
 * - `follower` → any
 */
type Role =
  | { readonly kind: 'none' }
  | { readonly kind: 'leader'; readonly state: LeaderState }
  | { readonly kind: 'awaiting'; registration: PartitionRegistration }
  | { readonly kind: 'follower'; readonly following: Following; leaderHighWatermark: number };

const nobody: Role = { kind: 'none' };

/** Leads or follows with a partition's log: drives {@link LeaderState} and {@link FollowerLog}, and holds the high watermark. */
export class ReplicaRoleDriver {
  readonly #parts: ReplicaRoleParts;
  readonly #follower: FollowerLog;
  readonly #acknowledgements: Acknowledgements;
  #role: Role = nobody;
  /** The latest leader epoch that this replica was told. */
  #leaderEpoch = -1;
  /** Of the latest epoch in which it led: what it has proposed there may still happen. */
  #lastState: LeaderState | undefined;
  #highWatermark: number;
  #readableEndOffset: number;
  #isTaking = false;

  constructor(parts: ReplicaRoleParts) {
    this.#parts = parts;
    const { log, known, name, clock } = parts;
    this.#acknowledgements = new Acknowledgements(clock, (endOffset) =>
      unacknowledged('PARTITION_TIMED_OUT', `${name} up to offset ${endOffset} is not yet on every replica in sync`),
    );
    this.#follower = new FollowerLog({
      ...parts,
      whenSafe: (endOffset) => this.whenStored(endOffset),
      epochEndOffset: (epoch) => known.epochs.endOffsetFor(epoch, log.endOffset),
      onLeaderEnds: (ends) => this.#onLeaderEnds(ends),
      onCut: () => this.#onCut(),
    });
    this.#highWatermark = Math.min(Math.max(known.savedHighWatermark, log.startOffset), log.endOffset);
    this.#readableEndOffset = log.writtenEndOffset;
  }

  get highWatermark(): number {
    // The start may be moved past what this replica knows.
    return Math.max(this.#highWatermark, this.#log.startOffset);
  }

  get role(): ReplicaRole {
    return this.#role.kind === 'awaiting' ? 'none' : this.#role.kind;
  }

  /** The latest leader epoch that this replica was told, in whatever role; -1 before. */
  get knownEpoch(): number {
    return this.#leaderEpoch;
  }

  get leaderState(): LeaderState | undefined {
    return this.#role.kind === 'leader' ? this.#role.state : undefined;
  }

  get followers(): readonly FollowerProgress[] {
    return [...(this.leaderState?.followers() ?? [])];
  }

  get counters(): FollowerLog['counters'] {
    return this.#follower.counters;
  }

  get waiterCount(): number {
    return this.#acknowledgements.count;
  }

  becomeLeader(registration: PartitionRegistration): void {
    const { leaderEpoch } = registration;
    const role = this.#role;
    if (role.kind === 'leader' && role.state.leaderEpoch === leaderEpoch) {
      this.#apply(role.state.update(registration));
      return;
    }
    this.#enter(leaderEpoch, 'leads');
    if (role.kind === 'awaiting') {
      role.registration = registration;
      return;
    }
    if (!this.#parts.gate.isRebuilding) {
      this.#lead(registration);
      return;
    }
    const awaiting: Role = { kind: 'awaiting', registration };
    this.#role = awaiting;
    void this.#parts.gate.idle().then(() => {
      if (this.#role === awaiting) this.#lead(awaiting.registration);
    });
  }

  becomeFollower(following: Following): void {
    const { name, events } = this.#parts;
    const role = this.#role;
    const isSame =
      role.kind === 'follower' &&
      role.following.leaderEpoch === following.leaderEpoch &&
      role.following.leader === following.leader;
    if (isSame) return;
    const leads = role.kind === 'leader' && role.state.leaderEpoch === following.leaderEpoch;
    assert(!leads, () => `${name} leads in epoch ${following.leaderEpoch}, and cannot follow in it`);
    this.#enter(following.leaderEpoch, 'follows');
    this.#role = { kind: 'follower', following, leaderHighWatermark: -1 };
    this.#loseLeadership();
    events.onLogEnd();
  }

  resign(): void {
    this.#role = nobody;
    this.#loseLeadership();
    this.#parts.events.onLogEnd();
  }

  /** The log's written or safe end has moved. */
  advanced(): void {
    const readableEndOffset = this.#log.writtenEndOffset;
    const isMore = readableEndOffset > this.#readableEndOffset;
    this.#readableEndOffset = readableEndOffset;
    const role = this.#role;
    if (role.kind === 'leader') this.#apply(role.state.advanced(this.#safeEndOffset, readableEndOffset));
    else if (role.kind === 'follower') this.#raise(Math.min(role.leaderHighWatermark, this.#safeEndOffset));
    if (isMore) this.#parts.events.onLogEnd();
  }

  /** Frames that were taken are not in the log, or nobody knows whether they are. */
  rejected(error: LogError): void {
    const problem = partitionErrorOf(this.#parts.name, error);
    this.#acknowledgements.rejectAbove(this.#log.failure === undefined ? this.#log.endOffset : -1, problem);
  }

  /** A follower fetched, and its log agrees with this one. */
  fetched(position: FollowerPosition): void {
    const state = this.leaderState;
    if (state !== undefined) this.#apply(state.fetched(position, this.#nowMs));
  }

  checkReplicas(): void {
    const state = this.leaderState;
    if (state !== undefined) this.#apply(state.tick(this.#nowMs));
  }

  isrAnswered(proposal: IsrProposal, answer: IsrAnswer): void {
    const state = this.#lastState;
    if (state?.leaderEpoch !== proposal.leaderEpoch) return;
    const effects = state.answered(proposal, answer, this.#nowMs);
    if (this.leaderState === state) this.#apply(effects);
  }

  whenAcknowledged(endOffset: number, { timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions): Promise<void> {
    const { name, gate } = this.#parts;
    const log = this.#log;
    if (gate.isClosed) return Promise.reject(closed(name));
    const state = this.leaderState;
    // Whatever is there now may be another leader's.
    if (state === undefined) return Promise.reject(notLeader(name));
    if (endOffset <= this.#highWatermark) return Promise.resolve();
    if (log.failure !== undefined) return Promise.reject(partitionErrorOf(name, log.failure));
    if (endOffset > log.endOffset) return Promise.reject(notAppended(name, endOffset, log.endOffset));
    if (!state.isEnoughInSync) return Promise.reject(tooFew(name));
    return this.#acknowledgements.wait(endOffset, timeoutMs);
  }

  async whenStored(endOffset: number): Promise<void> {
    try {
      await (this.#parts.waitsForSync() ? this.#log.whenDurable(endOffset) : this.#log.whenWritten(endOffset));
    } catch (thrown) {
      throw partitionErrorOf(this.#parts.name, thrown);
    }
  }

  nextFetch(): FollowerFetch | undefined {
    const role = this.#role;
    const { gate, known } = this.#parts;
    const log = this.#log;
    if (role.kind !== 'follower' || role.following.leader === undefined) return undefined;
    // What is asked for tells the leader what is safe here.
    if (!gate.isOpen || this.#isTaking || this.#safeEndOffset < log.endOffset) return undefined;
    return {
      currentLeaderEpoch: role.following.leaderEpoch,
      fetchOffset: log.endOffset,
      lastFetchedEpoch: known.epochs.latest,
      logStartOffset: log.startOffset,
    };
  }

  async whenFetchable(): Promise<void> {
    await this.#parts.gate.idle();
    const { endOffset } = this.#log;
    if (this.#safeEndOffset < endOffset) await this.whenStored(endOffset);
  }

  async takeAnswer(fetch: FollowerFetch, answer: LeaderAnswer): Promise<FollowerOutcome> {
    if (!this.#isCurrent(fetch)) return { kind: 'stale' };
    this.#isTaking = true;
    try {
      return await this.#follower.take(fetch, answer, () => this.#follows(fetch.currentLeaderEpoch));
    } catch (thrown) {
      const error = partitionErrorOf(this.#parts.name, thrown);
      if (!(error instanceof StreamBusError)) throw error;
      return { kind: 'failed', message: error.message };
    } finally {
      this.#isTaking = false;
    }
  }

  /** Everyone who waits is told that there is nothing to wait for. */
  close(): void {
    this.#acknowledgements.rejectAll(closed(this.#parts.name));
  }

  #enter(leaderEpoch: number, doing: string): void {
    const { name } = this.#parts;
    assert(
      leaderEpoch >= this.#leaderEpoch,
      () => `${name} is in leader epoch ${this.#leaderEpoch}; it cannot be that it ${doing} in ${leaderEpoch}`,
    );
    this.#leaderEpoch = leaderEpoch;
  }

  #lead(registration: PartitionRegistration): void {
    const { known, gate, folder, topic, partition, brokerId, brokers, lagTimeMaxMs, events } = this.#parts;
    const { leaderEpoch } = registration;
    if (known.epochs.latest > leaderEpoch) gate.fail(epochDamage(folder, known.epochs, leaderEpoch));
    let state = this.#lastState;
    if (state?.leaderEpoch !== leaderEpoch) {
      state = new LeaderState({
        ...{ topic, partition, brokerId, brokers, lagTimeMaxMs, registration },
        epochStartOffset: this.#log.endOffset,
        highWatermark: this.highWatermark,
        nowMs: this.#nowMs,
      });
    }
    this.#lastState = state;
    this.#role = { kind: 'leader', state };
    this.#apply(state.update(registration));
    this.#apply(state.advanced(this.#safeEndOffset, this.#log.writtenEndOffset));
    events.onLogEnd();
  }

  #apply(effects: readonly LeaderEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'raiseHighWatermark':
          this.#raise(effect.highWatermark);
          break;
        case 'proposeIsr':
          this.#parts.events.onIsrProposal(effect.proposal);
          break;
        case 'reportTooFewInSync':
          this.#acknowledgements.rejectAll(tooFew(this.#parts.name));
          break;
      }
    }
  }

  #raise(highWatermark: number): void {
    if (highWatermark <= this.#highWatermark) return;
    this.#highWatermark = highWatermark;
    this.#acknowledgements.resolveUpTo(highWatermark);
    this.#parts.events.onHighWatermark();
  }

  #onLeaderEnds({ highWatermark }: PartitionEnds): void {
    const role = this.#role;
    if (role.kind !== 'follower') return;
    role.leaderHighWatermark = Math.max(role.leaderHighWatermark, highWatermark);
    this.#raise(Math.min(role.leaderHighWatermark, this.#safeEndOffset));
  }

  #onCut(): void {
    const { startOffset, endOffset } = this.#log;
    this.#readableEndOffset = endOffset;
    const highWatermark = this.#highWatermark;
    if (highWatermark < startOffset) this.#highWatermark = startOffset;
    if (highWatermark <= endOffset) return;
    this.#highWatermark = endOffset;
    this.#parts.events.onTruncatedBelowHighWatermark({ endOffset, highWatermark });
  }

  #loseLeadership(): void {
    this.#acknowledgements.rejectAll(notLeader(this.#parts.name));
  }

  #follows(leaderEpoch: number): boolean {
    return this.#role.kind === 'follower' && this.#role.following.leaderEpoch === leaderEpoch;
  }

  /** Whether an answer to this fetch still is one: it may have been delayed or doubled, and speaks of where the log ended then. */
  #isCurrent(fetch: FollowerFetch): boolean {
    const now = this.nextFetch();
    return (
      now !== undefined &&
      now.currentLeaderEpoch === fetch.currentLeaderEpoch &&
      now.fetchOffset === fetch.fetchOffset &&
      now.lastFetchedEpoch === fetch.lastFetchedEpoch
    );
  }

  get #log(): Log {
    return this.#parts.log;
  }

  get #safeEndOffset(): number {
    return this.#parts.waitsForSync() ? this.#log.durableEndOffset : this.#log.writtenEndOffset;
  }

  get #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}

function unacknowledged(
  code: 'PARTITION_NOT_LEADER' | 'PARTITION_NOT_ENOUGH_REPLICAS' | 'PARTITION_TIMED_OUT' | 'PARTITION_CLOSED',
  message: string,
): PartitionError {
  return new PartitionError(code, message, { outcome: 'unknown', retriable: true });
}

function notLeader(name: string): PartitionError {
  return unacknowledged(
    'PARTITION_NOT_LEADER',
    `this broker leads ${name} no more; what it appended may yet be replicated`,
  );
}

function tooFew(name: string): PartitionError {
  const message = `${name} has fewer replicas in sync than min.insync.replicas; what was appended may yet be replicated`;
  return unacknowledged('PARTITION_NOT_ENOUGH_REPLICAS', message);
}

function closed(name: string): PartitionError {
  return unacknowledged('PARTITION_CLOSED', `${name} is closed`);
}

function notAppended(name: string, endOffset: number, logEndOffset: number): PartitionError {
  return new PartitionError(
    'PARTITION_OFFSET_OUT_OF_RANGE',
    `${name} ends at offset ${logEndOffset}; there is nothing up to ${endOffset} to wait for`,
  );
}
