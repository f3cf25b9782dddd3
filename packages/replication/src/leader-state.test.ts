import { describe, expect, it } from 'vitest';
import { type LeaderEffect, LeaderState, type LeaderStateSeed } from './leader-state.ts';
import type { IsrProposal, PartitionRegistration, RegisteredBroker } from './registration.ts';

const brokers = new Map<number, RegisteredBroker>(
  [1, 2, 3].map((brokerId) => [brokerId, { brokerEpoch: 10, incarnation: `${brokerId}-a`, isActive: true }]),
);

function registration(changes: Partial<PartitionRegistration> = {}): PartitionRegistration {
  return { leaderEpoch: 5, partitionEpoch: 20, replicas: [1, 2, 3], isr: [1, 2, 3], minInsyncReplicas: 2, ...changes };
}

function leader(changes: Partial<PartitionRegistration> = {}, seed: Partial<LeaderStateSeed> = {}): LeaderState {
  return new LeaderState({
    ...{ topic: 'orders', partition: 0, brokerId: 1, brokers: { find: (id) => brokers.get(id) } },
    ...{ registration: registration(changes), epochStartOffset: 100, highWatermark: 90, lagTimeMaxMs: 1000, nowMs: 0 },
    ...seed,
  });
}

function fetched(
  state: LeaderState,
  brokerId: number,
  endOffset: number,
  nowMs = 1,
  brokerEpoch = 10,
): readonly LeaderEffect[] {
  return state.fetched({ brokerId, brokerEpoch, endOffset, logStartOffset: 0 }, nowMs);
}

function raised(highWatermark: number): LeaderEffect {
  return { kind: 'raiseHighWatermark', highWatermark };
}

function proposalIn(effects: readonly LeaderEffect[]): IsrProposal {
  for (const effect of effects) if (effect.kind === 'proposeIsr') return effect.proposal;
  throw new Error(`nothing is proposed by ${JSON.stringify(effects)}`);
}

describe('the high watermark', () => {
  it('is what every member of the ISR has said to have in this epoch, the slowest of them', () => {
    const state = leader();
    expect(state.advanced(110, 120)).toEqual([]);
    expect(fetched(state, 2, 120)).toEqual([]);
    expect(fetched(state, 3, 105)).toEqual([raised(105)]);
    expect(fetched(state, 3, 112)).toEqual([raised(110)]);
    expect(state.advanced(118, 120)).toEqual([raised(112)]);
  });

  it('does not go back when a follower does, nor rise for one that is not in sync', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(110, 110);
    expect(fetched(state, 2, 108)).toEqual([raised(108)]);
    expect(fetched(state, 2, 95)).toEqual([]);
    expect(state.highWatermark).toBe(108);
    expect(fetched(state, 3, 50)).toEqual([]);
    expect(fetched(state, 2, 110)).toEqual([raised(110)]);
  });

  it('stands while fewer are in sync than must be, whoever has what (KIP-966)', () => {
    const state = leader({ isr: [1] });
    expect(state.advanced(110, 110)).toEqual([]);
    const proposal = proposalIn(fetched(state, 2, 110));
    expect(state.highWatermark).toBe(90);
    expect(state.isEnoughInSync).toBe(false);
    expect(state.answered(proposal, { kind: 'accepted', partitionEpoch: 21, isr: [1, 2] }, 2)).toEqual([raised(110)]);
  });

  it('of a sole replica follows its own disk', () => {
    const state = leader({ replicas: [1], isr: [1], minInsyncReplicas: 1 });
    expect(state.advanced(110, 120)).toEqual([raised(110)]);
  });

  it('of a new leader may be old: it says so until it has reached the start of the epoch (KIP-207)', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(100, 100);
    expect(state.knowsHighWatermark).toBe(false);
    fetched(state, 2, 100);
    expect(state.knowsHighWatermark).toBe(true);
  });
});

