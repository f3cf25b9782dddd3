import { assert, type Clock, type Timer } from '@streambus/runtime';
import type { ClockTraits, SimulatedProcess } from './simulated-process.ts';

const million = 1_000_000;
/** A system's timers are late by up to this. */
const timerSlackUs = 1000;

/** A process's time: too fast or too slow, with a wall clock that may jump. */
export class ProcessClock implements Clock {
  readonly #process: SimulatedProcess;
  readonly #rate: number;
  #wallStartMs: number;

  constructor(process: SimulatedProcess, { rate, wallStartMs }: ClockTraits) {
    this.#process = process;
    this.#rate = rate / million;
    this.#wallStartMs = wallStartMs;
  }

  wallTimeMs(): number {
    return Math.floor(this.#wallStartMs + this.monotonicMs());
  }

  monotonicMs(): number {
    return (this.#process.world.nowUs * this.#rate) / 1000;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    assert(Number.isFinite(delayMs), () => `delayMs is ${delayMs}; it must be a finite number`);
    const { random } = this.#process;
    const delayUs = Math.max(0, delayMs * 1000) / this.#rate + random.below(timerSlackUs);
    const state = { cancelled: false };
    // It may wait for its process after it was due, and be cancelled then.
    const event = this.#process.wakeAfter(delayUs, 'timer', () => {
      if (!state.cancelled) callback();
    });
    return {
      cancel() {
        state.cancelled = true;
        event.cancelled = true;
      },
    };
  }

  nextTurn(callback: () => void): void {
    this.#process.wakeAfter(0, 'turn', callback);
  }

  /** Makes the wall clock jump, by so many milliseconds. */
  jump(byMs: number): void {
    this.#wallStartMs += byMs;
  }
}
