import { encodeRecordBatch } from '@streambus/kafka';
import type { IsrProposal, LostRecords, Partition } from '@streambus/replication';
import { delay } from '@streambus/runtime';
import { createMemoryDisk } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import {
  createReplicas,
  followerRequest,
  leaderAnswer,
  type Replicas,
  registration,
  send,
  valuesIn,
} from './replicas.ts';
import { testSettings } from './settings.ts';

const idempotent = (baseSequence: number) => ({ producerId: 9, producerEpoch: 0, baseSequence });

async function pair(): Promise<Replicas & { readonly leader: Partition; readonly follower: Partition }> {
  const replicas = createReplicas();
  const [leader, follower] = [await replicas.open(1), await replicas.open(2)];
  leader.becomeLeader(registration());
  follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
  return { ...replicas, leader, follower };
}

describe('a follower', () => {
  it('gets the very bytes, and the high watermark when the leader knows that it has them', async () => {
    const { clock, leader, follower, replicate } = await pair();
    send(leader, ['a', 'b'], idempotent(0));
    send(leader, ['c']);
    await clock.settle();
    expect(leader.highWatermark).toBe(0);
    expect(await replicate(leader, follower, 2)).toMatchObject({ kind: 'appended' });
    expect([leader.highWatermark, follower.highWatermark, follower.logEndOffset]).toEqual([0, 0, 3]);
    expect(await replicate(leader, follower, 2)).toEqual({ kind: 'unchanged' });
    expect([leader.highWatermark, follower.highWatermark]).toEqual([3, 3]);
    expect(await valuesIn(clock, follower)).toEqual(['a', 'b', 'c']);
    expect(follower.epochs).toEqual(leader.epochs);
    expect([...follower.producers]).toEqual([...leader.producers]);
    expect(follower.counters).toMatchObject({ replicatedBatches: 2, replicatedRecords: 3, appendedBatches: 0 });
  });

  it('asks for more only when its own disk has what it got', async () => {
    const replicas = createReplicas();
    const { clock } = replicas;
    const disk = createMemoryDisk({
      directories: ['/data'],
      beforeOperation: ({ kind }) => (kind === 'sync' ? delay(clock, 5) : undefined),
    });
    const [leader, follower] = [await replicas.open(1), await replicas.open(2, { disk })];
    leader.becomeLeader(registration());
    follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
    send(leader, ['a']);
    await clock.settle();
    const fetch = follower.nextFetch();
    if (fetch === undefined) throw new Error('it has nothing to ask');
    const answer = await leader.fetch(followerRequest(fetch, 2));
    const taken = follower.takeAnswer(fetch, leaderAnswer(answer));
    await clock.settle();
    expect(follower.logEndOffset).toBe(1);
    expect(follower.nextFetch()).toBeUndefined();
    expect(await clock.until(taken)).toMatchObject({ kind: 'appended' });
    expect(follower.nextFetch()).toMatchObject({ fetchOffset: 1, lastFetchedEpoch: 1 });
  });

  it('takes no answer twice, and none to what it asked in another epoch', async () => {
    const { clock, leader, follower } = await pair();
    send(leader, ['a']);
    await clock.settle();
    const fetch = follower.nextFetch();
    if (fetch === undefined) throw new Error('it has nothing to ask');
    const answer = leaderAnswer(await leader.fetch(followerRequest(fetch, 2)));
    expect(await clock.until(follower.takeAnswer(fetch, answer))).toMatchObject({ kind: 'appended' });
    expect(await clock.until(follower.takeAnswer(fetch, answer))).toEqual({ kind: 'stale' });
    const next = follower.nextFetch();
    if (next === undefined) throw new Error('it has nothing to ask');
    follower.becomeFollower({ leaderEpoch: 2, leader: 3 });
    expect(await clock.until(follower.takeAnswer(next, answer))).toEqual({ kind: 'stale' });
    expect(follower.logEndOffset).toBe(1);
  });

  it('serves consumers of its rack up to the high watermark that it knows', async () => {
    const { clock, leader, follower, replicate, catchUp } = await pair();
    send(leader, ['a', 'b']);
    await clock.settle();
    await catchUp(leader, follower, 2);
    send(leader, ['c']);
    await clock.settle();
    await replicate(leader, follower, 2);
    const reader = { kind: 'consumer', readsFromFollowers: true } as const;
    const asked = {
      reader,
      currentLeaderEpoch: 1,
      fetchOffset: 0,
      lastFetchedEpoch: -1,
      maxBytes: 1000,
      minOneBatch: true,
    };
    expect(await follower.fetch(asked)).toMatchObject({ kind: 'records', highWatermark: 2 });
    expect(await valuesIn(clock, follower)).toEqual(['a', 'b']);
    expect(await follower.fetch({ ...asked, fetchOffset: 3 })).toMatchObject({ kind: 'records', sizeBytes: 0 });
    expect(follower.append(encodeRecordBatch([{ value: 'x' }]))).toMatchObject({ code: 'NOT_LEADER_OR_FOLLOWER' });
  });

  it('follows the start of its leader', async () => {
    const { clock, leader, follower, catchUp, replicate } = await pair();
    for (const value of ['a', 'b', 'c']) send(leader, [value]);
    await clock.settle();
    await catchUp(leader, follower, 2);
    await clock.until(leader.deleteRecordsBefore(2));
    await replicate(leader, follower, 2);
    expect(follower.logStartOffset).toBe(2);
    expect(leader.followers).toMatchObject([{ brokerId: 2, endOffset: 3 }]);
  });

  it('begins anew where the leader has nothing of it any more, also inside of a batch', async () => {
    const { clock, open, catchUp } = createReplicas();
    const [leader, follower] = [await open(1), await open(2)];
    leader.becomeLeader(registration({ isr: [1] }));
    follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
    send(leader, ['a'], idempotent(0));
    await clock.settle();
    await catchUp(leader, follower, 2);
    for (const index of [1, 2, 3]) send(leader, [`b${index}`, `c${index}`, `d${index}`]);
    await clock.settle();
    await clock.until(leader.deleteRecordsBefore(5));
    await catchUp(leader, follower, 2);
    expect([follower.logStartOffset, follower.logEndOffset, follower.highWatermark]).toEqual([5, 10, 10]);
    expect(await valuesIn(clock, follower)).toEqual(await valuesIn(clock, leader));
    expect(follower.epochs).toEqual(leader.epochs);
    expect([...follower.producers]).toEqual([]);
  });
});

