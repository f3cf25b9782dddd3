import type { Clock, Timer } from '@streambus/runtime';

/** What to watch. */
export interface IdleWatchOptions {
  /** How often {@link IdleWatchHandlers.onTick} is called. */
  readonly tickMs: number;
  readonly idleTimeoutMs: number;
}

/** Who hears of it. */
export interface IdleWatchHandlers {
  onTick(): void;
  /** Nothing was heard for the idle time-out. The watch has ended. */
  onIdle(): void;
}

/** A timer that fires so much later than asked for tells of a stall of this process, not of the peer. */
const stalledAfterMs = 50;

/**
 * Notices that nothing has come for too long, and not that this process was not there to hear it: after a stall of its own the bytes
 * that came meanwhile wait behind the timer, so it looks again before it judges.
 */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #options: IdleWatchOptions;
  readonly #handlers: IdleWatchHandlers;
  #heardMs: number;
  #nextTickMs: number;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, options: IdleWatchOptions, handlers: IdleWatchHandlers) {
    this.#clock = clock;
    this.#options = options;
    this.#handlers = handlers;
    this.#heardMs = clock.monotonicMs();
    this.#nextTickMs = this.#heardMs + options.tickMs;
    this.#arm(this.#heardMs);
  }

  /** Something came. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(nowMs: number): void {
    const dueMs = Math.max(nowMs + 1, Math.min(this.#nextTickMs, this.#heardMs + this.#options.idleTimeoutMs));
    this.#timer = this.#clock.setTimer(dueMs - nowMs, () => this.#fire(dueMs));
  }

  #fire(dueMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const isIdle = nowMs - this.#heardMs >= this.#options.idleTimeoutMs;
    if (isIdle && nowMs - dueMs <= stalledAfterMs) {
      this.stop();
      this.#handlers.onIdle();
      return;
    }
    const isTick = nowMs >= this.#nextTickMs;
    // Ticks that were missed are one tick.
    if (isTick) this.#nextTickMs = nowMs + this.#options.tickMs;
    if (isIdle) this.#armAfterReading();
    else this.#arm(nowMs);
    if (isTick) this.#handlers.onTick();
  }

  /** A timer set now might fire before anything is read: timers that are due at one moment run one after another. */
  #armAfterReading(): void {
    this.#clock.nextTurn(() => {
      if (!this.#stopped) this.#arm(this.#clock.monotonicMs());
    });
  }
}
