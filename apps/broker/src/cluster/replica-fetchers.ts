import {
  createReplicaFetcher,
  type FollowedPartition,
  type LeaderLink,
  type ReplicaFetcher,
} from '@streambus/replication';
import type { Clock, Logger } from '@streambus/runtime';
import type { PartitionFollowers } from '../broker/partition-manager.ts';

/** Who fetches. */
export interface ReplicaFetchersOptions {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

/** What fetchers are made with. */
export interface ReplicaFetchersDependencies {
  readonly linkTo: (leader: number) => LeaderLink;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One fetcher for each broker that leads something which this one copies. */
export class ReplicaFetchers implements PartitionFollowers {
  readonly #options: ReplicaFetchersOptions;
  readonly #dependencies: ReplicaFetchersDependencies;
  readonly #fetchers = new Map<number, ReplicaFetcher>();
  readonly #leaders = new Map<FollowedPartition, number>();

  constructor(options: ReplicaFetchersOptions, dependencies: ReplicaFetchersDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  follow(partition: FollowedPartition, leader: number, topicId: string): void {
    if (this.#leaders.get(partition) !== leader) this.release(partition);
    this.#leaders.set(partition, leader);
    this.#fetcher(leader).add(partition, { topicId });
  }

  release(partition: FollowedPartition): void {
    const leader = this.#leaders.get(partition);
    if (leader === undefined) return;
    this.#leaders.delete(partition);
    this.#fetchers.get(leader)?.remove(partition);
  }

  /** Resolves when nothing is fetched any more. */
  async stop(): Promise<void> {
    await Promise.all([...this.#fetchers.values()].map((fetcher) => fetcher.stop()));
  }

  #fetcher(leaderId: number): ReplicaFetcher {
    const known = this.#fetchers.get(leaderId);
    if (known !== undefined) return known;
    const { linkTo, clock, logger } = this.#dependencies;
    const fetcher = createReplicaFetcher({ leaderId, ...this.#options }, { link: linkTo(leaderId), clock, logger });
    this.#fetchers.set(leaderId, fetcher);
    return fetcher;
  }
}
