import { Chronicle } from './chronicle.ts';
import type { CreateInvariant } from './invariant.ts';

/** What one node has seen committed at an index, every node sees there; and in the end every node has seen it. */
export const committedEntriesStay: CreateInvariant = (violated) => {
  const chronicle = new Chronicle();
  return {
    name: 'Committed Entries Stay',
    source: 'Ongaro, dissertation, section 3.6.3',
    onChange(node, change) {
      const found = chronicle.follow(node, change);
      if (found === undefined) return;
      violated(
        `node ${node.id} commits entry ${found.index} of term ${found.term}, before it was one of ${found.before}`,
      );
    },
    atEnd(nodes) {
      for (const { id, commit } of nodes) {
        if (commit < chronicle.lastIndex) violated(`node ${id} is at ${commit}; ${chronicle.lastIndex} was committed`);
      }
    },
  };
};
