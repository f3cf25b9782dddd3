import type { MetadataStore } from '@streambus/metadata';
import type { BrokerDirectory, FindServed, PartitionObserver } from '@streambus/replication';
import { assert, type Clock, type Logger } from '@streambus/runtime';
import type { PartitionFollowers, PartitionManager } from '../broker/partition-manager.ts';
import { lookupError } from '../handlers/lookup-error.ts';
import { IsrProposals } from './isr-proposals.ts';
import { createLeaderLink } from './leader-link.ts';
import type { PeerRequests } from './peer-requests.ts';
import { ReplicaFetchers } from './replica-fetchers.ts';

/** What a broker's partitions need to be copied, and to copy. */
export interface Replication {
  readonly followers: PartitionFollowers;
  readonly brokers: BrokerDirectory;
  readonly observer: Pick<PartitionObserver, 'onIsrProposal' | 'onTruncatedBelowHighWatermark'>;
  /** Resolves when nothing is copied any more. */
  stop(): Promise<void>;
}

/** What it is made of. */
export interface ReplicationDependencies {
  readonly brokerId: number;
  /** Knows this broker by now. */
  readonly store: MetadataStore;
  readonly peers: PeerRequests;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes what the partitions of one broker need of the others. */
export function createReplication({ brokerId, store, peers, clock, logger }: ReplicationDependencies): Replication {
  const registered = store.state.brokers.get(brokerId);
  assert(registered !== undefined, () => `broker ${brokerId} is registered before it copies anything`);
  const followers = new ReplicaFetchers(
    { brokerId, brokerEpoch: registered.epoch },
    { linkTo: (leader) => createLeaderLink(leader, peers), clock, logger },
  );
  const proposals = new IsrProposals(store, logger);
  return {
    followers,
    brokers: {
      find(id) {
        const broker = store.state.brokers.get(id);
        if (broker === undefined) return undefined;
        const { epoch: brokerEpoch, incarnation, status } = broker;
        return { brokerEpoch, incarnation, isActive: status === 'active' };
      },
    },
    observer: {
      onIsrProposal: (partition, proposal) => proposals.propose(partition, proposal),
      onTruncatedBelowHighWatermark({ topic, partition }, lost) {
        logger.error(
          { topic, partition, ...lost },
          'records are gone that were replicated: the leader does not have them',
        );
      },
    },
    stop: () => followers.stop(),
  };
}

/** What followers may have of this broker's partitions. */
export function servedPartitions(store: MetadataStore, partitions: PartitionManager): FindServed {
  return (topicId, _topic, index) => {
    const name = store.state.topicNamesById.get(topicId);
    if (name === undefined) return 'UNKNOWN_TOPIC_ID';
    const lookup = partitions.lookup(name, index);
    if (lookup.kind === 'leading' || lookup.kind === 'following') return lookup.partition;
    return lookupError({ store }, lookup, name, index);
  };
}
