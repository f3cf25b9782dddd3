import { describe, expect, it } from 'vitest';
import { InvariantError } from '../assert.ts';
import { delay } from '../waiting.ts';
import { createManualClock } from './manual-clock.ts';

describe('advance', () => {
  it('fires what falls due at its moment, not before and not after', async () => {
    const clock = createManualClock({ monotonicMs: 500 });
    const moments: number[] = [];
    for (const delayMs of [30, 10, 20]) clock.setTimer(delayMs, () => moments.push(clock.monotonicMs()));
    await clock.advance(25);
    expect(moments).toEqual([510, 520]);
    expect(clock.monotonicMs()).toBe(525);
    expect(clock.pendingTimers).toBe(1);
  });

  it('fires timers that were set on the way', async () => {
    const clock = createManualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      clock.setTimer(10, tick);
    };
    tick();
    await clock.advance(100);
    expect(ticks).toBe(11);
  });

  it('lets every promise go on before the next callback', async () => {
    const clock = createManualClock();
    const order: string[] = [];
    const worker = async (): Promise<void> => {
      await delay(clock, 10);
      for (let step = 1; step <= 3; step++) await Promise.resolve();
      order.push('worker, three promises later');
    };
    const done = worker();
    clock.setTimer(10, () => order.push('next timer'));
    await clock.advance(10);
    await done;
    expect(order).toEqual(['worker, three promises later', 'next timer']);
  });

  it('a callback that throws: the error comes out here', async () => {
    const clock = createManualClock();
    clock.setTimer(1, () => {
      throw new Error('from the callback');
    });
    await expect(clock.advance(1)).rejects.toThrow('from the callback');
  });

  it('does not go back', async () => {
    await expect(createManualClock().advance(-1)).rejects.toThrow(InvariantError);
  });
});

describe('until', () => {
  it('passes as much time as the promise needs, in no real time', async () => {
    const clock = createManualClock();
    const value = await clock.until(delay(clock, 3_000_000).then(() => 'an hour later, nearly'));
    expect(value).toBe('an hour later, nearly');
    expect(clock.monotonicMs()).toBe(3_000_000);
  });

  it('rejects as the promise does', async () => {
    const clock = createManualClock();
    const failing = delay(clock, 5).then(() => Promise.reject(new Error('it failed')));
    await expect(clock.until(failing)).rejects.toThrow('it failed');
  });

  it('says when nothing can settle the promise any more, and when it takes too long', async () => {
    const clock = createManualClock();
    await expect(clock.until(new Promise(() => {}))).rejects.toThrow('what it waits for cannot come');
    await expect(clock.until(delay(clock, 11), { limitMs: 10 })).rejects.toThrow('still pending at 10 ms');
  });
});

describe('runUntilIdle', () => {
  it('runs to the last timer; a timer that renews itself is an error', async () => {
    const clock = createManualClock();
    clock.setTimer(10, () => clock.setTimer(10, () => {}));
    await clock.runUntilIdle();
    expect([clock.monotonicMs(), clock.pendingTimers]).toEqual([20, 0]);
    const renew = (): void => void clock.setTimer(10, renew);
    renew();
    await expect(clock.runUntilIdle({ limitMs: 100 })).rejects.toThrow(InvariantError);
  });
});

describe('settle', () => {
  it('runs turns, and turns of turns, without time', async () => {
    const clock = createManualClock();
    const order: number[] = [];
    clock.nextTurn(() => {
      order.push(1);
      clock.nextTurn(() => order.push(3));
    });
    clock.nextTurn(() => order.push(2));
    await clock.settle();
    expect(order).toEqual([1, 2, 3]);
    expect(clock.monotonicMs()).toBe(0);
  });
});

describe('wall time', () => {
  it('goes with monotonic time and jumps alone', async () => {
    const clock = createManualClock({ wallTimeMs: 1000 });
    await clock.advance(5.5);
    expect(clock.wallTimeMs()).toBe(1005);
    clock.setWallTime(90);
    expect(clock.wallTimeMs()).toBe(90);
    await clock.advance(10);
    expect([clock.wallTimeMs(), clock.monotonicMs()]).toEqual([100, 15.5]);
  });
});
