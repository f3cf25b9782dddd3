import type { Clock } from '../clock.ts';

/** The machine's time. */
export const nodeClock: Clock = {
  wallTimeMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  nextTurn(callback) {
    setImmediate(callback);
  },
};
