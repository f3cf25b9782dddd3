import { leaderEpochProblem } from '@streambus/replication';
import type { PartitionLookup } from '../broker/partition-manager.ts';
import type { ErrorName } from './error-code.ts';
import type { BrokerServices } from './services.ts';

/** Why a partition cannot be used here. */
export function lookupError(
  services: Pick<BrokerServices, 'store'>,
  lookup: Exclude<PartitionLookup, { kind: 'leading' }>,
  topic: string,
  index: number,
): ErrorName {
  switch (lookup.kind) {
    case 'offline':
      return 'KAFKA_STORAGE_ERROR';
    case 'following':
    case 'notLeading':
      return 'NOT_LEADER_OR_FOLLOWER';
    case 'absent': {
      const known = services.store.state.topics.get(topic)?.partitions[index] !== undefined;
      return known ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION';
    }
  }
}

/** How a client's idea of the leader's epoch compares with the truth (KIP-320); -1 is no idea. */
export function leaderEpochError(currentLeaderEpoch: number, leaderEpoch: number): ErrorName {
  if (currentLeaderEpoch < 0) return 'NONE';
  return leaderEpochProblem(currentLeaderEpoch, leaderEpoch) ?? 'NONE';
}
