import type { Clock, Timer } from '@streambus/runtime';
import { createManualClock } from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { IdleWatch } from './idle-watch.ts';

const options = { tickMs: 100, idleTimeoutMs: 350 };

/** A watch and what it has said, each with its moment. */
function watch(clock: Clock): { watch: IdleWatch; said: string[] } {
  const said: string[] = [];
  const say = (what: string) => (): void => {
    said.push(`${what} ${clock.monotonicMs()}`);
  };
  return { said, watch: new IdleWatch(clock, options, { onTick: say('tick'), onIdle: say('idle') }) };
}

describe('a connection on which nothing comes', () => {
  it('is idle at the time-out, to the millisecond, and is not watched afterwards', async () => {
    const clock = createManualClock();
    const { said } = watch(clock);
    await clock.advance(349);
    expect(said).toEqual(['tick 100', 'tick 200', 'tick 300']);
    await clock.advance(1);
    expect(said.slice(3)).toEqual(['idle 350']);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(10_000);
    expect(said).toHaveLength(4);
  });

  it('counts from the last that came', async () => {
    const clock = createManualClock();
    const { watch: idleWatch, said } = watch(clock);
    for (const waitMs of [340, 340, 12]) {
      await clock.advance(waitMs);
      idleWatch.heard();
    }
    await clock.advance(349);
    expect(said.filter((line) => line.startsWith('idle'))).toEqual([]);
    await clock.advance(1);
    expect(said.at(-1)).toBe(`idle ${340 + 340 + 12 + 350}`);
  });

  it('is ticked all the same, for as long as it is watched', async () => {
    const clock = createManualClock();
    const { watch: idleWatch, said } = watch(clock);
    for (let time = 0; time < 10; time++) {
      idleWatch.heard();
      await clock.advance(100);
    }
    expect(said).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((tick) => `tick ${tick * 100}`));
    idleWatch.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be stopped by whoever hears a tick', async () => {
    const clock = createManualClock();
    let ticks = 0;
    const onTick = (): void => {
      ticks++;
      idleWatch.stop();
    };
    const idleWatch = new IdleWatch(clock, options, { onTick, onIdle: () => {} });
    await clock.advance(1000);
    expect([ticks, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('costs one timer for each tick', async () => {
    const clock = createManualClock();
    let timers = 0;
    const counting: Clock = {
      ...bound(clock),
      setTimer: (delayMs, callback) => {
        timers++;
        return clock.setTimer(delayMs, callback);
      },
    };
    const { watch: idleWatch, said } = watch(counting);
    for (let time = 0; time < 20; time++) {
      await clock.advance(50);
      idleWatch.heard();
    }
    expect([said.length, timers]).toEqual([10, 11]);
  });
});

describe('a process that was not there to hear', () => {
  it('looks at what has come meanwhile before it judges', async () => {
    const clock = new StallingClock();
    const { watch: idleWatch, said } = watch(clock);
    clock.stall(5000);
    clock.fireTimers();
    // The event loop's order: timers, then what has arrived, then the turn's callbacks.
    idleWatch.heard();
    clock.runTurn();
    clock.fireTimers();
    expect(said).toEqual(['tick 5000']);
    clock.pass(349);
    expect(said.filter((line) => line.startsWith('idle'))).toEqual([]);
    clock.pass(1);
    expect(said.at(-1)).toBe('idle 5350');
  });

  it('takes no other timer of the same moment for having looked', () => {
    const clock = new StallingClock();
    const { said } = watch(clock);
    clock.stall(5000);
    clock.fireTimers();
    // Timers of others take their time, and one that was set for a millisecond later is due before anything was read.
    clock.stall(3);
    clock.fireTimers();
    expect(said).toEqual(['tick 5000']);
  });

  it('and finds that nothing has come: idle after all', () => {
    const clock = new StallingClock();
    const { said } = watch(clock);
    clock.stall(5000);
    clock.fireTimers();
    clock.runTurn();
    clock.pass(1);
    expect(said).toEqual(['tick 5000', 'idle 5001']);
  });

  it('that is stopped while it looks says nothing more', () => {
    const clock = new StallingClock();
    const { watch: idleWatch, said } = watch(clock);
    clock.stall(5000);
    clock.fireTimers();
    idleWatch.stop();
    clock.runTurn();
    clock.pass(1000);
    expect([said, clock.pendingTimers]).toEqual([['tick 5000'], 0]);
  });

  it('has missed one tick, however many there were', () => {
    const clock = new StallingClock();
    const { watch: idleWatch, said } = watch(clock);
    clock.stall(1000);
    idleWatch.heard();
    clock.fireTimers();
    clock.runTurn();
    expect(said).toEqual(['tick 1000']);
    clock.pass(100);
    expect(said).toEqual(['tick 1000', 'tick 1100']);
  });

  it('a timer that is a little late, as on any busy machine, is judged by', () => {
    const clock = new StallingClock();
    const { said } = watch(clock);
    for (let time = 0; time < 3; time++) clock.pass(100);
    clock.stall(60);
    clock.fireTimers();
    expect(said).toEqual(['tick 100', 'tick 200', 'tick 300', 'idle 360']);
  });
});

/** A clock whose timers fire when the process gets round to it. */
class StallingClock implements Clock {
  #nowMs = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];
  #turns: (() => void)[] = [];

  get pendingTimers(): number {
    return this.#timers.length;
  }

  wallTimeMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.#turns.push(callback);
  }

  /** Time goes by and nothing is done. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Time goes by and everything is done when it is due. */
  pass(durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed++) {
      this.#nowMs++;
      this.fireTimers();
      this.runTurn();
    }
  }

  fireTimers(): void {
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs);
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { callback } of due) callback();
  }

  runTurn(): void {
    for (const callback of this.#turns.splice(0)) callback();
  }
}

function bound(clock: Clock): Clock {
  return {
    wallTimeMs: () => clock.wallTimeMs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
    nextTurn: (callback) => clock.nextTurn(callback),
  };
}
