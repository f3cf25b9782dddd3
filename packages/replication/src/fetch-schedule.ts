import { zeroUuid } from '@streambus/kafka';
import { ByteRate } from './byte-rate.ts';
import type { FollowerFetch } from './fetches.ts';
import type { Partition } from './partition.ts';

/** What a fetcher has to do with a partition. */
export type FollowedPartition = Pick<Partition, 'topic' | 'partition' | 'nextFetch' | 'whenFetchable' | 'takeAnswer'>;

/** One partition that is followed. */
export interface FollowedSlot {
  readonly partition: FollowedPartition;
  readonly topicId: string;
  /** Its bytes count for the throttle. */
  isThrottled: boolean;
  /** Its last answer is being taken, or its disk is not done. */
  isBusy: boolean;
  /** In a row. */
  failureCount: number;
  /** Not asked for before this. */
  notBeforeMs: number;
  /** What it was asked for last; see {@link FollowerSession}. */
  asked: FollowerFetch | undefined;
  /** What the leader's session certainly has of it. */
  leaderHas: FollowerFetch | undefined;
  /** Whether the leader's session may have something of it. */
  leaderMayHave: boolean;
}

/** One partition of the next request. */
export interface PlannedFetch {
  readonly slot: FollowedSlot;
  readonly fetch: FollowerFetch;
}

/** The next request. */
export interface FetchPlan {
  /** Those that are left out of it, or were removed. */
  readonly omitted: readonly FollowedSlot[];
  /** In the order in which the leader is to fill its answer. */
  readonly fetches: readonly PlannedFetch[];
  /** Whose disk is not done, or who does not follow at the moment. */
  readonly unready: readonly FollowedSlot[];
  /** When somebody who is left out now may be asked for. */
  readonly nextDueMs: number;
}

/** How long a partition waits that failed: doubling from the first to the last, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Longer waits end together, so that many partitions that fail do not each break up a request of the others. */
const coarseMs = 100;

/**
 * Who of those that one leader leads is asked for next. Pure: it is told the time.
 *
 * Fair: whoever got records goes to the end of the order, so that one that always has some does not keep the others out of the bounded answer.
 */
export class FetchSchedule {
  /** In the order in which they are asked for. */
  readonly #slots = new Map<string, FollowedSlot>();
  readonly #slotOf = new Map<FollowedPartition, FollowedSlot>();
  readonly #topicIds = new Map<string, string>();
  /** Removed since the last plan. */
  #removed: FollowedSlot[] = [];
  readonly #backoff: Backoff;
  readonly #throttle: ByteRate;

  constructor(backoff: Backoff, nowMs: number) {
    this.#backoff = backoff;
    this.#throttle = new ByteRate(Number.POSITIVE_INFINITY, nowMs);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** One that is there already is asked for at once, whatever it waited for. */
  add(partition: FollowedPartition, topicId: string, isThrottled: boolean): void {
    const known = this.#slotOf.get(partition);
    if (known?.topicId === topicId) {
      known.isThrottled = isThrottled;
      known.failureCount = 0;
      known.notBeforeMs = Number.NEGATIVE_INFINITY;
      return;
    }
    const slot: FollowedSlot = {
      ...{ partition, topicId, isThrottled },
      isBusy: false,
      failureCount: 0,
      notBeforeMs: Number.NEGATIVE_INFINITY,
      ...{ asked: undefined, leaderHas: undefined, leaderMayHave: false },
    };
    const before = this.#slots.get(keyOf(slot));
    if (before !== undefined) this.remove(before.partition);
    this.#slots.set(keyOf(slot), slot);
    this.#slotOf.set(partition, slot);
    this.#topicIds.set(partition.topic, topicId);
  }

  /** The slot of an answer, which names the topic by its id or, in older versions, by its name. */
  find(topicId: string, topic: string, partition: number): FollowedSlot | undefined {
    const id = topicId === zeroUuid || topicId === '' ? this.#topicIds.get(topic) : topicId;
    return this.#slots.get(`${id}/${partition}`);
  }

  remove(partition: FollowedPartition): void {
    const slot = this.#slotOf.get(partition);
    if (slot === undefined) return;
    this.#slotOf.delete(partition);
    this.#slots.delete(keyOf(slot));
    this.#removed.push(slot);
  }

  /** That these were removed did not reach the leader. */
  omitAgain(slots: readonly FollowedSlot[]): void {
    for (const slot of slots) if (!this.has(slot)) this.#removed.push(slot);
  }

  clear(): void {
    this.#slots.clear();
    this.#slotOf.clear();
  }

  has(slot: FollowedSlot): boolean {
    return this.#slotOf.get(slot.partition) === slot;
  }

  /** @param bytesPerSecond - of all throttled partitions together; Infinity for no limit */
  throttle(bytesPerSecond: number, nowMs: number): void {
    this.#throttle.change(bytesPerSecond, nowMs);
  }

  plan(nowMs: number): FetchPlan {
    const fetches: PlannedFetch[] = [];
    const unready: FollowedSlot[] = [];
    const omitted = this.#removed;
    this.#removed = [];
    let nextDueMs = Number.POSITIVE_INFINITY;
    const throttledUntilMs = this.#throttle.availableAtMs(nowMs);
    for (const slot of this.#slots.values()) {
      slot.asked = undefined;
      if (slot.isBusy) {
        omitted.push(slot);
        continue;
      }
      const dueMs = slot.isThrottled ? Math.max(slot.notBeforeMs, throttledUntilMs) : slot.notBeforeMs;
      if (dueMs > nowMs) {
        nextDueMs = Math.min(nextDueMs, dueMs);
        omitted.push(slot);
        continue;
      }
      const fetch = slot.partition.nextFetch();
      if (fetch === undefined) {
        unready.push(slot);
        omitted.push(slot);
        continue;
      }
      slot.asked = fetch;
      fetches.push({ slot, fetch });
    }
    return { fetches, unready, omitted, nextDueMs };
  }

  /** It answered, with so many bytes. */
  succeeded(slot: FollowedSlot, bytes: number): void {
    slot.failureCount = 0;
    slot.notBeforeMs = Number.NEGATIVE_INFINITY;
    if (bytes === 0) return;
    if (slot.isThrottled) this.#throttle.charge(bytes);
    if (!this.has(slot)) return;
    const key = keyOf(slot);
    this.#slots.delete(key);
    this.#slots.set(key, slot);
  }

  /** It did not, and waits. */
  failed(slot: FollowedSlot, nowMs: number): void {
    const { firstMs, lastMs } = this.#backoff;
    const waitMs = Math.min(firstMs * 2 ** slot.failureCount, lastMs);
    const dueMs = nowMs + waitMs;
    slot.notBeforeMs = waitMs < coarseMs ? dueMs : Math.ceil(dueMs / coarseMs) * coarseMs;
    slot.failureCount++;
  }
}

function keyOf({ topicId, partition }: FollowedSlot): string {
  return `${topicId}/${partition.partition}`;
}
