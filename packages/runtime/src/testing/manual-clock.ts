import { assert } from '../assert.ts';
import type { Clock, Timer } from '../clock.ts';
import { nodeClock } from '../node/node-clock.ts';

/** Where a {@link ManualClock} begins. */
export interface ManualClockOptions {
  /** Milliseconds since 1970; default 2025-01-01T00:00Z. */
  readonly wallTimeMs?: number;
  /** Default 0. */
  readonly monotonicMs?: number;
}

/**
 * Time that passes when a test says so. Timers fire in the order of their moments, those of one moment in the order in which
 * they were set; before each callback every promise that can go on has gone on. An error that a callback throws comes out of
 * the method that made time pass.
 */
export interface ManualClock extends Clock {
  /** Timers that are set and have neither fired nor been cancelled. */
  readonly pendingTimers: number;
  /** Runs what needs no time to pass: promises and {@link Clock.nextTurn} callbacks, until none is left. */
  settle(): Promise<void>;
  /** Lets `durationMs` pass, running everything that falls due on the way. */
  advance(durationMs: number): Promise<void>;
  /**
   * Lets time pass from timer to timer until none is left.
   *
   * @param options.limitMs - how much time may pass before that is taken for a timer that renews itself; default one hour
   */
  runUntilIdle(options?: { readonly limitMs?: number }): Promise<void>;
  /**
   * Lets time pass until the promise settles, and settles as it does. Rejects when nothing is left to run and it is still
   * pending (it waits for something that cannot come), or after `limitMs` of virtual time (default one hour).
   */
  until<T>(promise: PromiseLike<T>, options?: { readonly limitMs?: number }): Promise<T>;
  /** Makes the wall clock jump; monotonic time and timers do not notice. */
  setWallTime(wallTimeMs: number): void;
}

/** Makes a {@link ManualClock}. */
export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  return new VirtualClock(options);
}

interface VirtualTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

const oneHourMs = 3_600_000;
const maxCallbacksPerMoment = 1_000_000;

class VirtualClock implements ManualClock {
  #monotonicMs: number;
  #wallOffsetMs: number;
  /** Sorted by moment; equal moments keep the order of setting. */
  readonly #timers: VirtualTimer[] = [];
  readonly #turns: (() => void)[] = [];

  constructor(options: ManualClockOptions) {
    this.#monotonicMs = options.monotonicMs ?? 0;
    this.#wallOffsetMs = (options.wallTimeMs ?? Date.UTC(2025, 0, 1)) - this.#monotonicMs;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  wallTimeMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#monotonicMs);
  }

  setWallTime(wallTimeMs: number): void {
    this.#wallOffsetMs = wallTimeMs - this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(Number.isFinite(delayMs), () => `delayMs is ${delayMs}; it must be a finite number`);
    const timer: VirtualTimer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    const notLater = this.#timers.findLastIndex((other) => other.dueMs <= timer.dueMs);
    this.#timers.splice(notLater + 1, 0, timer);
    return { cancel: () => this.#forget(timer) };
  }

  nextTurn(callback: () => void): void {
    this.#turns.push(callback);
  }

  async settle(): Promise<void> {
    for (let callbacks = 0; ; callbacks++) {
      await everyPromiseWentOn();
      const callback = this.#turns.shift();
      if (callback === undefined) return;
      assert(callbacks < maxCallbacksPerMoment, 'nextTurn callbacks call for each other without end');
      callback();
    }
  }

  async advance(durationMs: number): Promise<void> {
    assert(durationMs >= 0, () => `durationMs is ${durationMs}; time does not go back`);
    const endMs = this.#monotonicMs + durationMs;
    await this.settle();
    while (await this.#fireNext(endMs));
    this.#monotonicMs = Math.max(this.#monotonicMs, endMs);
  }

  async runUntilIdle(options: { readonly limitMs?: number } = {}): Promise<void> {
    const endMs = this.#monotonicMs + (options.limitMs ?? oneHourMs);
    await this.settle();
    while (await this.#fireNext(endMs));
    assert(this.#timers.length === 0, () => `${this.#timers.length} timers are still set at ${endMs} ms`);
  }

  async until<T>(promise: PromiseLike<T>, options: { readonly limitMs?: number } = {}): Promise<T> {
    const endMs = this.#monotonicMs + (options.limitMs ?? oneHourMs);
    let settled = false;
    const onSettled = (): void => {
      settled = true;
    };
    promise.then(onSettled, onSettled);
    await this.settle();
    while (!settled) {
      const fired = await this.#fireNext(endMs);
      assert(fired || settled, () => this.#whyStuck(endMs));
    }
    return promise;
  }

  async #fireNext(endMs: number): Promise<boolean> {
    const timer = this.#timers[0];
    if (timer === undefined || timer.dueMs > endMs) return false;
    this.#timers.shift();
    this.#monotonicMs = Math.max(this.#monotonicMs, timer.dueMs);
    timer.callback();
    await this.settle();
    return true;
  }

  #forget(timer: VirtualTimer): void {
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  #whyStuck(endMs: number): string {
    return this.#timers.length === 0
      ? 'the promise is pending and no timer is set: what it waits for cannot come'
      : `the promise is still pending at ${endMs} ms`;
  }
}

/** One turn of the real event loop: Node empties its queue of promises before the next one. */
function everyPromiseWentOn(): Promise<void> {
  return new Promise((resolve) => nodeClock.nextTurn(resolve));
}
