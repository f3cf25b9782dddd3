import { Chronicle } from './chronicle.ts';
import type { CreateInvariant } from './invariant.ts';

/** Whoever leads has everything that was committed in the terms before. */
export const leaderCompleteness: CreateInvariant = (violated) => {
  const chronicle = new Chronicle();
  return {
    name: 'Leader Completeness',
    source: 'Ongaro, dissertation, figure 3.2',
    onChange(node, change) {
      chronicle.follow(node, change);
      if (!change.becameLeader) return;
      for (let index = node.firstIndex; index <= chronicle.lastIndex; index++) {
        const committed = chronicle.at(index);
        if (committed === undefined || committed.seenInTerm >= node.term) continue;
        if (node.termAt(index) === committed.term) continue;
        violated(`node ${node.id} leads term ${node.term} without entry ${index} of term ${committed.term}`);
        return;
      }
    },
  };
};
