import type { Draft } from './draft.ts';
import { MetadataError } from './errors.ts';
import { type Brokers, isActive } from './partition-transitions.ts';
import { placePartitions } from './placement.ts';
import type { Broker } from './state.ts';

// It is applied within one turn of the event loop, a batch too.
const maxPartitionsPerCommand = 10_000;

/** Refuses to create a number of partitions that is none, or too large for one command. */
export function reservePartitions(draft: Draft, name: string, count: number): void {
  const left = maxPartitionsPerCommand - draft.createdPartitionCount;
  if (Number.isInteger(count) && count >= 1 && count <= left) return;
  throw new MetadataError(
    'INVALID_PARTITIONS',
    `topic ${name} is to get ${count} new partitions; one command may create 1 to ${left}`,
  );
}

/** Lets the state machine choose the replicas of new partitions, beside those that the topic has. */
export function placedAssignment(
  draft: Draft,
  partitionCount: number,
  replicationFactor: number,
  present: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  const brokers = activeBrokers(draft.brokers).map(({ brokerId, rack }) => {
    const { replicaCount, preferredLeaderCount } = draft.loadOf(brokerId);
    return { brokerId, rack, replicaCount, preferredLeaderCount };
  });
  if (!Number.isInteger(replicationFactor) || replicationFactor < 1 || replicationFactor > brokers.length) {
    throw new MetadataError(
      'INVALID_REPLICATION_FACTOR',
      `replication factor is ${replicationFactor}; it must be an integer from 1 to the number of active brokers, ` +
        `which is ${brokers.length}`,
    );
  }
  return placePartitions({ brokers, present, partitionCount, replicationFactor });
}

// Brokers change seldom and topics are created often: nobody goes over thousands of fenced brokers for each of them.
const activeAmong = new WeakMap<Brokers, readonly Broker[]>();

/** In the order of their ids. */
function activeBrokers(brokers: Brokers): readonly Broker[] {
  const known = activeAmong.get(brokers);
  if (known !== undefined) return known;
  const active = [...brokers.values()].filter((broker) => broker.status === 'active');
  activeAmong.set(brokers, active);
  return active;
}

/** Takes an assignment that somebody chose, if it can be had. */
export function explicitAssignment(
  draft: Draft,
  assignment: readonly (readonly number[])[],
  replicationFactor: number,
): readonly (readonly number[])[] {
  for (const [index, replicas] of assignment.entries()) {
    requireReplicas(draft, replicas);
    if (replicas.length !== replicationFactor) {
      throw new MetadataError(
        'INVALID_REPLICA_ASSIGNMENT',
        `partition ${index} of the assignment has ${replicas.length} replicas; all must have ${replicationFactor}`,
      );
    }
    if (!replicas.some((brokerId) => isActive(draft.brokers, brokerId))) {
      throw new MetadataError(
        'INVALID_REPLICA_ASSIGNMENT',
        `no broker of ${replicas.join(', ')} is active; one has to lead`,
      );
    }
  }
  return assignment.map((replicas) => [...replicas]);
}

/** Refuses a list of replicas that is empty, repeats a broker, or names one that is not registered. */
export function requireReplicas(draft: Draft, replicas: readonly number[]): void {
  if (replicas.length === 0 || new Set(replicas).size !== replicas.length) {
    throw new MetadataError(
      'INVALID_REPLICA_ASSIGNMENT',
      `replicas are ${JSON.stringify(replicas)}; they must be distinct brokers, at least one`,
    );
  }
  for (const brokerId of replicas) draft.requireBroker(brokerId);
}
