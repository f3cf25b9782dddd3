import type { CreateInvariant } from './invariant.ts';

/** A leader neither replaces nor removes what is in its log. */
export const leaderAppendOnly: CreateInvariant = (violated) => ({
  name: 'Leader Append-Only',
  source: 'Ongaro, dissertation, figure 3.2',
  onChange({ id, role, term }, { roleBefore, termBefore, changedFrom, lastIndexBefore }) {
    const stillLeads = role === 'leader' && roleBefore === 'leader' && term === termBefore;
    if (stillLeads && changedFrom !== undefined && changedFrom <= lastIndexBefore) {
      violated(
        `leader ${id} of term ${term} changes its log from ${changedFrom} on, which ended at ${lastIndexBefore}`,
      );
    }
  },
});
