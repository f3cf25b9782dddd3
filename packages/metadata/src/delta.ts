import type { MetadataVersion, Partition, Topic } from './state.ts';

/** A partition that is not what it was. */
export interface PartitionDelta {
  readonly name: string;
  readonly topicId: string;
  readonly partition: number;
  /** Undefined: it is new. */
  readonly before: Partition | undefined;
  /** Undefined: it is gone. */
  readonly after: Partition | undefined;
}

/**
 * What one step changed. Names, ids and partitions are sorted. A topic that was deleted and created anew under its name is in
 * both lists.
 */
export interface MetadataDelta {
  /** The version before. */
  readonly fromVersion: MetadataVersion;
  /** The version after: the next one, or any later one after a snapshot was installed. */
  readonly version: MetadataVersion;
  readonly topicsCreated: readonly Topic[];
  /** As they were. */
  readonly topicsDeleted: readonly Topic[];
  /** Names of topics, created before, whose settings changed. */
  readonly topicsConfigured: readonly string[];
  /** Every partition that is new, gone, or changed in any field. */
  readonly partitions: readonly PartitionDelta[];
  /** Ids of brokers that are new or changed in any field. */
  readonly brokersChanged: readonly number[];
  /** Ids of brokers that are gone. */
  readonly brokersRemoved: readonly number[];
  readonly clusterConfigsChanged: boolean;
  readonly featureLevelsChanged: boolean;
  readonly nextProducerIdChanged: boolean;
}