describe('while a change of the ISR is under way (KIP-497)', () => {
  it('who is about to enter is waited for, until the change certainly did not happen', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(110, 110);
    fetched(state, 2, 110);
    const proposal = proposalIn(fetched(state, 3, 110));
    state.advanced(115, 115);
    expect(fetched(state, 2, 115)).toEqual([]);
    expect(state.answered(proposal, { kind: 'rejected' }, 2)).toEqual([raised(115)]);
  });

  it('who is about to leave is waited for, until the change has happened', () => {
    const state = leader();
    state.advanced(110, 110);
    for (const brokerId of [2, 3]) fetched(state, brokerId, 105, 500);
    fetched(state, 2, 110, 1600);
    const proposal = proposalIn(state.tick(1601));
    expect(proposal).toMatchObject({ leaving: [3], entering: [], partitionEpoch: 20, leaderEpoch: 5 });
    expect(fetched(state, 2, 110, 1602)).toEqual([]);
    expect(state.answered(proposal, { kind: 'accepted', partitionEpoch: 21, isr: [1, 2] }, 1603)).toEqual([
      raised(110),
    ]);
  });

  it('a change of which nobody knows the outcome counts until the partition epoch moves', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(110, 110);
    fetched(state, 2, 110);
    const lost = proposalIn(fetched(state, 3, 110));
    expect(state.answered(lost, { kind: 'unknown' }, 2)).toEqual([]);
    state.advanced(115, 115);
    expect(fetched(state, 2, 115, 3)).toEqual([]);
    const again = proposalIn(state.tick(200));
    expect(state.answered(again, { kind: 'rejected' }, 201)).toEqual([]);
    expect(state.update(registration({ partitionEpoch: 21, isr: [1, 2] }))).toEqual([raised(115)]);
  });

  it('one goes at a time, and a rejected one is not repeated at once', () => {
    const state = leader({ isr: [1], minInsyncReplicas: 1 });
    state.advanced(110, 110);
    const proposal = proposalIn(fetched(state, 2, 110, 1));
    expect(fetched(state, 3, 110, 2)).toEqual([]);
    state.answered(proposal, { kind: 'rejected' }, 3);
    expect(fetched(state, 3, 110, 4)).toEqual([]);
    expect(proposalIn(state.tick(150)).entering).toEqual([2, 3]);
  });

  it('what is heard late changes nothing', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(110, 110);
    const proposal = proposalIn(fetched(state, 3, 110));
    state.update(registration({ partitionEpoch: 23, isr: [1] }));
    for (const kind of ['rejected', 'unknown'] as const) expect(state.answered(proposal, { kind }, 2)).toEqual([]);
    state.answered(proposal, { kind: 'accepted', partitionEpoch: 21, isr: [1, 2, 3] }, 2);
    state.update(registration({ partitionEpoch: 22, isr: [1, 2] }));
    expect(state.registration).toMatchObject({ partitionEpoch: 23, isr: [1] });
    const ofAnother = { ...proposal, leaderEpoch: 4 };
    expect(state.answered(ofAnother, { kind: 'accepted', partitionEpoch: 99, isr: [1, 2, 3] }, 2)).toEqual([]);
  });

  it('those who wait are told when fewer are in sync than must be', () => {
    const state = leader({ isr: [1, 2] });
    expect(state.update(registration({ partitionEpoch: 21, isr: [1] }))).toEqual([{ kind: 'reportTooFewInSync' }]);
  });
});

describe('entering the ISR', () => {
  it('takes the high watermark and the start of the epoch: a new leader may know an old high watermark', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(120, 120);
    expect(fetched(state, 3, 95)).toEqual([]);
    expect(fetched(state, 3, 99)).toEqual([]);
    expect(proposalIn(fetched(state, 3, 100))).toMatchObject({
      entering: [3],
      isr: [
        { brokerId: 1, incarnation: '1-a' },
        { brokerId: 2, incarnation: '2-a' },
        { brokerId: 3, incarnation: '3-a' },
      ],
    });
  });

  it('is for the process that caught up, and for one that is not fenced (KIP-903)', () => {
    const view = new Map(brokers);
    const state = leader({ isr: [1, 2] }, { brokers: { find: (id) => view.get(id) } });
    state.advanced(110, 110);
    view.set(3, { brokerEpoch: 10, incarnation: '3-a', isActive: false });
    expect(fetched(state, 3, 110)).toEqual([]);
    // It was started anew, as the metadata knows; what its earlier process asked for comes late.
    view.set(3, { brokerEpoch: 30, incarnation: '3-b', isActive: true });
    expect(fetched(state, 3, 110)).toEqual([]);
    expect(fetched(state, 3, 80, 2, 30)).toEqual([]);
    expect(proposalIn(fetched(state, 3, 110, 3, 30)).isr.at(-1)).toEqual({ brokerId: 3, incarnation: '3-b' });
  });

  it('waits for the metadata where a process is newer than it knows', () => {
    const state = leader({ isr: [1, 2] });
    state.advanced(110, 110);
    expect(fetched(state, 3, 110, 1, 40)).toEqual([]);
    expect(fetched(state, 3, 110, 1, 10)).toEqual([]);
    expect([...state.followers()].find(({ brokerId }) => brokerId === 3)).toMatchObject({ brokerEpoch: 40 });
  });
});

describe('leaving the ISR', () => {
  it('is for who has not had everything for too long, though under steady load nobody ever has', () => {
    const state = leader();
    state.advanced(200, 200);
    fetched(state, 2, 150, 400);
    fetched(state, 3, 150, 400);
    state.advanced(300, 300);
    // Broker 2 has by now what the leader had at its fetch before.
    fetched(state, 2, 210, 900);
    fetched(state, 3, 190, 900);
    expect(proposalIn(state.tick(1350))).toMatchObject({ leaving: [3] });
  });

  it('is not for who has everything, however long ago it asked', () => {
    const state = leader();
    state.advanced(110, 110);
    for (const brokerId of [2, 3]) fetched(state, brokerId, 110, 5);
    expect(state.tick(1_000_000)).toEqual([]);
  });

  it('gives a new leader time to hear of its followers', () => {
    const state = leader();
    state.advanced(110, 110);
    expect(state.tick(1000)).toEqual([]);
    expect(proposalIn(state.tick(1001)).leaving).toEqual([2, 3]);
  });
});
