import type { Clock } from '@streambus/runtime';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { startTicker } from './ticker.ts';

describe('the ticker', () => {
  it('ticks at its interval, until it is stopped', async () => {
    const clock = createManualClock();
    let ticks = 0;
    const stop = startTicker(clock, 100, () => ticks++);
    await clock.advance(1000);
    expect(ticks).toBe(10);
    stop();
    await clock.advance(1000);
    expect([ticks, clock.pendingTimers]).toEqual([10, 0]);
  });

  it('stopped within a tick does not tick again', async () => {
    const clock = createManualClock();
    let ticks = 0;
    const stop = startTicker(clock, 100, () => {
      ticks++;
      stop();
    });
    await clock.advance(1000);
    expect([ticks, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('counts overdue ticks as one, after the input that has arrived', () => {
    const timers: (() => void)[] = [];
    const turns: (() => void)[] = [];
    const clock: Clock = {
      wallTimeMs: () => 0,
      monotonicMs: () => 0,
      setTimer: (_delayMs, callback) => {
        timers.push(callback);
        return { cancel: () => {} };
      },
      nextTurn: (callback) => turns.push(callback),
    };
    const happened: string[] = [];
    startTicker(clock, 100, () => happened.push('tick'));
    // The loop was stalled for many intervals: the one timer fires, and a message waits to be read.
    timers.shift()?.();
    happened.push('message');
    expect([happened, timers.length]).toEqual([['message'], 0]);
    turns.shift()?.();
    expect([happened, timers.length]).toEqual([['message', 'tick'], 1]);
  });
});