describe('after a change of leader', () => {
  it('what the old one has too much is cut off, with what it knew of it', async () => {
    const { clock, leader: old, follower: next, catchUp } = await pair();
    send(old, ['a'], idempotent(0));
    await clock.settle();
    await catchUp(old, next, 2);
    send(old, ['lost'], idempotent(1));
    await clock.settle();
    next.becomeLeader(registration({ leaderEpoch: 2, partitionEpoch: 2, isr: [2] }));
    send(next, ['b'], idempotent(1));
    send(next, ['c'], idempotent(2));
    await clock.settle();
    expect(next.highWatermark).toBe(3);
    old.becomeFollower({ leaderEpoch: 2, leader: 2 });
    await catchUp(next, old, 1);
    expect(await valuesIn(clock, old)).toEqual(['a', 'b', 'c']);
    expect(old.epochs).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 2, startOffset: 1 },
    ]);
    expect([...old.producers]).toEqual([...next.producers]);
    expect(old.counters.truncations).toBe(1);
    // And it goes on from there when it leads again.
    old.becomeLeader(registration({ leaderEpoch: 3, partitionEpoch: 3, isr: [1] }));
    expect(old.append(encodeRecordBatch([{ value: 'b' }], idempotent(1)))).toMatchObject({
      kind: 'duplicate',
      firstOffset: 1,
    });
    expect(send(old, ['d'], idempotent(3))).toBe(4);
  });

  it('who becomes leader while it cuts off leads when that is done, and refuses until then', async () => {
    const { clock, leader: old, follower: next, catchUp } = await pair();
    send(old, ['a']);
    await clock.settle();
    await catchUp(old, next, 2);
    send(old, ['lost', 'lost']);
    await clock.settle();
    next.becomeLeader(registration({ leaderEpoch: 2, partitionEpoch: 2, isr: [2] }));
    old.becomeFollower({ leaderEpoch: 2, leader: 2 });
    const fetch = old.nextFetch();
    if (fetch === undefined) throw new Error('it has nothing to ask');
    const taken = old.takeAnswer(fetch, leaderAnswer(await next.fetch(followerRequest(fetch, 1))));
    old.becomeLeader(registration({ leaderEpoch: 3, partitionEpoch: 3, isr: [1] }));
    expect(old.leaderEpoch).toBe(-1);
    expect(old.append(encodeRecordBatch([{ value: 'x' }]))).toMatchObject({ code: 'NOT_LEADER_OR_FOLLOWER' });
    await clock.until(taken);
    await clock.settle();
    expect([old.leaderEpoch, old.logEndOffset, old.highWatermark]).toEqual([3, 1, 1]);
    expect(send(old, ['b'])).toBe(2);
  });

  it('a new leader gives its followers their time, and its readers no latest offset before it knows one', async () => {
    const { clock, leader: old, follower: next, catchUp } = await pair();
    send(old, ['a']);
    await clock.settle();
    await catchUp(old, next, 2);
    send(old, ['b']);
    await clock.settle();
    await catchUp(old, next, 2);
    const { highWatermark } = next;
    next.becomeLeader(registration({ leaderEpoch: 2, partitionEpoch: 2 }));
    expect(highWatermark).toBe(2);
    send(next, ['c']);
    await clock.settle();
    expect([next.highWatermark, next.latestOffset]).toEqual([2, 2]);
  });

  it('an unclean election may take back what was replicated: it is said, and the high watermark goes back', async () => {
    const lost: LostRecords[] = [];
    const replicas = createReplicas();
    const { clock, open, catchUp } = replicas;
    const observer = {
      onTruncatedBelowHighWatermark: (_partition: Partition, records: LostRecords) => lost.push(records),
    };
    const [behind, ahead] = [await open(1), await open(2, { observer })];
    ahead.becomeLeader(registration({ isr: [2] }));
    send(ahead, ['a', 'b']);
    await clock.settle();
    expect(ahead.highWatermark).toBe(2);
    behind.becomeLeader(registration({ leaderEpoch: 2, partitionEpoch: 2, isr: [1] }));
    send(behind, ['c']);
    await clock.settle();
    ahead.becomeFollower({ leaderEpoch: 2, leader: 1 });
    await catchUp(behind, ahead, 2);
    expect(lost).toEqual([{ endOffset: 0, highWatermark: 2 }]);
    expect(await valuesIn(clock, ahead)).toEqual(['c']);
  });
});

