import { Replica } from './driver/replica.ts';
import { resolveOptions } from './driver/settings.ts';
import type { RaftNodeOptions } from './options.ts';
import type { RaftNode, RaftNodeDependencies } from './raft-node.ts';

/**
 * Makes a node; nothing is read or written before {@link RaftNode.start}.
 *
 * @throws RaftNodeError `RAFT_NODE_OPTIONS_INVALID`
 */
export function createRaftNode(options: RaftNodeOptions, dependencies: RaftNodeDependencies): RaftNode {
  return new Replica(resolveOptions(options), dependencies);
}
