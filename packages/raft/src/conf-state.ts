import type { NodeId } from './identifiers.ts';

/**
 * The membership as snapshots and storage carry it (`raftpb.ConfState`). All lists are sorted by id.
 *
 * Invariants (the core checks them whenever it takes one in):
 * 1. `votersOutgoing` is empty unless the configuration is joint.
 * 2. `learners` has no member in common with `voters` or `votersOutgoing`.
 * 3. `learnersNext` is a part of `votersOutgoing`: voters that become learners when the joint configuration ends.
 * 4. `autoLeave` is false unless the configuration is joint.
 */
export interface ConfState {
  /** Voters; in a joint configuration those of the incoming half. */
  readonly voters: readonly NodeId[];
  /** Members that receive the log and do not vote (dissertation, section 4.2.1). */
  readonly learners: readonly NodeId[];
  /** Voters of the outgoing half of a joint configuration. */
  readonly votersOutgoing: readonly NodeId[];
  /** Outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[];
  /** Whether the leader leaves the joint configuration by itself. */
  readonly autoLeave: boolean;
}

/** The membership of a node that belongs to no cluster yet. */
export const emptyConfState: ConfState = {
  voters: [],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** A plain membership of these voters and learners. */
export function createConfState(voters: readonly NodeId[], learners: readonly NodeId[] = []): ConfState {
  const ascending = (ids: readonly NodeId[]): NodeId[] => [...ids].sort((a, b) => a - b);
  return { ...emptyConfState, voters: ascending(voters), learners: ascending(learners) };
}

/** Whether this node is a member, of whatever kind. */
export function namesMember(state: ConfState, id: NodeId): boolean {
  return state.voters.includes(id) || state.learners.includes(id) || state.votersOutgoing.includes(id);
}
