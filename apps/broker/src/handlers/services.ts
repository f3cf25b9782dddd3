import type { GroupCoordinator, ProducerIdAllocator } from '@streambus/coordinator';
import type { MetadataStore } from '@streambus/metadata';
import type { Clock, Logger } from '@streambus/runtime';
import type { BrokerConfigs } from '../broker/broker-configs.ts';
import type { OffsetsTopic } from '../broker/offsets-topic.ts';
import type { PartitionManager } from '../broker/partition-manager.ts';
import type { TopicConfigs } from '../broker/topic-configs.ts';
import type { TopicMeters } from '../broker/topic-meters.ts';
import type { Topics } from '../broker/topics.ts';
import type { BrokerConfig } from '../config/index.ts';

/** What the handlers work on. */
export interface BrokerServices {
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: MetadataStore;
  readonly topics: Topics;
  readonly topicConfigs: TopicConfigs;
  readonly brokerConfigs: BrokerConfigs;
  readonly partitions: PartitionManager;
  readonly coordinator: GroupCoordinator;
  readonly offsetsTopic: OffsetsTopic;
  readonly producerIds: ProducerIdAllocator;
  readonly meters: TopicMeters;
  /** Aborted when the broker begins to stop: nobody waits for anything new. */
  readonly stopping: AbortSignal;
  /** The folder of everything. */
  readonly dataDir: { readonly path: string; freeBytes(): Promise<number> };
}
