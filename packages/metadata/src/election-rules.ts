import { parseConfigValue } from './config-schema.ts';
import type { ConfigValues, MetadataState, Partition, Topic } from './state.ts';

/**
 * What a topic's settings say of elections: the topic itself, or else the cluster, or else the built-in default.
 *
 * What one broker was started with, or was told alone, does not count: every replica of the state must decide alike.
 */
export interface ElectionRules {
  /** Whether a replica that is neither in sync nor eligible may lead when none that is lives. */
  readonly isUncleanElectionEnabled: boolean;
  /** `min.insync.replicas`, as set: it may be more than there are replicas. */
  readonly minInsyncReplicas: number;
}

const uncleanKey = 'unclean.leader.election.enable';
const minInsyncKey = 'min.insync.replicas';
const defaults: ElectionRules = { isUncleanElectionEnabled: false, minInsyncReplicas: 1 };

/** The rules for the partitions of a topic. */
export function electionRules(topicConfigs: ConfigValues, clusterConfigs: ConfigValues): ElectionRules {
  const unclean = settingOf(uncleanKey, topicConfigs, clusterConfigs);
  const minInsync = settingOf(minInsyncKey, topicConfigs, clusterConfigs);
  if (unclean === undefined && minInsync === undefined) return defaults;
  return {
    isUncleanElectionEnabled: unclean === true,
    minInsyncReplicas: typeof minInsync === 'number' ? minInsync : defaults.minInsyncReplicas,
  };
}

/**
 * How many members the ISR of a partition must have for anything to be acknowledged to `acks=all`, and for the high watermark to rise:
 * `min.insync.replicas` of the topic or the cluster, but no more than there are replicas (those that a reassignment adds do not count).
 *
 * A leader may ask for more and never for less: {@link Partition.eligibleReplicas} are only what they say because it keeps to this.
 */
export function minInsyncReplicas(
  state: Pick<MetadataState, 'clusterConfigs'>,
  topic: Pick<Topic, 'configs'>,
  partition: Pick<Partition, 'replicas' | 'addingReplicas'>,
): number {
  return requiredInsync(electionRules(topic.configs, state.clusterConfigs), partition);
}

/** As {@link minInsyncReplicas}, from rules that are known already. */
export function requiredInsync(
  rules: ElectionRules,
  { replicas, addingReplicas }: Pick<Partition, 'replicas' | 'addingReplicas'>,
): number {
  return Math.min(rules.minInsyncReplicas, Math.max(1, replicas.length - addingReplicas.length));
}

function settingOf(
  key: string,
  topicConfigs: ConfigValues,
  clusterConfigs: ConfigValues,
): ReturnType<typeof parseConfigValue> | undefined {
  const own = topicConfigs.get(key);
  if (own !== undefined) return parseConfigValue('topic', key, own);
  const shared = clusterConfigs.get(key);
  return shared === undefined ? undefined : parseConfigValue('broker', key, shared);
}
