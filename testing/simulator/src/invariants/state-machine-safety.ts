import type { CreateInvariant } from './invariant.ts';

interface Applied {
  readonly operation: number;
  readonly term: number;
  readonly digest: number;
}

/** No two state machines apply something else at the same index, and those that have applied the same are the same. */
export const stateMachineSafety: CreateInvariant = (violated) => {
  const known: (Applied | undefined)[] = [];
  return {
    name: 'State Machine Safety',
    source: 'Ongaro, dissertation, figure 3.2',
    onApplied({ id }, { index, term, operation, digest }) {
      const one = known[index];
      if (one === undefined) {
        known[index] = { operation, term, digest };
        return;
      }
      if (one.operation !== operation || one.term !== term) {
        const there = `operation ${one.operation} of term ${one.term}`;
        violated(`node ${id} applies operation ${operation} of term ${term} at ${index}, elsewhere it is ${there}`);
      } else if (one.digest !== digest) {
        violated(`node ${id} has another state than others after entry ${index}`);
      }
    },
    onRestored({ id }, index, digest) {
      const one = index === undefined ? undefined : known[index];
      if (one !== undefined && one.digest !== digest) violated(`node ${id} restores another state of entry ${index}`);
    },
  };
};
