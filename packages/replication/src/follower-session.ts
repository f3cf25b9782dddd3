import type { FetchPlan, FollowedSlot, PlannedFetch } from './fetch-schedule.ts';
import type { FollowerFetch } from './fetches.ts';
import { epochAfter } from './served-session.ts';

/** What one request says. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** Those of which the leader does not know what is wanted. */
  readonly fetches: readonly PlannedFetch[];
  /** Those of which nothing is wanted, as far as the leader may not know that. */
  readonly forgotten: readonly FollowedSlot[];
}

/**
 * A follower's side of an incremental fetch session (KIP-227): what the leader knows is not said again. Pure.
 *
 * A request whose answer is lost is repeated under the same epoch: whether the leader took it or not, it names all that differs from what the leader
 * certainly knows. (Kafka's clients begin a new session then; a leader that insists on that says so, and gets it.) A leader that wants no sessions
 * answers session 0, and is told everything each time.
 */
export class FollowerSession {
  #id = 0;
  /** 0: the next request begins a session. */
  #epoch = 0;
  #request: SessionRequest | undefined;

  /** The next request. */
  next(plan: FetchPlan): SessionRequest {
    const isFull = this.#epoch === 0;
    if (isFull) for (const { slot } of plan.fetches) unknownToLeader(slot, false);
    if (isFull) for (const slot of plan.omitted) unknownToLeader(slot, false);
    const request = {
      ...{ sessionId: this.#id, sessionEpoch: this.#epoch },
      fetches: plan.fetches.filter(({ slot, fetch }) => !isSame(slot.leaderHas, fetch)),
      forgotten: plan.omitted.filter((slot) => slot.leaderHas !== undefined || slot.leaderMayHave),
    };
    this.#request = request;
    return request;
  }

  /** The request was answered. */
  answered(sessionId: number): void {
    const request = this.#request;
    if (request === undefined) return;
    if (sessionId === 0) {
      this.reset();
      return;
    }
    this.#id = sessionId;
    this.#epoch = epochAfter(this.#epoch);
    for (const { slot, fetch } of request.fetches) {
      slot.leaderHas = fetch;
      slot.leaderMayHave = true;
    }
    for (const slot of request.forgotten) unknownToLeader(slot, false);
  }

  /** The answer had something for this partition: it is asked for anew. */
  consumed(slot: FollowedSlot): void {
    unknownToLeader(slot, true);
  }

  /** Nobody knows whether the leader took the request. @returns the slots of removed partitions that it may still have */
  lost(): readonly FollowedSlot[] {
    const request = this.#request;
    if (request === undefined || this.#epoch === 0) return [];
    for (const { slot } of request.fetches) unknownToLeader(slot, true);
    for (const slot of request.forgotten) unknownToLeader(slot, true);
    return request.forgotten;
  }

  /** The next request begins a new session. */
  reset(): void {
    this.#epoch = 0;
    this.#id = 0;
  }
}

function unknownToLeader(slot: FollowedSlot, mayHave: boolean): void {
  slot.leaderHas = undefined;
  slot.leaderMayHave = mayHave;
}

function isSame(one: FollowerFetch | undefined, other: FollowerFetch): boolean {
  return (
    one !== undefined &&
    one.fetchOffset === other.fetchOffset &&
    one.currentLeaderEpoch === other.currentLeaderEpoch &&
    one.lastFetchedEpoch === other.lastFetchedEpoch &&
    one.logStartOffset === other.logStartOffset
  );
}
