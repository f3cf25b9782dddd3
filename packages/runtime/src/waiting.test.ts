import { describe, expect, it, vi } from 'vitest';
import { createManualClock } from './testing/index.ts';
import { defer, delay } from './waiting.ts';

describe('defer', () => {
  it('settles from outside, once', async () => {
    const answer = defer<number>();
    answer.resolve(1);
    answer.reject(new Error('too late'));
    expect(await answer.promise).toBe(1);
  });
});

describe('delay', () => {
  it('resolves after its time', async () => {
    const clock = createManualClock();
    const order: string[] = [];
    const waiting = delay(clock, 100).then(() => order.push('done'));
    await clock.advance(99);
    order.push('99 ms');
    await clock.advance(1);
    await waiting;
    expect(order).toEqual(['99 ms', 'done']);
  });

  it('a signal ends it early with its reason, and no timer is left', async () => {
    const clock = createManualClock();
    const controller = new AbortController();
    const waiting = delay(clock, 100, controller.signal);
    controller.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    expect(clock.pendingTimers).toBe(0);
  });

  it('a signal that was aborted before sets no timer', async () => {
    const clock = createManualClock();
    await expect(delay(clock, 100, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets go of the signal when it is over', async () => {
    const clock = createManualClock();
    const controller = new AbortController();
    const { signal } = controller;
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await clock.until(delay(clock, 100, signal));
    expect(added.mock.calls.map(([type, listener]) => [type, listener])).toEqual(removed.mock.calls);
  });
});
