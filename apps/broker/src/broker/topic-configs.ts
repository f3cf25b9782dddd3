import {
  type ConfigLayers,
  type ConfigValues,
  type EffectiveConfig,
  effectiveTopicConfigs,
  type MetadataState,
  type Topic,
} from '@streambus/metadata';
import type { PartitionSettings } from '@streambus/replication';
import type { BrokerConfig } from '../config/index.ts';
import { partitionSettings } from './topic-settings.ts';

/** What is in force for a topic, from its own settings down to the built-in defaults. */
export interface TopicConfigs {
  /** Every setting, with where it comes from. */
  effective(state: MetadataState, configs: ConfigValues): readonly EffectiveConfig[];
  /** What a partition needs of it. */
  settingsOf(state: MetadataState, topic: Topic): PartitionSettings;
}

/** Makes the settings of topics on the broker that runs with `config`. */
export function createTopicConfigs(config: BrokerConfig, staticConfigs: ConfigValues): TopicConfigs {
  const layers: ConfigLayers = { brokerId: config.nodeId, staticConfigs };
  return {
    effective: (state, configs) => effectiveTopicConfigs(state, configs, layers),
    settingsOf: (state, topic) => partitionSettings(state, topic.configs, layers, config),
  };
}
