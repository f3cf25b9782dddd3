import type { ConfState } from './conf-state.ts';
import type { HardState } from './hard-state.ts';
import type { LogIndex, NodeId } from './identifiers.ts';
import type { SoftState } from './ready.ts';

/** How the leader feeds one follower: asking where the logs agree, streaming, or waiting for a snapshot to arrive. */
export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What the leader knows of one member. */
export interface ProgressStatus {
  readonly state: ProgressState;
  /** The last index known to be in its log. */
  readonly match: LogIndex;
  /** The index that is sent next. */
  readonly next: LogIndex;
  readonly learner: boolean;
  /** Whether it was heard since the last quorum check. */
  readonly recentActive: boolean;
  /** Whether the leader waits for it before it sends more entries. */
  readonly paused: boolean;
  /** The snapshot under way to it; 0 = none. */
  readonly pendingSnapshot: LogIndex;
  /** Appends sent and not yet answered. */
  readonly inflightMessages: number;
  /** Bytes of data in them. */
  readonly inflightBytes: number;
  /** Whether one of the two limits is reached. */
  readonly inflightFull: boolean;
}

/** A node as it is now: a copy that does not change. */
export interface Status {
  readonly id: NodeId;
  readonly hardState: HardState;
  readonly softState: SoftState;
  /** The last index applied by the state machine, as far as it was reported. */
  readonly applied: LogIndex;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** The membership now in force. */
  readonly confState: ConfState;
  /** To whom leadership is being handed; 0 = nobody. */
  readonly leadTransferee: NodeId;
  /** Bytes of proposals that wait for commitment; counted by the leader. */
  readonly uncommittedBytes: number;
  /** By id, ascending; empty unless this node leads. */
  readonly progress: ReadonlyMap<NodeId, ProgressStatus>;
}
