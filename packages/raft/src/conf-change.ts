import type { NodeId } from './identifiers.ts';

/** What happens to one node; the numbers are those of `raftpb.ConfChangeType`. */
export const ConfChangeType = {
  /** It becomes a voter, from outside or from learner. */
  addNode: 0,
  removeNode: 1,
  /** Nothing changes for Raft: a way to carry a `context` through the log. */
  updateNode: 2,
  /** It becomes a learner, from outside or from voter. */
  addLearnerNode: 3,
} as const;

/** One of {@link ConfChangeType}. */
export type ConfChangeType = (typeof ConfChangeType)[keyof typeof ConfChangeType];

/** How a {@link ConfChangeV2} is made; the numbers are those of `raftpb.ConfChangeTransition`. */
export const ConfChangeTransition = {
  /** Directly if that is safe (one voter changes), else through a joint configuration that is left by itself. */
  auto: 0,
  /** Through a joint configuration that is left by itself. */
  jointImplicit: 1,
  /** Through a joint configuration that stays until an empty change is proposed. */
  jointExplicit: 2,
} as const;

/** One of {@link ConfChangeTransition}. */
export type ConfChangeTransition = (typeof ConfChangeTransition)[keyof typeof ConfChangeTransition];

/** A membership change of one node, in the older wire form (`raftpb.ConfChange`). */
export interface ConfChange {
  /** The proposer's own mark; the core does not read it. */
  readonly id: number;
  readonly type: ConfChangeType;
  readonly nodeId: NodeId;
  /** For whoever applies it, such as the node's address. */
  readonly context: Uint8Array;
}

/** One part of a {@link ConfChangeV2}. */
export interface ConfChangeSingle {
  readonly type: ConfChangeType;
  readonly nodeId: NodeId;
}

/**
 * A membership change of any number of nodes (`raftpb.ConfChangeV2`; dissertation, chapter 4).
 *
 * No changes at all, with transition `auto`, leaves a joint configuration.
 */
export interface ConfChangeV2 {
  readonly transition: ConfChangeTransition;
  readonly changes: readonly ConfChangeSingle[];
  /** For whoever applies it. */
  readonly context: Uint8Array;
}

/** Whether this is the older form. */
export function isConfChangeV1(change: ConfChange | ConfChangeV2): change is ConfChange {
  return 'nodeId' in change;
}

/** The same change in the newer form. */
export function toConfChangeV2(change: ConfChange | ConfChangeV2): ConfChangeV2 {
  if (!isConfChangeV1(change)) return change;
  return { transition: 0, changes: [{ type: change.type, nodeId: change.nodeId }], context: change.context };
}

/** Whether this is the change that leaves a joint configuration. */
export function leavesJoint(change: ConfChangeV2): boolean {
  return change.transition === ConfChangeTransition.auto && change.changes.length === 0;
}

/**
 * Whether to go through a joint configuration, and if so, whether to leave it automatically; undefined for a direct
 * change.
 */
export function jointTransition(change: ConfChangeV2): { readonly autoLeave: boolean } | undefined {
  if (change.transition === ConfChangeTransition.auto && change.changes.length <= 1) return undefined;
  return { autoLeave: change.transition !== ConfChangeTransition.jointExplicit };
}
