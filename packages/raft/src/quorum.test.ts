import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LogIndex, logIndex, type NodeId, nodeId, noLimit } from './identifiers.ts';
import {
  type JointVoters,
  jointCommitted,
  jointVote,
  majorityCommitted,
  majorityVote,
  type VoteResult,
} from './quorum.ts';

/** Every subset of at least half and a bit: what a majority means, without arithmetic. */
function majorities(voters: readonly NodeId[]): readonly (readonly NodeId[])[] {
  const subsets = Array.from({ length: 2 ** voters.length }, (_, bits) => voters.filter((_id, at) => (bits >> at) & 1));
  return subsets.filter((subset) => subset.length > voters.length - subset.length || voters.length === 0);
}

/** The highest index that all of some majority have, by trying every index. */
function slowCommitted(voters: readonly NodeId[], indexes: ReadonlyMap<NodeId, LogIndex>): number {
  if (voters.length === 0) return noLimit;
  for (let index = 20; index > 0; index -= 1) {
    const reached = majorities(voters).some((some) => some.every((id) => (indexes.get(id) ?? 0) >= index));
    if (reached) return index;
  }
  return 0;
}

/** Tries every way in which the missing votes could be given. */
function slowVote(voters: JointVoters, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const wins = (all: (id: NodeId) => boolean): boolean =>
    [voters.incoming, voters.outgoing].every(
      (half) => half.length === 0 || majorities(half).some((some) => some.every(all)),
    );
  const ids = [...new Set([...voters.incoming, ...voters.outgoing])];
  const missing = ids.filter((id) => !votes.has(id));
  const outcomes = Array.from({ length: 2 ** missing.length }, (_, bits) =>
    wins((id) => votes.get(id) ?? ((bits >> missing.indexOf(id)) & 1) === 1),
  );
  if (outcomes.every((won) => won)) return 'won';
  return outcomes.some((won) => won) ? 'pending' : 'lost';
}

const someVoters = fc.uniqueArray(fc.integer({ min: 1, max: 7 }).map(nodeId), { maxLength: 5 });
const joint = fc.record({ incoming: someVoters, outgoing: someVoters });
const someIndexes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }).map(nodeId), fc.integer({ min: 0, max: 15 }).map(logIndex)))
  .map((pairs) => new Map(pairs));
const someVotes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }).map(nodeId), fc.boolean()))
  .map((pairs) => new Map(pairs));

describe('majority', () => {
  it('commits what brute force over all majorities commits', () => {
    fc.assert(
      fc.property(someVoters, someIndexes, (voters, indexes) => {
        const committed = majorityCommitted(voters, (id) => indexes.get(id) ?? logIndex(0));
        expect(committed).toBe(slowCommitted(voters, indexes));
      }),
    );
  });

  it('decides votes as brute force over all missing votes does', () => {
    fc.assert(
      fc.property(someVoters, someVotes, (incoming, votes) => {
        expect(majorityVote(incoming, (id) => votes.get(id))).toBe(slowVote({ incoming, outgoing: [] }, votes));
      }),
    );
  });

  it('without voters commits everything and wins every vote', () => {
    expect(majorityCommitted([], () => logIndex(3))).toBe(noLimit);
    expect(majorityVote([], () => false)).toBe('won');
  });
});

describe('joint majorities', () => {
  it('commit what both halves commit', () => {
    fc.assert(
      fc.property(joint, someIndexes, (voters, indexes) => {
        const slow = Math.min(slowCommitted(voters.incoming, indexes), slowCommitted(voters.outgoing, indexes));
        expect(jointCommitted(voters, (id) => indexes.get(id) ?? logIndex(0))).toBe(slow);
      }),
    );
  });

  it('decide votes as brute force over both halves does', () => {
    fc.assert(
      fc.property(joint, someVotes, (voters, votes) => {
        expect(jointVote(voters, (id) => votes.get(id))).toBe(slowVote(voters, votes));
      }),
    );
  });
});
