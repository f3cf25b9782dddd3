/** How far a follower is, as its fetches tell its leader. */
export interface FollowerProgress {
  readonly brokerId: number;
  /** The process that fetched last; -1 while none has in this leader epoch. */
  readonly brokerEpoch: number;
  /** Everything below it is safe there; -1 while it is unknown. */
  readonly endOffset: number;
  readonly logStartOffset: number;
  /** When it fetched last, on the leader's monotonic clock. */
  readonly lastFetchMs: number;
  /** Where the leader's log ended then. */
  readonly leaderEndOffsetAtLastFetch: number;
  /** The latest moment at which it is known to have had everything that the leader had. */
  readonly lastCaughtUpMs: number;
}

/** A follower's fetch, as far as it says where the follower is. */
export interface FollowerPosition {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  /** The offset that it asks for: it has everything below. */
  readonly endOffset: number;
  readonly logStartOffset: number;
}

/** A follower that has not fetched in this leader epoch. @param caughtUpMs - for members of the ISR the beginning of the epoch */
export function unseenFollower(brokerId: number, caughtUpMs: number): FollowerProgress {
  return {
    brokerId,
    brokerEpoch: -1,
    endOffset: -1,
    logStartOffset: -1,
    lastFetchMs: Number.NEGATIVE_INFINITY,
    leaderEndOffsetAtLastFetch: Number.POSITIVE_INFINITY,
    lastCaughtUpMs: caughtUpMs,
  };
}

/**
 * The progress after a fetch. It says where the follower is now, further back too: a replica that has lost something must not count for
 * it. The high watermark, once risen, does not go back for that.
 *
 * A follower that has by now what the leader had at the fetch before was caught up at that time, even when the leader is ahead
 * again: under steady load nobody ever fetches at the leader's very end (KIP-16).
 */
export function afterFetch(
  before: FollowerProgress,
  position: FollowerPosition,
  leaderEndOffset: number,
  nowMs: number,
): FollowerProgress {
  const { brokerId, brokerEpoch, endOffset, logStartOffset } = position;
  const isSameProcess = before.brokerEpoch === brokerEpoch || before.brokerEpoch === -1;
  const known = isSameProcess ? before : unseenFollower(brokerId, Number.NEGATIVE_INFINITY);
  const caughtUpMs =
    endOffset >= leaderEndOffset
      ? nowMs
      : endOffset >= known.leaderEndOffsetAtLastFetch
        ? known.lastFetchMs
        : Number.NEGATIVE_INFINITY;
  return {
    brokerId,
    brokerEpoch,
    endOffset,
    logStartOffset,
    lastFetchMs: nowMs,
    leaderEndOffsetAtLastFetch: leaderEndOffset,
    lastCaughtUpMs: Math.max(known.lastCaughtUpMs, caughtUpMs),
  };
}

/** Whether a member of the ISR keeps up: it has everything, or had everything not longer ago than `lagTimeMaxMs`. */
export function keepsUp(
  progress: FollowerProgress,
  leaderEndOffset: number,
  nowMs: number,
  lagTimeMaxMs: number,
): boolean {
  return progress.endOffset >= leaderEndOffset || nowMs - progress.lastCaughtUpMs <= lagTimeMaxMs;
}
