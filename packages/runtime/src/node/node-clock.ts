import type { Clock } from '../clock.ts';

/** Node fires a timer at once when its delay does not fit. */
const maxDelayMs = 2 ** 31 - 1;

/** The machine's time. */
export const nodeClock: Clock = {
  wallTimeMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    let handle: NodeJS.Timeout;
    const wait = (remainingMs: number): void => {
      const farther = remainingMs > maxDelayMs;
      handle = farther
        ? setTimeout(() => wait(remainingMs - maxDelayMs), maxDelayMs)
        : setTimeout(callback, remainingMs);
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  nextTurn(callback) {
    setImmediate(callback);
  },
};
