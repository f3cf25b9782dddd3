import { errorCodes } from '@streambus/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeaderAnswer } from './fetches.ts';
import { type FollowerEnds, followerStep } from './follower-rules.ts';
import { LeaderEpochs } from './leader-epochs.ts';

function endsOf(epochs: readonly number[], logStartOffset = 0): FollowerEnds {
  const starts = new LeaderEpochs();
  for (const [offset, epoch] of epochs.entries()) starts.assign(epoch, offset);
  return {
    ...{ logStartOffset, logEndOffset: epochs.length },
    epochEndOffset: (epoch) => starts.endOffsetFor(epoch, epochs.length),
  };
}

function answer(changes: Partial<LeaderAnswer>): LeaderAnswer {
  const ends = { highWatermark: 0, logStartOffset: 0, errorCode: 0, records: null };
  return { ...ends, divergingEpoch: { epoch: -1, endOffset: -1 }, ...changes };
}

describe('a follower whose log parts from its leader', () => {
  it('cuts off at the smaller end of the epoch that both have', () => {
    const ends = endsOf([1, 1, 1, 3, 3]);
    expect(followerStep(ends, answer({ divergingEpoch: { epoch: 1, endOffset: 2 } }))).toEqual({
      kind: 'truncate',
      endOffset: 2,
    });
    expect(followerStep(ends, answer({ divergingEpoch: { epoch: 1, endOffset: 4 } }))).toEqual({
      kind: 'truncate',
      endOffset: 3,
    });
  });

  it('cuts to its own earlier epoch where it lacks the leader’s, and asks again', () => {
    const step = followerStep(endsOf([1, 1, 3, 3]), answer({ divergingEpoch: { epoch: 2, endOffset: 4 } }));
    expect(step).toEqual({ kind: 'truncate', endOffset: 2 });
  });

  it('comes to exactly the common beginning of both, however they parted (property)', () => {
    const run = fc.record({ epoch: fc.integer({ min: 1, max: 2 }), length: fc.integer({ min: 1, max: 3 }) });
    const epochsFrom = (runs: readonly { epoch: number; length: number }[], first: number): number[] => {
      let epoch = first;
      return runs.flatMap(({ epoch: by, length }) => {
        epoch += by;
        return Array.from({ length }, () => epoch);
      });
    };
    const parts = fc.array(run, { maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, parts, (shared, own, leaders) => {
        // A leader's epoch is its own: what two logs have of one epoch agrees as far as both have it.
        const common = epochsFrom(shared, 0);
        const last = common.at(-1) ?? 0;
        const ownTail = epochsFrom(own, last).map((epoch) => epoch * 2);
        const leaderTail = epochsFrom(leaders, last).map((epoch) => epoch * 2 + 1);
        const doubled = common.map((epoch) => epoch * 2);
        const leader = [...doubled, ...leaderTail];
        const leaderEnds = endsOf(leader);
        let follower = [...doubled, ...ownTail];
        for (let round = 0; ; round++) {
          expect(round).toBeLessThan(20);
          const lastEpoch = follower.at(-1);
          const end =
            lastEpoch === undefined ? undefined : leaderEnds.epochEndOffset(Math.min(lastEpoch, leader.at(-1) ?? -1));
          if (lastEpoch === undefined || end === undefined) break;
          if (end.epoch >= lastEpoch && end.endOffset >= follower.length) break;
          const step = followerStep(endsOf(follower), answer({ divergingEpoch: end }));
          if (step.kind !== 'truncate') throw new Error(step.kind);
          expect(step.endOffset).toBeLessThan(follower.length);
          follower = follower.slice(0, step.endOffset);
        }
        const kept = leader.length === 0 ? follower.length : Math.min(follower.length, common.length);
        expect(follower.slice(0, kept)).toEqual(doubled.slice(0, kept));
        if (leader.length > 0) expect(follower).toEqual(doubled);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a follower that is out of range', () => {
  const outOfRange = (logStartOffset: number): LeaderAnswer =>
    answer({ errorCode: errorCodes.OFFSET_OUT_OF_RANGE, logStartOffset });

  it('begins anew where the leader does, when that is past its own end', () => {
    expect(followerStep(endsOf([1, 1]), outOfRange(7))).toEqual({ kind: 'restart', startOffset: 7 });
    expect(followerStep(endsOf([]), outOfRange(3))).toEqual({ kind: 'restart', startOffset: 3 });
  });

  it('gives up no records of its own that the leader might have', () => {
    expect(followerStep(endsOf([1, 1, 1]), outOfRange(2))).toMatchObject({ kind: 'wait' });
    expect(followerStep(endsOf([1, 1, 1]), outOfRange(-1))).toMatchObject({ kind: 'wait' });
  });

  it('waits on any other error', () => {
    const step = followerStep(endsOf([1]), answer({ errorCode: errorCodes.FENCED_LEADER_EPOCH }));
    expect(step).toEqual({ kind: 'wait', message: 'it answers FENCED_LEADER_EPOCH' });
  });
});
