import type { Partition } from '@streambus/replication';
import type { Clock } from '@streambus/runtime';

/** A partition, and up to where it could be read when it was looked at. */
export interface Watched {
  readonly partition: Partition;
  readonly seenHighWatermark: number;
}

/**
 * Resolves when any of the partitions has more to read, when the time is over, or when a signal says that nobody waits any
 * more.
 */
export function waitForRecords(
  watched: readonly Watched[],
  clock: Clock,
  timeoutMs: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  // What came between the look and this call would not be told again.
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
  if (watched.some(({ partition, seenHighWatermark }) => partition.highWatermark > seenHighWatermark)) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      for (const stop of stops) stop();
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(timeoutMs, done);
    const stops = watched.map(({ partition }) => partition.onHighWatermark(done));
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
  });
}
