import type { Clock } from '@streambus/runtime';

/** A signal that is aborted after a time, or with any of the signals that it follows; whoever made it ends it. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Whether it was the time that ended it. */
  readonly isExpired: boolean;
  /** Stops the timer and follows nothing any more. */
  end(): void;
}

/** The reason of a signal that time has ended. */
const expired = new Error('the time is over');

/** Starts a {@link TimeLimit}. */
export function startTimeLimit(
  clock: Clock,
  limitMs: number,
  followed: readonly (AbortSignal | undefined)[],
): TimeLimit {
  const controller = new AbortController();
  const timer = clock.setTimer(limitMs, () => controller.abort(expired));
  const stops: (() => void)[] = [() => timer.cancel()];
  const end = (): void => {
    for (const stop of stops.splice(0)) stop();
  };
  for (const other of followed) {
    if (other === undefined) continue;
    const onAbort = (): void => {
      controller.abort(other.reason);
      end();
    };
    if (other.aborted) onAbort();
    else {
      other.addEventListener('abort', onAbort, { once: true });
      stops.push(() => other.removeEventListener('abort', onAbort));
    }
  }
  return {
    signal: controller.signal,
    get isExpired() {
      return controller.signal.reason === expired;
    },
    end,
  };
}

/** Settles as the promise does, or rejects with the signal's reason, whichever is first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
