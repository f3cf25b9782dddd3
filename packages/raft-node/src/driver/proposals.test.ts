import { type Entry, EntryType, logIndex, term } from '@streambus/raft';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { RaftNodeError } from '../errors.ts';
import { type Proposal, Proposals } from './proposals.ts';

const limits = { maxProposalBytes: 10, maxQueuedProposalBytes: 20 };

function entry(index: number, data: Uint8Array, inTerm = 1): Entry {
  return { index: logIndex(index), term: term(inTerm), type: EntryType.normal, data };
}

/** Proposals in front of a leader's log that begins after entry 4. */
function rig(ownLimits = limits) {
  const proposals = new Proposals(ownLimits, createManualClock());
  const toCore: Uint8Array[] = [];
  const propose = (inTerm = 1): boolean => {
    for (const proposal of proposals.take()) {
      toCore.push(proposal.data);
      proposals.place(proposal, logIndex(4 + toCore.length), term(inTerm));
    }
    return proposals.hasArrived;
  };
  return { proposals, propose, toCore };
}

describe('proposals', () => {
  it('are answered when their own entry is applied', async () => {
    const { proposals, propose } = rig();
    const [first, second] = [Uint8Array.of(1), Uint8Array.of(1)];
    const answers = [proposals.add(first, 1, undefined), proposals.add(second, 1, undefined)];
    propose();
    proposals.onAppended([entry(5, first), entry(6, second)]);
    proposals.onApplied(entry(5, first), Uint8Array.of(50));
    proposals.onApplied(entry(6, second), Uint8Array.of(60));
    expect((await Promise.all(answers)).map(({ data, index }) => [index, ...data])).toEqual([
      [5, 50],
      [6, 60],
    ]);
    expect([proposals.bytes, proposals.count]).toEqual([0, 0]);
  });

  it('of one turn reach the core together', () => {
    const { proposals, propose, toCore } = rig();
    for (const byte of [1, 2, 3]) proposals.add(Uint8Array.of(byte), 1, undefined).catch(() => {});
    propose();
    expect(toCore.map(([byte]) => byte)).toEqual([1, 2, 3]);
  });

  it('of one turn that are more than it should copy go on in the next, in order', () => {
    const { proposals, propose, toCore } = rig({ maxProposalBytes: 2 ** 25, maxQueuedProposalBytes: 2 ** 26 });
    const megabytes = [3, 1, 1, 6];
    for (const size of megabytes) {
      const bytes = size * 1024 * 1024;
      proposals.add(new Uint8Array(bytes), bytes, undefined).catch(() => {});
    }
    const taken: number[] = [];
    while (propose()) taken.push(toCore.length);
    expect([...taken, toCore.length]).toEqual([2, 3, 4]);
    expect(propose()).toBe(false);
    expect(toCore.length).toBe(4);
  });

  it('too large, or too many bytes, are refused; one alone is always taken', () => {
    const { proposals } = rig();
    expect(() => proposals.add(new Uint8Array(12), 11, undefined)).toThrow('maxProposalBytes is 10');
    proposals.add(new Uint8Array(30), 10, undefined).catch(() => {});
    expect(() => proposals.add(new Uint8Array(1), 0, undefined)).toThrow('maxQueuedProposalBytes is 20');
  });

  it('that the core drops are rejected', async () => {
    const { proposals } = rig();
    const answer = proposals.add(Uint8Array.of(1), 1, undefined);
    const nobodyLeads = new RaftNodeError('RAFT_NODE_NOT_LEADER', 'nobody leads', { retriable: true });
    proposals.refuse(proposals.take(), () => nobodyLeads);
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_NOT_LEADER', outcome: 'rejected', retriable: true });
    expect(proposals.bytes).toBe(0);
  });

  it('whose place another term’s entry took are lost, for certain once that is applied', async () => {
    const { proposals, propose } = rig();
    const data = Uint8Array.of(1);
    const answer = proposals.add(data, 1, undefined);
    propose();
    proposals.onAppended([entry(5, data)]);
    proposals.onApplied(entry(5, Uint8Array.of(2), 2), Uint8Array.of(0));
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'rejected' });
  });

  it('whose place is taken before anything is committed may yet be applied', async () => {
    const { proposals, propose } = rig();
    const [older, newer] = [Uint8Array.of(1), Uint8Array.of(2)];
    const answer = proposals.add(older, 1, undefined);
    propose();
    proposals.onAppended([entry(5, older)]);
    expect(proposals.count).toBe(1);
    proposals.onAppended([entry(5, newer, 3)]);
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown' });
  });

  it('that lie beyond a later term’s last entry are not waited for, whether that or their place is heard of first', async () => {
    const { proposals } = rig();
    const answers = [1, 2, 3, 4].map((byte) => proposals.add(Uint8Array.of(byte), 1, undefined));
    const ends = answers.map((answer) => answer.catch((error: unknown) => error));
    const [kept, one, two, late] = proposals.take() as [Proposal, Proposal, Proposal, Proposal];
    for (const [at, proposal] of [kept, one, two].entries()) proposals.place(proposal, logIndex(5 + at), term(1));
    proposals.onAppended([entry(5, kept.data)]);
    proposals.onAppended([entry(6, new Uint8Array(0), 2)]);
    expect(proposals.count).toBe(2);
    proposals.place(late, logIndex(8), term(1));
    for (const end of ends.slice(1)) expect(await end).toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown' });
    expect(proposals.count).toBe(1);
    proposals.onApplied(entry(5, kept.data), Uint8Array.of(0));
    expect(await ends[0]).toMatchObject({ index: 5 });
  });

  it('that a new leader’s log may still get are waited for', async () => {
    const { proposals } = rig();
    const answer = proposals.add(Uint8Array.of(1), 1, undefined);
    for (const proposal of proposals.take()) proposals.place(proposal, logIndex(7), term(2));
    proposals.onAppended([entry(5, new Uint8Array(0), 1)]);
    proposals.onAppended([entry(6, new Uint8Array(0), 2)]);
    proposals.onApplied(entry(7, Uint8Array.of(1), 2), Uint8Array.of(70));
    expect((await answer).data).toEqual(Uint8Array.of(70));
  });

  it('that a snapshot had swallowed before the leader told their place may have been applied', async () => {
    const { proposals } = rig();
    const answer = proposals.add(Uint8Array.of(1), 1, undefined);
    const [proposal] = proposals.take() as [Proposal];
    proposals.onRestored(logIndex(9));
    proposals.place(proposal, logIndex(7), term(2));
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown' });
    expect([proposals.bytes, proposals.count]).toEqual([0, 0]);
  });

  it('forwarded are answered when their entry is applied here, also before the leader has told which one it is', async () => {
    const { proposals } = rig();
    const answers = [1, 2].map((byte) => proposals.add(Uint8Array.of(byte), 1, undefined));
    const [first, second] = proposals.take() as [Proposal, Proposal];
    proposals.place(first, logIndex(7), term(2));
    for (const index of [7, 8]) proposals.onApplied(entry(index, Uint8Array.of(index), 2), Uint8Array.of(index));
    proposals.place(second, logIndex(8), term(2));
    expect((await Promise.all(answers)).map(({ index, data }) => [index, ...data])).toEqual([
      [7, 7],
      [8, 8],
    ]);
    expect([proposals.bytes, proposals.count]).toEqual([0, 0]);
  });

  it('whose entry a snapshot has swallowed may have been applied', async () => {
    const { proposals } = rig();
    const answer = proposals.add(Uint8Array.of(1), 1, undefined);
    for (const proposal of proposals.take()) proposals.place(proposal, logIndex(7), term(2));
    proposals.onRestored(logIndex(6));
    expect(proposals.count).toBe(1);
    proposals.onRestored(logIndex(9));
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_LOST', outcome: 'unknown' });
    expect(proposals.bytes).toBe(0);
  });

  it('aborted before their turn are rejected and never reach the core', async () => {
    const { proposals, propose, toCore } = rig();
    const controller = new AbortController();
    const answer = proposals.add(Uint8Array.of(1), 1, controller.signal);
    controller.abort(new Error('enough'));
    propose();
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_ABORTED', outcome: 'rejected' });
    expect([toCore.length, proposals.bytes]).toEqual([0, 0]);
  });

  it('aborted later are unknown, and count until they are applied', async () => {
    const { proposals, propose } = rig();
    const controller = new AbortController();
    const data = Uint8Array.of(1);
    const answer = proposals.add(data, 1, controller.signal);
    propose();
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toMatchObject({ code: 'RAFT_NODE_ABORTED', outcome: 'unknown' });
    expect(proposals.bytes).toBe(1);
    proposals.onAppended([entry(5, data)]);
    proposals.onApplied(entry(5, data), Uint8Array.of(0));
    expect(proposals.bytes).toBe(0);
  });

  it('end with the node: rejected before their turn, unknown after it', async () => {
    const { proposals, propose } = rig();
    const under = proposals.add(Uint8Array.of(1), 1, undefined);
    propose();
    const arrived = proposals.add(Uint8Array.of(2), 1, undefined);
    proposals.endAll('RAFT_NODE_STOPPED', 'stopped');
    await expect(under).rejects.toMatchObject({ outcome: 'unknown' });
    await expect(arrived).rejects.toMatchObject({ outcome: 'rejected' });
    expect([proposals.bytes, proposals.count]).toEqual([0, 0]);
  });
});
