import { MessageType, noNode } from '@streambus/raft';
import type { CreateInvariant } from './invariant.ts';

/** A node gives one vote in a term, whatever happens to it between. */
export const singleVote: CreateInvariant = (violated) => {
  const votes = new Map<string, number>();
  const vote = (voter: number, term: number, candidate: number): void => {
    const key = `${voter}/${term}`;
    const known = votes.get(key);
    if (known === undefined) votes.set(key, candidate);
    else if (known !== candidate) violated(`node ${voter} votes for ${known} and for ${candidate} in term ${term}`);
  };
  return {
    name: 'Single Vote',
    source: 'Ongaro, dissertation, section 3.4',
    onSent({ id }, { type, reject, term, to }) {
      if (type === MessageType.voteResponse && !reject) vote(id, term, to);
    },
    onChange({ id, hardState }) {
      if (hardState !== undefined && hardState.vote !== noNode) vote(id, hardState.term, hardState.vote);
    },
  };
};
