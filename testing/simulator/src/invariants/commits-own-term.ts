import type { CreateInvariant } from './invariant.ts';

/** A leader counts replicas of entries of its own term only; those of earlier terms are committed with them. */
export const commitsOwnTerm: CreateInvariant = (violated) => ({
  name: 'Commitment by Counting',
  source: 'Ongaro, dissertation, section 3.6.2 and figure 3.7',
  onChange(node, { commitBefore, roleBefore, termBefore }) {
    const led = node.role === 'leader' && roleBefore === 'leader' && node.term === termBefore;
    if (!led || node.commit === commitBefore) return;
    const term = node.termAt(node.commit);
    if (term === node.term) return;
    violated(`leader ${node.id} of term ${node.term} commits up to entry ${node.commit}, which is of term ${term}`);
  },
});
