import type { Clock } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';

/** A clock and the way to make its time pass. */
export interface ClockUnderTest {
  readonly clock: Clock;
  /** Resolves when the promise has, having let time pass as needed. */
  until(promise: Promise<unknown>): Promise<unknown>;
}

/** The suite of the Clock port. */
export function describeClockCompliance(name: string, makeClock: () => ClockUnderTest): void {
  describe(`${name} as Clock`, () => {
    it('wallTimeMs: whole milliseconds since 1970', () => {
      const { clock } = makeClock();
      expect(Number.isInteger(clock.wallTimeMs())).toBe(true);
      expect(clock.wallTimeMs()).toBeGreaterThan(Date.UTC(2024));
    });

    it('monotonicMs: never goes back', async () => {
      const { clock, until } = makeClock();
      let last = clock.monotonicMs();
      for (let round = 0; round < 20; round++) {
        await until(new Promise<void>((resolve) => clock.nextTurn(resolve)));
        expect(clock.monotonicMs()).toBeGreaterThanOrEqual(last);
        last = clock.monotonicMs();
      }
    });

    it('setTimer: fires once, not before its time', async () => {
      const { clock, until } = makeClock();
      const startMs = clock.monotonicMs();
      let fired = 0;
      const firedMs = new Promise<number>((resolve) => {
        clock.setTimer(20, () => {
          fired++;
          resolve(clock.monotonicMs());
        });
      });
      await until(firedMs);
      // Node rounds a timer's start down to its loop's millisecond.
      expect((await firedMs) - startMs).toBeGreaterThanOrEqual(19);
      await until(new Promise<void>((resolve) => clock.setTimer(30, resolve)));
      expect(fired).toBe(1);
    });

    it('setTimer: not before its time either when that is farther than a machine counts in one go', async () => {
      const { clock, until } = makeClock();
      let fired = false;
      const far = clock.setTimer(2 ** 31, () => {
        fired = true;
      });
      await until(new Promise<void>((resolve) => clock.setTimer(20, resolve)));
      far.cancel();
      expect(fired).toBe(false);
    });

    it('setTimer: shorter ones first, equal ones in the order of setting', async () => {
      const { clock, until } = makeClock();
      const order: string[] = [];
      const last = new Promise<void>((resolve) => {
        clock.setTimer(40, () => {
          order.push('late');
          resolve();
        });
      });
      clock.setTimer(5, () => order.push('early 1'));
      clock.setTimer(5, () => order.push('early 2'));
      await until(last);
      expect(order).toEqual(['early 1', 'early 2', 'late']);
    });

    it('cancel: the callback does not come; harmless twice and after firing', async () => {
      const { clock, until } = makeClock();
      let fired = 0;
      const cancelled = clock.setTimer(5, () => fired++);
      cancelled.cancel();
      cancelled.cancel();
      const done = clock.setTimer(1, () => fired++);
      await until(new Promise<void>((resolve) => clock.setTimer(20, resolve)));
      done.cancel();
      expect(fired).toBe(1);
    });

    it('nextTurn: never within the call, after promises that can go on, in order', async () => {
      const { clock, until } = makeClock();
      const order: string[] = [];
      const last = new Promise<void>((resolve) => {
        clock.nextTurn(() => order.push('first turn'));
        clock.nextTurn(() => {
          order.push('second turn');
          resolve();
        });
      });
      void Promise.resolve().then(() => order.push('promise'));
      order.push('caller');
      await until(last);
      expect(order).toEqual(['caller', 'promise', 'first turn', 'second turn']);
    });
  });
}
