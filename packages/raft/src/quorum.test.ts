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

/** Every way in which up to five incoming and up to five outgoing voters may overlap; which ids they have is all one. */
function everyJoint(): readonly JointVoters[] {
  const ids = (from: number, count: number): NodeId[] => Array.from({ length: count }, (_, at) => nodeId(from + at));
  const sizes = [0, 1, 2, 3, 4, 5];
  return sizes.flatMap((incoming) =>
    sizes.flatMap((outgoing) =>
      sizes
        .filter((shared) => shared <= Math.min(incoming, outgoing))
        .map((shared) => ({ incoming: ids(1, incoming), outgoing: ids(1 + incoming - shared, outgoing) })),
    ),
  );
}

/** Whether in both halves all of some majority are among these. */
function holdsBoth(halves: readonly (readonly (readonly NodeId[])[])[], has: (id: NodeId) => boolean): boolean {
  return halves.every((half) => half.some((some) => some.every(has)));
}

describe('every configuration of up to 5 + 5 voters, in every way to overlap', () => {
  const configurations = everyJoint().map((voters) => {
    const members = [...new Set([...voters.incoming, ...voters.outgoing])];
    return { voters, members, halves: [majorities(voters.incoming), majorities(voters.outgoing)] };
  });

  it('decides every combination of votes given, refused and missing as all outcomes together do', () => {
    for (const { voters, members, halves } of configurations) {
      // By the votes as digits to base 3: 0 is missing, 1 refused, 2 given. What is missing makes the number larger.
      const results: VoteResult[] = [];
      for (let code = 3 ** members.length - 1; code >= 0; code -= 1) {
        const digit = (id: NodeId): number => Math.floor(code / 3 ** members.indexOf(id)) % 3;
        const missing = members.findIndex((id) => digit(id) === 0);
        const refused = results[code + 3 ** missing];
        const given = results[code + 2 * 3 ** missing];
        const complete = missing < 0 && holdsBoth(halves, (id) => digit(id) === 2) ? 'won' : 'lost';
        const expected = missing < 0 ? complete : refused === given ? given : 'pending';
        const decided = jointVote(voters, (id) => (digit(id) === 0 ? undefined : digit(id) === 2));
        if (decided !== expected) expect({ voters, code, decided }).toEqual({ voters, code, decided: expected });
        results[code] = decided;
      }
    }
  });

  it('commits what all of some majority have in each half, wherever the others are', () => {
    for (const { voters, members, halves } of configurations) {
      if (members.length === 0) continue;
      for (let code = 0; code < 3 ** members.length; code += 1) {
        const digit = (id: NodeId): number => Math.floor(code / 3 ** members.indexOf(id)) % 3;
        const expected = [2, 1].find((index) => holdsBoth(halves, (id) => digit(id) >= index)) ?? 0;
        const committed = jointCommitted(voters, (id) => logIndex(digit(id)));
        if (committed !== expected) expect({ voters, code, committed }).toEqual({ voters, code, committed: expected });
      }
    }
  });
});
