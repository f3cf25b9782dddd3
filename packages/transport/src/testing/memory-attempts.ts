import type { Clock, Random, Timer } from '@streambus/runtime';
import type { ConnectFailure } from '../reasons.ts';

/** What {@link MemoryAttempts} needs. */
export interface MemoryAttemptsDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Tries once. @returns what gives it up */
  dial(onFailure: (failure: ConnectFailure) => void): () => void;
  onFailure(failure: ConnectFailure): void;
}

/** When a node tries to reach a peer: when it is told to, and then after waits that double. */
export class MemoryAttempts {
  readonly #dependencies: MemoryAttemptsDependencies;
  #giveUp: (() => void) | undefined;
  #retry: Timer | undefined;
  #failuresInARow = 0;

  constructor(dependencies: MemoryAttemptsDependencies) {
    this.#dependencies = dependencies;
  }

  get isTrying(): boolean {
    return this.#giveUp !== undefined;
  }

  /** Tries at once, unless it does already. */
  now(): void {
    if (this.isTrying) return;
    this.#retry?.cancel();
    this.#giveUp = this.#dependencies.dial((failure) => this.#failed(failure));
  }

  later(): void {
    this.#retry?.cancel();
    this.#retry = this.#dependencies.clock.setTimer(this.#nextWaitMs(), () => this.now());
  }

  end(): void {
    this.#giveUp?.();
    this.#giveUp = undefined;
    this.#retry?.cancel();
  }

  resetBackoff(): void {
    this.#failuresInARow = 0;
  }

  #failed(failure: ConnectFailure): void {
    this.#giveUp = undefined;
    this.later();
    this.#dependencies.onFailure(failure);
  }

  #nextWaitMs(): number {
    const { minBackoffMs, maxBackoffMs, random } = this.#dependencies;
    const waitMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** this.#failuresInARow);
    this.#failuresInARow++;
    return waitMs - random.below(Math.floor(waitMs / 2) + 1);
  }
}
