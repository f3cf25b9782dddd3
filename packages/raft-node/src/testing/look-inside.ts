import { assert } from '@streambus/runtime';
import { Replica, type ReplicaInside } from '../driver/replica.ts';
import type { RaftNode } from '../raft-node.ts';

export type { ReplicaInside } from '../driver/replica.ts';

/**
 * What a node's interface does not show, for tests that hold the logs and the terms of several nodes against each other.
 *
 * @returns undefined while it does not run
 */
export function lookInside(node: RaftNode): ReplicaInside | undefined {
  assert(node instanceof Replica, 'only nodes of createRaftNode can be looked into');
  return node.inside;
}
