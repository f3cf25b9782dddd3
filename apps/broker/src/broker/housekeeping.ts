import { type Clock, type Logger, type Timer, toError } from '@streambus/runtime';
import type { PartitionManager } from './partition-manager.ts';

/** What housekeeping takes. */
export interface HousekeepingDependencies {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly partitions: PartitionManager;
}

/**
 * Lets the partitions look after themselves every so often, one round after the other.
 *
 * @returns what ends it, resolving when the round under way is over
 */
export function startHousekeeping(
  { intervalMs }: { readonly intervalMs: number },
  { clock, logger, partitions }: HousekeepingDependencies,
): () => Promise<void> {
  let timer: Timer | undefined;
  let round = Promise.resolve();
  let stopped = false;
  const schedule = (): void => {
    timer = clock.setTimer(intervalMs, () => {
      round = partitions
        .maintain()
        .catch((thrown: unknown) => logger.error({ err: toError(thrown) }, 'housekeeping failed'))
        .then(() => {
          if (!stopped) schedule();
        });
    });
  };
  schedule();
  return async () => {
    stopped = true;
    timer?.cancel();
    await round;
  };
}

/** Looks so many times, in the time that a follower may lag, who no longer keeps up. */
const looksPerLag = 4;

/** Has the partitions look after their followers every so often. @returns what ends it */
export function startReplicaChecks(
  { lagTimeMaxMs }: { readonly lagTimeMaxMs: number },
  { clock, partitions }: Pick<HousekeepingDependencies, 'clock' | 'partitions'>,
): () => void {
  let timer: Timer;
  const schedule = (): void => {
    timer = clock.setTimer(lagTimeMaxMs / looksPerLag, () => {
      partitions.checkReplicas();
      schedule();
    });
  };
  schedule();
  return () => timer.cancel();
}
