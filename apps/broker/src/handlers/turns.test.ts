import type { Clock } from '@streambus/runtime';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createTurns, mapInTurns, mapLimited } from './turns.ts';

/** A clock on which work itself takes time, and that counts turns. */
function workingClock(): Clock & { nowMs: number; turns: number } {
  return {
    ...createManualClock(),
    nowMs: 0,
    turns: 0,
    monotonicMs() {
      return this.nowMs;
    },
    nextTurn(callback) {
      this.turns++;
      queueMicrotask(callback);
    },
  };
}

describe('turns', () => {
  it('are over when the time is, and begin anew', async () => {
    const clock = workingClock();
    const turns = createTurns(clock);
    const overWithin = (calls: number): boolean => Array.from({ length: calls }, () => turns.isOver()).includes(true);
    expect(overWithin(1000)).toBe(false);
    clock.nowMs += 10;
    expect(overWithin(100)).toBe(true);
    await turns.next();
    expect(overWithin(1000)).toBe(false);
  });

  it('keep the order of what is worked through, in as many turns as it takes', async () => {
    const clock = workingClock();
    const items = Array.from({ length: 640 }, (_, index) => index);
    const doubled = await mapInTurns(clock, items, (item) => {
      clock.nowMs += 1;
      return item * 2;
    });
    expect(doubled).toEqual(items.map((item) => item * 2));
    expect(clock.turns).toBe(10);
  });

  it('hold back what takes time, at most so many at once', async () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    let running = 0;
    let most = 0;
    const all = await mapLimited(workingClock(), items, 6, async (item) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return item;
    });
    expect(all).toEqual(items);
    expect(most).toBe(6);
  });
});