describe('an acknowledgement', () => {
  it('comes when every replica in sync has the records', async () => {
    const { clock, leader, follower, catchUp } = await pair();
    const endOffset = send(leader, ['a']);
    let acknowledged = false;
    const wait = leader.whenAcknowledged(endOffset).then(() => {
      acknowledged = true;
    });
    await clock.until(leader.whenStored(endOffset));
    expect(acknowledged).toBe(false);
    await catchUp(leader, follower, 2);
    await clock.until(wait);
    expect(leader.waiterCount).toBe(0);
  });

  it('ends with its time, and the others wait on', async () => {
    const { clock, leader, follower, catchUp } = await pair();
    const endOffset = send(leader, ['a']);
    const patient = leader.whenAcknowledged(endOffset, { timeoutMs: 500 });
    const hasty = leader.whenAcknowledged(endOffset, { timeoutMs: 100 });
    await expect(clock.until(hasty)).rejects.toMatchObject({ code: 'PARTITION_TIMED_OUT', outcome: 'unknown' });
    expect(clock.monotonicMs()).toBe(100);
    await catchUp(leader, follower, 2);
    await clock.until(patient);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when leadership does, and when too few are in sync', async () => {
    const { clock, leader } = await pair();
    const tooFew = leader.whenAcknowledged(send(leader, ['a']));
    leader.becomeLeader(registration({ partitionEpoch: 2, isr: [1], minInsyncReplicas: 2 }));
    await expect(clock.until(tooFew)).rejects.toMatchObject({
      code: 'PARTITION_NOT_ENOUGH_REPLICAS',
      outcome: 'unknown',
    });
    leader.becomeLeader(registration({ partitionEpoch: 3 }));
    const lost = leader.whenAcknowledged(send(leader, ['b']));
    leader.becomeFollower({ leaderEpoch: 2, leader: 2 });
    await expect(clock.until(lost)).rejects.toMatchObject({ code: 'PARTITION_NOT_LEADER', outcome: 'unknown' });
    const closing = leader.whenAcknowledged(1);
    await expect(clock.until(closing)).rejects.toMatchObject({ code: 'PARTITION_NOT_LEADER' });
  });

  it('for all is not promised where too few are in sync', async () => {
    const { leader } = await pair();
    leader.becomeLeader(registration({ partitionEpoch: 2, isr: [1], minInsyncReplicas: 2 }));
    const batch = () => encodeRecordBatch([{ value: 'x' }]);
    expect(leader.append(batch(), { acks: 'all' })).toMatchObject({ kind: 'refused', code: 'NOT_ENOUGH_REPLICAS' });
    expect(leader.append(batch())).toMatchObject({ kind: 'appended' });
  });

  it('does not come when the partition is closed, and everyone is told', async () => {
    const { clock, leader } = await pair();
    const wait = leader.whenAcknowledged(send(leader, ['a'])).catch((thrown: unknown) => thrown);
    await clock.until(leader.close());
    expect(await wait).toMatchObject({ code: 'PARTITION_CLOSED', outcome: 'unknown' });
  });
});

