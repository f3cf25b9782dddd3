import type { SeededRandom } from '@streambus/runtime/testing';
import { ProcessClock } from './process-clock.ts';
import type { World } from './world.ts';

/**
 * By what a process is woken.
 *
 * - `timer`: one is due.
 * - `input`: bytes, a connection, the end of a disk operation.
 * - `turn`: a callback of `nextTurn`.
 */
export type Wake = 'timer' | 'input' | 'turn';

/** How fast a process's clock goes, and how exact it is. */
export interface ClockTraits {
  /** Local microseconds for each million of real ones; a million is right. */
  readonly rate: number;
  /** What the wall clock shows at the beginning of the run, in milliseconds since 1970. */
  readonly wallStartMs: number;
}

interface Waiting {
  readonly wake: Wake;
  readonly callback: () => void;
}

/**
 * One life of a process: code that is woken, never at two ends at once. While it is held (SIGSTOP, or an event loop that is busy) what
 * would wake it waits; what comes after its death is lost.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly world: World;
  readonly random: SeededRandom;
  readonly clock: ProcessClock;
  #alive = true;
  #holds = 0;
  #waiting: Waiting[] = [];

  constructor(name: string, world: World, random: SeededRandom, traits: ClockTraits) {
    this.name = name;
    this.world = world;
    this.random = random;
    this.clock = new ProcessClock(this, traits);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  /** Wakes it, after this time. */
  wakeAfter(delayUs: number, wake: Wake, callback: () => void): { cancelled: boolean } {
    return this.world.after(delayUs, () => this.wake(wake, callback));
  }

  /** Wakes it now, from within an event. @returns whether its code ran */
  wake(wake: Wake, callback: () => void): boolean {
    if (!this.#alive) return false;
    if (this.#holds > 0) {
      this.#waiting.push({ wake, callback });
      return false;
    }
    this.world.awake = this;
    callback();
    return true;
  }

  /** Nothing wakes it from now on, until it is released as often as it was held. */
  hold(): void {
    this.#holds++;
  }

  /**
   * Wakes it with all that has come meanwhile. An event loop that goes on does so at its timers or at its input; callbacks for the next turn
   * come after both.
   */
  release(): void {
    this.#holds--;
    if (this.#holds > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const order: readonly Wake[] = this.random.below(2) === 0 ? ['timer', 'input', 'turn'] : ['input', 'turn', 'timer'];
    for (const kind of order) {
      for (const { wake, callback } of waiting) {
        if (wake === kind) this.wakeAfter(0, wake, callback);
      }
    }
  }

  /** It never runs again: what it waited for does not come. */
  kill(): void {
    this.#alive = false;
    this.#waiting = [];
  }
}
