/** A replica, as far as it matters for who reads from it. */
export interface ReadReplicaCandidate {
  readonly brokerId: number;
  /** Undefined where nobody said. */
  readonly rack: string | undefined;
  readonly isInSync: boolean;
  /** What the leader knows of what it has. */
  readonly logStartOffset: number;
  readonly endOffset: number;
}

/** A consumer that asks its leader. */
export interface ReadReplicaWish {
  /** The consumer's rack; empty where it named none. */
  readonly rack: string;
  readonly fetchOffset: number;
  /** The leader's own rack. */
  readonly leaderRack: string | undefined;
}

/**
 * Chooses from whom a consumer had better read (KIP-392): a replica in its own rack that is in sync and has what it asks for, the one that is
 * furthest where there are several, and of equal ones the one with the lowest id.
 *
 * @returns undefined where it stays with the leader: it named no rack, the leader is in it, or nobody else is
 */
export function chooseReadReplica(
  { rack, fetchOffset, leaderRack }: ReadReplicaWish,
  followers: Iterable<ReadReplicaCandidate>,
): number | undefined {
  if (rack === '' || rack === leaderRack) return undefined;
  let best: ReadReplicaCandidate | undefined;
  for (const follower of followers) {
    const has = follower.logStartOffset <= fetchOffset && fetchOffset <= follower.endOffset;
    if (follower.rack !== rack || !follower.isInSync || !has) continue;
    const isBetter =
      best === undefined ||
      follower.endOffset > best.endOffset ||
      (follower.endOffset === best.endOffset && follower.brokerId < best.brokerId);
    if (isBetter) best = follower;
  }
  return best?.brokerId;
}
