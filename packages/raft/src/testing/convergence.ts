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

function lastId(node: MemoryNode): { readonly index: number; readonly term: number } {
  const { lastIndex } = node;
  return { index: lastIndex, term: node.termAt(lastIndex) ?? 0 };
}
