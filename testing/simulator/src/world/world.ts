import { EventQueue, type ScheduledEvent } from './event-queue.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Events after which the machine's own event loop gets a turn: there Node tells of rejections that nobody handles. */
const eventsBetweenYields = 20_000;

/**
 * Virtual time, and all that happens in it, one thing after the other. After each event every promise that can go on goes on before the
 * next one happens, so that the order of everything follows from the order of events alone.
 */
export class World {
  /** The process that was woken last. */
  awake: SimulatedProcess | undefined;
  readonly #queue = new EventQueue();
  #nowUs = 0;
  #events = 0;
  #digest = 0;
  /** Called after each event in which a process did something, when its promises have gone on. What it throws ends the run. */
  afterEvent: () => void = () => {};

  /** Microseconds since the beginning. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  /** Stands for everything that has happened, in its order: runs that went the same way have the same. */
  get digest(): number {
    return this.#digest >>> 0;
  }

  /** @param happen - says whether code of a process ran */
  at(atUs: number, happen: () => boolean): ScheduledEvent {
    return this.#queue.add(Math.max(this.#nowUs, Math.ceil(atUs)), happen);
  }

  after(delayUs: number, happen: () => boolean): ScheduledEvent {
    return this.at(this.#nowUs + delayUs, happen);
  }

  /** Something happened that is part of what makes a run itself. */
  note(what: number): void {
    this.#digest = Math.imul(this.#digest ^ what, 0x01000193) + 0x9e3779b9;
  }

  /**
   * Lets things happen until the condition holds or so much time has passed.
   *
   * @returns whether it holds
   */
  runUntil(isDone: () => boolean, limitUs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          this.afterEvent();
          if (isDone()) resolve(true);
          else if (this.#goOn(limitUs)) afterPromises(step, this.#events % eventsBetweenYields === 0);
          else resolve(false);
        } catch (thrown) {
          reject(thrown);
        }
      };
      afterPromises(step, true);
    });
  }

  /** Lets so much time pass. */
  async run(durationUs: number): Promise<void> {
    await this.runUntil(() => false, this.#nowUs + durationUs);
  }

  /** Goes on to the next event in which a process does something. @returns false when there is none before the limit */
  #goOn(limitUs: number): boolean {
    for (;;) {
      const next = this.#queue.first;
      if (next === undefined || next.atUs > limitUs) {
        this.#nowUs = Math.max(this.#nowUs, limitUs);
        return false;
      }
      this.#queue.take();
      if (next.cancelled) continue;
      this.#nowUs = next.atUs;
      this.#events++;
      this.note(next.atUs);
      if (next.happen()) return true;
    }
  }
}

/**
 * Calls back when every promise that can go on has gone on: Node empties the queue of promises before it takes the next tick, and a tick
 * costs a tenth of a turn of the event loop.
 */
function afterPromises(callback: () => void, yields: boolean): void {
  queueMicrotask(() => (yields ? setImmediate(callback) : process.nextTick(callback)));
}
