import type { Clock, Timer } from '@streambus/runtime';
import type { ConnectFailure, PeerDownReason } from '../reasons.ts';

/** What is known of a peer while it is not connected, and when to stop keeping things for it. */
export class Outage {
  readonly #clock: Clock;
  readonly #breakerOpensAfterMs: number;
  readonly #onBreakerOpen: () => void;
  #timer: Timer | undefined;
  #breakerIsOpen = false;
  /** The last connection ended as those of a process do that has ended. */
  #goneSuspected = false;
  /** Nothing has come of that suspicion yet. */
  #fresh = false;
  #lastFailure: ConnectFailure | undefined;

  constructor(clock: Clock, breakerOpensAfterMs: number, onBreakerOpen: () => void) {
    this.#clock = clock;
    this.#breakerOpensAfterMs = breakerOpensAfterMs;
    this.#onBreakerOpen = onBreakerOpen;
  }

  get breakerIsOpen(): boolean {
    return this.#breakerIsOpen;
  }

  /** @param reason - why the connection ended, if there was one */
  begin(reason: PeerDownReason | undefined): void {
    this.#goneSuspected = reason === 'ended' || reason === 'reset' || reason === 'stopped';
    this.#fresh = this.#goneSuspected;
    this.#timer = this.#clock.setTimer(this.#breakerOpensAfterMs, () => {
      this.#breakerIsOpen = true;
      this.#onBreakerOpen();
    });
  }

  end(): void {
    this.#timer?.cancel();
    this.#breakerIsOpen = false;
    this.#lastFailure = undefined;
  }

  /** Nobody listens there: together with how the connection ended that proves that the process is gone. True once. */
  provesGone(): boolean {
    const proved = this.#goneSuspected;
    this.#goneSuspected = false;
    return proved;
  }

  /**
   * A process that ends closes its connections and its listener one after the other, and the system accepts for it until it comes to the
   * latter: whether an attempt that ended so is worth another at once. True once.
   */
  mayBeEnding(failure: ConnectFailure): boolean {
    const may = this.#fresh && failure === 'lost';
    this.#fresh = false;
    return may;
  }

  /** Whether this is another failure than the last one. */
  isNews(failure: ConnectFailure): boolean {
    const news = failure !== this.#lastFailure;
    this.#lastFailure = failure;
    return news;
  }
}
