import type { NodeId } from '../identifiers.ts';
import { jointVote } from '../quorum.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { MemoryNode } from './memory-node.ts';

/** Whether there is a leader that has committed in its term, and every voter has applied all of it. */
export function hasConverged(cluster: MemoryCluster): boolean {
  const leader = cluster.leader();
  if (leader === undefined) return false;
  const { commit, term } = leader.raft;
  if (leader.termAt(commit) !== term || leader.appliedIndex !== commit) return false;
  return leader.confState.voters.every((id) => cluster.node(id).appliedIndex === commit);
}

/** Whether no node could win an election if every message arrived. */
export function isStuck(cluster: MemoryCluster): boolean {
  if (cluster.leader() !== undefined) return false;
  return !cluster.nodes.some((candidate) => {
    const { voters, votersOutgoing } = candidate.raft.status().confState;
    const own = lastId(candidate);
    const mayVote = (id: NodeId): boolean => {
      const other = lastId(cluster.node(id));
      return own.term > other.term || (own.term === other.term && own.index >= other.index);
    };
    const member = voters.includes(candidate.id) || votersOutgoing.includes(candidate.id);
    return member && jointVote({ incoming: voters, outgoing: votersOutgoing }, mayVote) === 'won';
  });
}

/**
 * Whether a voter is in a later term than the leader, and nobody of that term will ever ask the leader for its vote: they campaign
 * among members long gone, or are no voters as far as they know. Without pre-vote and check-quorum a message of an earlier term is
 * ignored without a word, so the leader never learns of the term that would depose it.
 */
export function hasUnheardVoter(cluster: MemoryCluster): boolean {
  const leader = cluster.leader();
  if (leader === undefined) return false;
  const isAhead = (node: MemoryNode): boolean => node.raft.status().hardState.term > leader.raft.term;
  const asksLeader = (node: MemoryNode): boolean => {
    const { voters, votersOutgoing } = node.raft.status().confState;
    const members = [...voters, ...votersOutgoing];
    return members.includes(node.id) && members.includes(leader.id);
  };
  const ahead = cluster.nodes.filter(isAhead);
  return ahead.some(({ id }) => leader.confState.voters.includes(id)) && !ahead.some(asksLeader);
}

function lastId(node: MemoryNode): { readonly index: number; readonly term: number } {
  const { lastIndex } = node;
  return { index: lastIndex, term: node.termAt(lastIndex) ?? 0 };
}
