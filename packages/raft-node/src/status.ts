import type { ConfState, LogIndex, NodeId, ProgressStatus, Role, Term } from '@streambus/raft';
import type { RaftNodeError } from './errors.ts';

/**
 * Where a node is in its life.
 *
 * - `new`: made, not started. → starting, stopped
 * - `starting`: reads its storage. → running, stopped
 * - `running`: does its work. → full, failed, stopped
 * - `full`: the same, but the disk has no space, so nothing is taken. → running, failed, stopped
 * - `failed`: has ended its work for a reason that only a restart removes. → stopped
 * - `stopped`: nothing of it is left.
 */
export type RaftNodePhase = 'new' | 'starting' | 'running' | 'full' | 'failed' | 'stopped';

/** A snapshot on its way between two nodes. */
export interface SnapshotTransfer {
  readonly direction: 'sending' | 'receiving';
  /** The other node. */
  readonly peer: NodeId;
  /** The last entry in it. */
  readonly index: LogIndex;
  readonly sizeBytes: number;
  /** Bytes that the receiver had from an earlier attempt. */
  readonly resumedFromBytes: number;
  /** Bytes that the receiver has written, those included. */
  readonly doneBytes: number;
}

/** A node as it is now: a copy that does not change. */
export interface RaftNodeStatus {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly phase: RaftNodePhase;
  /** Why it is `failed`. */
  readonly failure: RaftNodeError | undefined;
  readonly role: Role;
  readonly term: Term;
  /** Who leads as far as this node knows; 0 = nobody. */
  readonly leader: NodeId;
  /** The highest index known to be committed. */
  readonly commit: LogIndex;
  /** The last index in the state machine. */
  readonly applied: LogIndex;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** The last entry in the newest durable snapshot; where there is none, the index after which the cluster began (1). */
  readonly snapshotIndex: LogIndex;
  readonly members: ConfState;
  /** Per member, by id; empty unless this node leads. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>;
  /** Bytes of proposals without an answer; at most `maxQueuedProposalBytes`. */
  readonly queuedProposalBytes: number;
  /** Proposals without an answer. */
  readonly queuedProposals: number;
  /** Readers that wait in {@link RaftNode.readBarrier}; at most `maxWaitingReads`. */
  readonly waitingReads: number;
  /** Bytes of entries since the snapshot, all of them in memory; at most about `maxLogBytes`. Up to half of that is kept from before it. */
  readonly logBytes: number;
  /** Snapshots on their way: to followers, at most one for each, and from a leader. */
  readonly transfers: readonly SnapshotTransfer[];
  /** Open sessions in the replicated state. */
  readonly sessions: number;
}
