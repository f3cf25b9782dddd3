import type { Clock, Timer } from '@streambus/runtime';

/** Stops a running ticker. */
export type StopTicker = () => void;

/**
 * Ticks every `intervalMs`. When the event loop stalls, the ticks that were due are one, and it comes after the input that has arrived
 * meanwhile: messages that wait to be read must not be taken for silence.
 */
export function startTicker(clock: Clock, intervalMs: number, onTick: () => void): StopTicker {
  let stopped = false;
  let timer: Timer;
  const arm = (): void => {
    timer = clock.setTimer(intervalMs, () => {
      clock.nextTurn(() => {
        if (stopped) return;
        arm();
        onTick();
      });
    });
  };
  arm();
  return () => {
    stopped = true;
    timer.cancel();
  };
}
