import { assert, assertNever } from '@streambus/runtime';
import { asIndex, type LogIndex, maxIndex, minIndex, zeroIndex } from './identifiers.ts';
import { Inflights } from './inflights.ts';
import type { ProgressState, ProgressStatus } from './status.ts';

/** What a {@link Progress} starts with. */
export interface ProgressStart {
  readonly match: LogIndex;
  readonly next: LogIndex;
  readonly learner: boolean;
  readonly recentActive: boolean;
  readonly maxInflightMessages: number;
  readonly maxInflightBytes: number;
}

/**
 * What the leader knows of one member, and how it feeds it.
 *
 * - `probe`: where the logs agree is not known; one append at a time, the next when it is answered or at a heartbeat's
 *   answer, if it has been out for long enough.
 * - `replicate`: appends are sent optimistically, as many as the inflight limits allow.
 * - `snapshot`: the entries it needs are gone; nothing is sent until the snapshot arrived or failed.
 *
 * Invariants:
 * 1. `match < next`.
 * 2. In state `snapshot` with a pending snapshot, `next` is one past it.
 * 3. Only `replicate` has inflights.
 * 4. `sentCommit` is never above what the follower may have learned of the commit index from messages not known to be
 *    lost.
 */
export class Progress {
  state: ProgressState = 'probe';
  /** The last index known to be in the follower's log. */
  match: LogIndex;
  /** The index of the next entry to send. */
  next: LogIndex;
  /** The highest commit index on its way to the follower. */
  sentCommit: LogIndex = zeroIndex;
  pendingSnapshot: LogIndex = zeroIndex;
  /** Whether the follower was heard since the last quorum check. */
  recentActive: boolean;
  /** Set when a probe is out, or when inflights are full and a message told so; cleared by any sign of life, of a probe by a late one. */
  flowPaused = false;
  /** How long a probe with entries has been out; undefined while none is. */
  #probeTicks: number | undefined;
  learner: boolean;
  readonly inflights: Inflights;

  constructor(start: ProgressStart) {
    this.match = start.match;
    this.next = start.next;
    this.learner = start.learner;
    this.recentActive = start.recentActive;
    this.inflights = new Inflights(start.maxInflightMessages, start.maxInflightBytes);
    this.#check();
  }

  /** Whether no append may be sent now. */
  get paused(): boolean {
    return this.state === 'snapshot' || this.flowPaused;
  }

  becomeProbe(): void {
    // A snapshot that went out may have arrived: probing behind it would ask for entries that are gone.
    const resumeAfter = this.state === 'snapshot' ? maxIndex(this.match, this.pendingSnapshot) : this.match;
    this.#enter('probe');
    this.next = asIndex(resumeAfter + 1);
    this.#regressSentCommit();
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = asIndex(this.match + 1);
  }

  becomeSnapshot(snapshotIndex: LogIndex): void {
    this.#enter('snapshot');
    this.pendingSnapshot = snapshotIndex;
    this.next = asIndex(snapshotIndex + 1);
    this.sentCommit = snapshotIndex;
    this.#check();
  }

  /** An append with `count` entries leaves. */
  entriesSent(count: number, bytes: number): void {
    switch (this.state) {
      case 'replicate':
        if (count > 0) {
          this.next = asIndex(this.next + count);
          this.inflights.add(asIndex(this.next - 1), bytes);
        }
        // The message that fills the pipeline is the last until something is heard.
        this.flowPaused = this.inflights.full;
        return;
      case 'probe':
        if (count === 0) return;
        this.flowPaused = true;
        this.#probeTicks = 0;
        return;
      case 'snapshot':
        assert(false, 'an append was sent to a follower that waits for a snapshot');
        return;
      default:
        assertNever(this.state, 'progress state');
    }
  }

  tick(): void {
    if (this.#probeTicks !== undefined) this.#probeTicks += 1;
  }

  /** A heartbeat was answered: what is out may go again, a probe once it has been out for so long. */
  heartbeatAnswered(probeTimeoutTicks: number): void {
    if (this.#probeTicks === undefined || this.#probeTicks >= probeTimeoutTicks) this.flowPaused = false;
  }

  /** What is under way is likely lost. */
  becomeUnreachable(): void {
    if (this.state === 'replicate') this.becomeProbe();
    this.#probeTicks = undefined;
  }

  commitSent(commit: LogIndex): void {
    this.sentCommit = commit;
  }

  /** Whether telling the follower `commit` now could advance it before it is told anyway. */
  canBumpCommit(commit: LogIndex): boolean {
    return commit > this.sentCommit && this.sentCommit < this.next - 1;
  }

  /** The follower has everything up to `index`; returns whether that is news. */
  maybeUpdate(index: LogIndex): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = maxIndex(this.next, asIndex(index + 1));
    this.flowPaused = false;
    return true;
  }

  /**
   * The follower refused the append after `rejected`; its log may agree up to `hint`.
   *
   * @returns false when the refusal is an old one that says nothing new
   */
  maybeDecrease(rejected: LogIndex, hint: LogIndex): boolean {
    if (this.state === 'replicate') {
      if (rejected <= this.match) return false;
      this.next = asIndex(this.match + 1);
    } else {
      // Probes go out one at a time, so a refusal of anything but the last one is late.
      if (this.next - 1 !== rejected) return false;
      this.next = maxIndex(minIndex(rejected, asIndex(hint + 1)), asIndex(this.match + 1));
      this.flowPaused = false;
    }
    this.#regressSentCommit();
    this.#check();
    return true;
  }

  /** A copy for {@link Status}. */
  status(): ProgressStatus {
    return {
      state: this.state,
      match: this.match,
      next: this.next,
      learner: this.learner,
      recentActive: this.recentActive,
      paused: this.paused,
      pendingSnapshot: this.pendingSnapshot,
      inflightMessages: this.inflights.count,
      inflightBytes: this.inflights.bytes,
      inflightFull: this.inflights.full,
    };
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.flowPaused = false;
    this.#probeTicks = undefined;
    this.pendingSnapshot = zeroIndex;
    this.inflights.reset();
  }

  /** Messages after `next` may be lost, and the commit index in them. */
  #regressSentCommit(): void {
    this.sentCommit = minIndex(this.sentCommit, asIndex(this.next - 1));
  }

  #check(): void {
    assert(
      this.match < this.next,
      () => `progress has match ${this.match} and next ${this.next}; match must be below next`,
    );
  }
}
