import { parseConfigValue } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { electLeader, withFields } from './partition-transitions.ts';
import type { ConfigValues, Topic } from './state.ts';

const key = 'unclean.leader.election.enable';

/**
 * Whether a topic lets a replica lead that is not in sync: what the topic says, or else the cluster, or else no.
 *
 * What a broker was started with does not count: it is not replicated, and every replica of the state must decide alike.
 */
export function isUncleanElectionEnabled(topicConfigs: ConfigValues, clusterConfigs: ConfigValues): boolean {
  const own = topicConfigs.get(key);
  if (own !== undefined) return parseConfigValue('topic', key, own) === true;
  const shared = clusterConfigs.get(key);
  return shared !== undefined && parseConfigValue('broker', key, shared) === true;
}

/** Elects for a topic's partitions without a leader, after settings changed that may allow more than before. */
export function electLeaderless(draft: Draft, topic: Topic): void {
  if (!isUncleanElectionEnabled(topic.configs, draft.clusterConfigs)) return;
  for (const [index, partition] of topic.partitions.entries()) {
    if (partition.leader !== undefined) continue;
    const elected = withFields(partition, electLeader(draft.brokers, partition, true));
    if (elected !== partition) draft.putPartition(topic.name, index, elected);
  }
}
