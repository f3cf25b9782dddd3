import { MessageType, noNode } from '@streambus/raft';
import type { CreateInvariant } from './invariant.ts';

/** A node gives one vote in a term, whatever happens to it between. One that it lost with its power before it told anybody was none. */
export const singleVote: CreateInvariant = (violated) => {
  const told = new Map<string, number>();
  const decided = new Map<string, number>();
  const check = (known: number | undefined, voter: number, term: number, candidate: number): void => {
    if (known !== undefined && known !== candidate) {
      violated(`node ${voter} votes for ${known} and for ${candidate} in term ${term}`);
    }
  };
  return {
    name: 'Single Vote',
    source: 'Ongaro, dissertation, section 3.4',
    onSent({ id }, { type, reject, term, to }) {
      if (type !== MessageType.voteResponse || reject) return;
      check(told.get(`${id}/${term}`), id, term, to);
      told.set(`${id}/${term}`, to);
    },
    onChange({ id, life, hardState }) {
      if (hardState === undefined || hardState.vote === noNode) return;
      const { term, vote } = hardState;
      check(told.get(`${id}/${term}`), id, term, vote);
      check(decided.get(`${id}/${life}/${term}`), id, term, vote);
      decided.set(`${id}/${life}/${term}`, vote);
    },
  };
};
