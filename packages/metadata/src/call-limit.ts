import type { Clock, Timer } from '@streambus/runtime';

/** Something that a call waits for. */
export interface Wait<T> {
  /** Begins; whoever ends the wait early calls what this returns, with the reason. */
  readonly begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => (reason: unknown) => void;
  /** An end of its own, before that of the call. */
  readonly limit?: { readonly afterMs: number; readonly error: () => Error };
}

/** Why a call has ended whose time is over. */
const expired = new Error('the time is over');

const nothing = (): void => {};

/**
 * What ends a call early: its deadline, its caller, or its store. A call waits for one thing at a time, so there is no list of listeners that
 * thousands of calls at once would have to search.
 */
export class CallLimit {
  readonly #clock: Clock;
  readonly timeoutMs: number;
  readonly #deadlineMs: number;
  /** Listens to nobody any more. */
  readonly close: () => void;
  #ending: { readonly reason: unknown } | undefined;
  #interrupt: ((reason: unknown) => void) | undefined;

  /** Begins the call's time. Whoever makes one owes a {@link close}. */
  constructor(clock: Clock, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.timeoutMs = timeoutMs;
    this.#deadlineMs = clock.monotonicMs() + timeoutMs;
    this.close = signal === undefined ? nothing : this.#listenTo(signal);
  }

  /** Whether it was the deadline that ended the call. */
  get isExpired(): boolean {
    return this.#ending?.reason === expired;
  }

  /** Why the call has ended; undefined while it has not. */
  get reason(): unknown {
    return this.#ending?.reason;
  }

  /** @throws the reason for which the call has ended */
  throwIfEnded(): void {
    if (this.#ending !== undefined) throw this.#ending.reason;
  }

  /** Ends what the call waits for, and whatever it would wait for later. Only the first reason counts. */
  end(reason: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { reason };
    this.#interrupt?.(reason);
  }

  /** Waits for one thing; rejects with the reason for which the call ends, if it does before. */
  wait<T>({ begin, limit }: Wait<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.throwIfEnded();
      let timer: Timer | undefined;
      let isOver = false;
      /** Whether it is this that ends the wait: only one thing does. */
      const over = (): boolean => {
        if (isOver) return false;
        isOver = true;
        timer?.cancel();
        this.#interrupt = undefined;
        return true;
      };
      const cancel = begin(
        (value) => over() && resolve(value),
        (error) => over() && reject(error),
      );
      if (isOver) return;
      const interrupt = (reason: unknown): void => {
        if (!over()) return;
        reject(reason);
        cancel(reason);
      };
      this.#interrupt = interrupt;
      const leftMs = Math.max(0, this.#deadlineMs - this.#clock.monotonicMs());
      timer =
        limit === undefined || leftMs <= limit.afterMs
          ? this.#clock.setTimer(leftMs, () => this.end(expired))
          : this.#clock.setTimer(limit.afterMs, () => interrupt(limit.error()));
    });
  }

  #listenTo(signal: AbortSignal): () => void {
    const onAbort = (): void => this.end(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => signal.removeEventListener('abort', onAbort);
  }
}
