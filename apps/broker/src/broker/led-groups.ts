import type { GroupCoordinator } from '@streambus/coordinator';
import type { MetadataDelta } from '@streambus/metadata';
import { type Clock, type Logger, toError } from '@streambus/runtime';
import { offsetsTopicName } from './internal-topics.ts';
import type { PartitionManager } from './partition-manager.ts';

/** How long a partition that could not be read is left alone. */
const retryAfterMs = 5_000;

/** What is needed to have the groups that this broker leads. */
export interface LedGroupsDependencies {
  readonly nodeId: number;
  readonly partitions: Pick<PartitionManager, 'settled'>;
  readonly coordinator: Pick<GroupCoordinator, 'load' | 'unload'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A partition of the offsets topic that this broker leads. */
interface Led {
  readonly leaderEpoch: number;
  /** Why its groups cannot be served, and since when. */
  failure: { readonly sinceMs: number } | undefined;
  loading: Promise<void>;
}

/**
 * Has the coordinator serve the groups of those partitions that this broker leads, and no others: another leader may have changed them meanwhile, so
 * they are read anew in each leader epoch.
 */
export class LedGroups {
  readonly #dependencies: LedGroupsDependencies;
  readonly #led = new Map<number, Led>();

  constructor(dependencies: LedGroupsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Follows the metadata by one step. */
  follow(delta: MetadataDelta): void {
    for (const { name, partition, after } of delta.partitions) {
      if (name !== offsetsTopicName) continue;
      const epoch = after?.leader === this.#dependencies.nodeId ? after.leaderEpoch : undefined;
      if (this.#led.get(partition)?.leaderEpoch === epoch) continue;
      if (this.#led.delete(partition)) this.#dependencies.coordinator.unload(partition);
      if (epoch !== undefined) this.#take(partition, epoch);
    }
  }

  /** Resolves when all groups are served that can be. What could not be read may be readable by now. */
  async loaded(): Promise<void> {
    const nowMs = this.#dependencies.clock.monotonicMs();
    for (const [partition, { leaderEpoch, failure }] of this.#led) {
      if (failure !== undefined && nowMs - failure.sinceMs >= retryAfterMs) this.#take(partition, leaderEpoch, true);
    }
    await Promise.all([...this.#led.values()].map(({ loading }) => loading));
  }

  /** Whether a partition that this broker leads cannot be read. */
  isUnreadable(partition: number): boolean {
    return this.#led.get(partition)?.failure !== undefined;
  }

  #take(partition: number, leaderEpoch: number, again = false): void {
    const led: Led = { leaderEpoch, failure: undefined, loading: Promise.resolve() };
    this.#led.set(partition, led);
    led.loading = this.#load(partition, led, again);
  }

  /** One partition that cannot be read keeps its own groups away, and nobody else's. */
  async #load(partition: number, led: Led, again: boolean): Promise<void> {
    const { partitions, coordinator, clock, logger } = this.#dependencies;
    // It is opened, and told that it leads, by the same step of the metadata.
    await partitions.settled(offsetsTopicName);
    if (this.#led.get(partition) !== led) return;
    try {
      await coordinator.load(partition);
    } catch (thrown) {
      led.failure = { sinceMs: clock.monotonicMs() };
      if (again || this.#led.get(partition) !== led) return;
      logger.error({ err: toError(thrown), partition }, 'the groups of a partition of the offsets topic are away');
    }
  }
}
