import type { GroupCoordinator } from '@streambus/coordinator';
import type { MetadataStore } from '@streambus/metadata';
import type { Clock, Logger } from '@streambus/runtime';
import type { BrokerConfig } from '../config/index.ts';
import { offsetsTopicName } from './internal-topics.ts';
import { LedGroups } from './led-groups.ts';
import type { PartitionManager } from './partition-manager.ts';
import type { Topics } from './topics.ts';

/** The topic that groups are kept in. */
export interface OffsetsTopic {
  /**
   * Creates it when it is not there; resolves when the groups that this broker leads can be served, but for those of partitions that cannot be
   * read. @throws MetadataError
   */
  ensure(): Promise<void>;
  /** Resolves when what there is already can be served, so that no group waits for its first caller. */
  loadExisting(): Promise<void>;
  /** The broker that leads one of its partitions and can serve its groups. */
  leaderOf(partition: number): number | undefined;
  /** Follows the metadata no more. */
  stop(): void;
}

/** What the topic is made of. */
export interface OffsetsTopicDependencies {
  readonly config: BrokerConfig;
  readonly store: MetadataStore;
  readonly topics: Topics;
  readonly partitions: PartitionManager;
  readonly coordinator: GroupCoordinator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the topic that groups are kept in; nothing is created before the first group comes. */
export function createOffsetsTopic(dependencies: OffsetsTopicDependencies): OffsetsTopic {
  const { config, store, topics } = dependencies;
  const { nodeId } = config;
  const groups = new LedGroups({ ...dependencies, nodeId });
  const stop = store.subscribe((delta) => groups.follow(delta));

  const ensure = async (): Promise<void> => {
    if (!store.state.topics.has(offsetsTopicName)) await topics.createOnFirstUse(offsetsTopicName);
    await groups.loaded();
  };

  return {
    ensure,
    loadExisting: () => groups.loaded(),
    leaderOf(partition) {
      const leader = store.state.topics.get(offsetsTopicName)?.partitions[partition]?.leader;
      return leader === nodeId && groups.isUnreadable(partition) ? undefined : leader;
    },
    stop,
  };
}
