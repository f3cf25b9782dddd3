import { createMessage, MessageType, nodeId, term } from '@streambus/raft';
import { describe, expect, it } from 'vitest';
import { EarlyVotes } from './early-votes.ts';

const vote = (from: number, inTerm: number, reject = false) =>
  createMessage({ type: MessageType.voteResponse, from: nodeId(from), to: nodeId(1), term: term(inTerm), reject });

describe('votes that come before the own one is durable', () => {
  it('are held back, and count when it is', () => {
    const early = new EarlyVotes(term(3));
    expect([early.hold(vote(2, 4)), early.hold(vote(3, 4))]).toEqual([true, true]);
    expect(early.onDurable(term(3))).toEqual([]);
    expect(early.onDurable(term(4))).toEqual([vote(2, 4), vote(3, 4)]);
    expect(early.onDurable(term(4))).toEqual([]);
    expect(early.hold(vote(2, 4))).toBe(false);
  });

  it('refusals and everything else are not held back', () => {
    const early = new EarlyVotes(term(3));
    expect(early.hold(vote(2, 4, true))).toBe(false);
    expect(early.hold(createMessage({ type: MessageType.heartbeat, term: term(9) }))).toBe(false);
    expect(early.hold(createMessage({ type: MessageType.preVoteResponse, term: term(9) }))).toBe(false);
  });

  it('one for each voter of one election are kept, however often they come', () => {
    const early = new EarlyVotes(term(0));
    for (const from of [2, 3, 2, 2]) early.hold(vote(from, 1));
    for (const from of [2, 3, 3]) early.hold(vote(from, 2));
    expect(early.onDurable(term(2))).toEqual([vote(2, 2), vote(3, 2)]);
  });
});
