import { type LogIndex, logIndex } from '@streambus/raft';
import { describe, expect, it } from 'vitest';
import { ReadBarriers } from './read-barriers.ts';

function rig(maxWaitingReads = 100) {
  const asked: Uint8Array[] = [];
  const reads = new ReadBarriers({
    maxWaitingReads,
    retryTicks: 3,
    incarnation: Uint8Array.of(1, 2),
    ask: (context) => asked.push(context),
  });
  const answer = (round: number, index: number): void =>
    reads.onReadStates([{ context: asked[round] as Uint8Array, index: logIndex(index) }]);
  return { reads, asked, answer };
}

async function isPending(promise: Promise<LogIndex>): Promise<boolean> {
  const pending = Symbol();
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

describe('read barriers', () => {
  it('share one round of all who asked in a turn', async () => {
    const { reads, asked, answer } = rig();
    const readers = [reads.wait(undefined), reads.wait(undefined)];
    reads.ask();
    expect(asked.length).toBe(1);
    answer(0, 7);
    reads.release(logIndex(7));
    expect(await Promise.all(readers)).toEqual([7, 7]);
    expect(reads.count).toBe(0);
  });

  it('wait until the state machine is there', async () => {
    const { reads, answer } = rig();
    const reader = reads.wait(undefined);
    reads.ask();
    answer(0, 7);
    reads.release(logIndex(6));
    expect(await isPending(reader)).toBe(true);
    reads.release(logIndex(9));
    expect(await reader).toBe(9);
  });

  it('are asked again under a fresh context, and a late answer to the first is ignored', async () => {
    const { reads, asked, answer } = rig();
    const reader = reads.wait(undefined);
    reads.ask();
    for (let tick = 0; tick < 3; tick++) reads.onTick();
    expect(asked.length).toBe(2);
    expect(asked[1]).not.toEqual(asked[0]);
    answer(0, 3);
    reads.release(logIndex(100));
    expect(await isPending(reader)).toBe(true);
    answer(1, 50);
    reads.release(logIndex(100));
    expect(await reader).toBe(100);
  });

  it('are asked again at once when the leader changes', () => {
    const { reads, asked } = rig();
    reads.wait(undefined).catch(() => {});
    reads.ask();
    reads.onLeaderChange();
    reads.ask();
    expect(asked.length).toBe(2);
  });

  it('end with their signal, wherever they are', async () => {
    const { reads, answer } = rig();
    for (const state of ['arrived', 'asked', 'confirmed']) {
      const controller = new AbortController();
      const reader = reads.wait(controller.signal);
      if (state !== 'arrived') reads.ask();
      if (state === 'confirmed') answer(1, 9);
      controller.abort(new Error('enough'));
      await expect(reader).rejects.toMatchObject({ code: 'RAFT_NODE_ABORTED', cause: { message: 'enough' } });
    }
    expect(reads.count).toBe(0);
  });

  it('are refused beyond their bound', async () => {
    const { reads } = rig(1);
    reads.wait(undefined).catch(() => {});
    await expect(reads.wait(undefined)).rejects.toMatchObject({ code: 'RAFT_NODE_QUEUE_FULL', retriable: true });
  });
});
