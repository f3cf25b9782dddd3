import type { FetchErrorName, PartitionFetchRequest } from './fetches.ts';

/** What a partition's replica is at the moment. */
export type ReplicaRole = 'leader' | 'follower' | 'none';

/** A replica, as far as the answer to a fetch depends on it. */
export interface FetchedReplica {
  readonly name: string;
  readonly role: ReplicaRole;
  /** The epoch in which it leads or follows. */
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  /** Whatever is below can be read. */
  readonly readableEndOffset: number;
  readonly highWatermark: number;
  /** The epoch of its last record, -1 when there is none. */
  readonly lastEpoch: number;
  /** Whether this broker is one of the replicas. */
  isReplica(brokerId: number): boolean;
  /** Where an epoch ends (KIP-101); undefined where that is not known. */
  epochEndOffset(epoch: number): { readonly epoch: number; readonly endOffset: number } | undefined;
}

/** What to do with a fetch. */
export type FetchDecision =
  /** Give what there is from the wanted offset up to `endOffset`. */
  | { readonly kind: 'read'; readonly endOffset: number }
  | { readonly kind: 'diverging'; readonly epoch: number; readonly endOffset: number }
  | { readonly kind: 'refused'; readonly error: FetchErrorName; readonly message: string };

/** How a reader's idea of the leader epoch compares with the truth (KIP-320); -1 is no idea. */
export function leaderEpochProblem(
  currentLeaderEpoch: number,
  leaderEpoch: number,
): 'FENCED_LEADER_EPOCH' | 'UNKNOWN_LEADER_EPOCH' | undefined {
  if (currentLeaderEpoch === -1 || currentLeaderEpoch === leaderEpoch) return undefined;
  return currentLeaderEpoch < leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH';
}

/**
 * Decides about a fetch: whether this replica may answer it, whether the reader's log agrees with its own, and up to where it may read.
 * Followers read to the end of the log, consumers to the high watermark.
 */
export function decideFetch(replica: FetchedReplica, request: PartitionFetchRequest): FetchDecision {
  return (
    roleProblem(replica, request) ??
    epochProblem(replica, request) ??
    startProblem(replica, request) ??
    divergence(replica, request) ??
    endProblem(replica, request) ?? {
      kind: 'read',
      endOffset: request.reader.kind === 'follower' ? replica.readableEndOffset : replica.highWatermark,
    }
  );
}

function roleProblem(replica: FetchedReplica, { reader }: PartitionFetchRequest): FetchDecision | undefined {
  const { name, role } = replica;
  if (reader.kind === 'consumer') {
    const may = role === 'leader' || (role === 'follower' && reader.readsFromFollowers);
    return may ? undefined : refused('NOT_LEADER_OR_FOLLOWER', `this broker does not lead ${name}`);
  }
  if (role !== 'leader') return refused('NOT_LEADER_OR_FOLLOWER', `this broker does not lead ${name}`);
  if (replica.isReplica(reader.brokerId)) return undefined;
  return refused('NOT_LEADER_OR_FOLLOWER', `broker ${reader.brokerId} is not among the replicas of ${name}`);
}

function epochProblem(
  { name, leaderEpoch }: FetchedReplica,
  request: PartitionFetchRequest,
): FetchDecision | undefined {
  const { reader, currentLeaderEpoch } = request;
  // What a follower has counts in the epoch that it names: without one it may be of any.
  const isNameless = reader.kind === 'follower' && currentLeaderEpoch === -1;
  const problem = isNameless ? 'FENCED_LEADER_EPOCH' : leaderEpochProblem(currentLeaderEpoch, leaderEpoch);
  if (problem === undefined) return undefined;
  return refused(problem, `${name} is in leader epoch ${leaderEpoch}; the fetch names ${currentLeaderEpoch}`);
}

function startProblem(replica: FetchedReplica, { fetchOffset }: PartitionFetchRequest): FetchDecision | undefined {
  return fetchOffset < replica.logStartOffset ? outOfRange(replica, fetchOffset) : undefined;
}

function divergence(replica: FetchedReplica, request: PartitionFetchRequest): FetchDecision | undefined {
  const { lastFetchedEpoch, fetchOffset } = request;
  if (lastFetchedEpoch < 0) return undefined;
  // A follower that lags cannot tell a reader who is ahead of it from one whose log was cut.
  if (replica.role === 'follower' && lastFetchedEpoch > replica.lastEpoch) {
    return refused('OFFSET_NOT_AVAILABLE', `${replica.name} has not yet got here to epoch ${lastFetchedEpoch}`);
  }
  const end = replica.epochEndOffset(lastFetchedEpoch);
  if (end === undefined) return outOfRange(replica, fetchOffset);
  if (end.epoch >= lastFetchedEpoch && end.endOffset >= fetchOffset) return undefined;
  return { kind: 'diverging', epoch: end.epoch, endOffset: end.endOffset };
}

function endProblem(replica: FetchedReplica, { fetchOffset }: PartitionFetchRequest): FetchDecision | undefined {
  return fetchOffset > replica.readableEndOffset ? outOfRange(replica, fetchOffset) : undefined;
}

function outOfRange({ name, logStartOffset, readableEndOffset }: FetchedReplica, offset: number): FetchDecision {
  const message = `${name} has no offset ${offset}; it has ${logStartOffset} to ${readableEndOffset}`;
  return refused('OFFSET_OUT_OF_RANGE', message);
}

function refused(error: FetchErrorName, message: string): FetchDecision {
  return { kind: 'refused', error, message };
}
