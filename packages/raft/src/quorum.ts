import { asIndex, type LogIndex, minIndex, type NodeId, noLimit } from './identifiers.ts';

/** What the votes so far decide: with those still missing it may be either, is certainly lost, or is certainly won. */
export type VoteResult = 'pending' | 'lost' | 'won';

/**
 * The voters of a configuration. Decisions need a majority of `incoming` and, in a joint configuration, one of
 * `outgoing` as well (section 4.3). Both are sorted by id; `outgoing` is empty unless the configuration is joint.
 */
export interface JointVoters {
  readonly incoming: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
}

/**
 * The highest index that a majority has acknowledged; without voters everything is, so that an empty half never
 * decides.
 */
export function majorityCommitted(voters: readonly NodeId[], acknowledged: (id: NodeId) => LogIndex): LogIndex {
  if (voters.length === 0) return asIndex(noLimit);
  const ascending: LogIndex[] = [];
  for (const id of voters) insertAscending(ascending, acknowledged(id));
  return ascending[voters.length - majoritySize(voters.length)] ?? asIndex(0);
}

/** The index committed by both halves. */
export function jointCommitted(voters: JointVoters, acknowledged: (id: NodeId) => LogIndex): LogIndex {
  const incoming = majorityCommitted(voters.incoming, acknowledged);
  if (voters.outgoing.length === 0) return incoming;
  return minIndex(incoming, majorityCommitted(voters.outgoing, acknowledged));
}

/** What these votes decide; `votes` gives undefined for a vote that is missing. Without voters every vote is won. */
export function majorityVote(voters: readonly NodeId[], votes: (id: NodeId) => boolean | undefined): VoteResult {
  if (voters.length === 0) return 'won';
  let granted = 0;
  let missing = 0;
  for (const id of voters) {
    const vote = votes(id);
    if (vote === undefined) missing += 1;
    else if (vote) granted += 1;
  }
  const needed = majoritySize(voters.length);
  if (granted >= needed) return 'won';
  return granted + missing >= needed ? 'pending' : 'lost';
}

/** What these votes decide for both halves: one lost half loses, and winning takes both. */
export function jointVote(voters: JointVoters, votes: (id: NodeId) => boolean | undefined): VoteResult {
  const incoming = majorityVote(voters.incoming, votes);
  const outgoing = majorityVote(voters.outgoing, votes);
  if (incoming === outgoing) return incoming;
  return incoming === 'lost' || outgoing === 'lost' ? 'lost' : 'pending';
}

function majoritySize(count: number): number {
  return (count >> 1) + 1;
}

/** Voters are few: inserting beats a sort with a callback. */
function insertAscending(sorted: LogIndex[], value: LogIndex): void {
  let position = sorted.length;
  while (position > 0 && (sorted[position - 1] ?? 0) > value) position -= 1;
  sorted.splice(position, 0, value);
}