describe('the ISR', () => {
  it('is changed by the owner, who is asked and answers', async () => {
    const proposals: IsrProposal[] = [];
    const replicas = createReplicas();
    const { clock, open, catchUp } = replicas;
    const observer = { onIsrProposal: (_partition: Partition, proposal: IsrProposal) => proposals.push(proposal) };
    const [leader, follower] = [await open(1, { observer }), await open(2)];
    leader.becomeLeader(registration());
    follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
    const endOffset = send(leader, ['a']);
    const wait = leader.whenAcknowledged(endOffset);
    await clock.advance(1001);
    leader.checkReplicas();
    expect(proposals).toMatchObject([{ topic: 'orders', partition: 0, leaving: [2], isr: [{ brokerId: 1 }] }]);
    const [shrink] = proposals.splice(0);
    if (shrink === undefined) throw new Error('nothing was proposed');
    leader.isrAnswered(shrink, { kind: 'accepted', partitionEpoch: 2, isr: [1] });
    await clock.until(wait);
    await catchUp(leader, follower, 2);
    expect(proposals).toMatchObject([{ partitionEpoch: 2, entering: [2] }]);
    expect(leader.registration).toMatchObject({ partitionEpoch: 2, isr: [1] });
  });
});

describe('the high watermark', () => {
  it('survives a restart as far as it was saved, and not beyond: what is above may have to be cut off', async () => {
    const disk = createMemoryDisk({ directories: ['/data'] });
    const { clock, open } = createReplicas();
    const first = await open(1, { disk });
    first.becomeLeader(registration({ isr: [1] }));
    send(first, ['a', 'b']);
    await clock.settle();
    first.becomeLeader(registration({ partitionEpoch: 2 }));
    send(first, ['c']);
    await clock.until(first.close());
    const second = await open(1, { disk });
    expect([second.highWatermark, second.logEndOffset]).toEqual([2, 3]);
    second.becomeFollower({ leaderEpoch: 2, leader: 2 });
    expect(second.highWatermark).toBe(2);
    await clock.until(second.close());
  });

  it('counts what is written where the policy asks for no more', async () => {
    const { clock, open, catchUp } = createReplicas();
    const settings = testSettings({ log: { sync: { kind: 'os' } } });
    const [leader, follower] = [await open(1, { settings }), await open(2, { settings })];
    leader.becomeLeader(registration());
    follower.becomeFollower({ leaderEpoch: 1, leader: 1 });
    send(leader, ['a']);
    await clock.settle();
    await catchUp(leader, follower, 2);
    expect([leader.highWatermark, follower.highWatermark]).toEqual([1, 1]);
  });
});
