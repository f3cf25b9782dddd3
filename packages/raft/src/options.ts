import type { LogIndex, NodeId } from './identifiers.ts';

/** How a linearizable read is confirmed (dissertation, section 6.4). */
export type ReadOnlyMode =
  /** By a round of heartbeats: right under any clock. */
  | 'safe'
  /**
   * By the leader's lease (section 6.4.1): without a round while a quorum answered heartbeats that were sent less than
   * an election timeout ago, less one tick; else by a round. Right only while no two clocks drift apart by more than that
   * tick in an election timeout. Needs `checkQuorum`.
   */
  | 'leaseBased';

/** How one node behaves. All members of a cluster should have the same, but for `id` and `applied`. */
export interface RaftOptions {
  /** This node, from 1. */
  readonly id: NodeId;
  /**
   * Ticks without hearing a leader after which a follower campaigns; each wait is drawn from this to twice this, minus
   * one (section 3.4). Must be above `heartbeatTimeoutTicks`; ten times is good.
   */
  readonly electionTimeoutTicks: number;
  /** Ticks between two heartbeats of a leader; at least 1. */
  readonly heartbeatTimeoutTicks: number;
  /**
   * The last index that the state machine holds; entries up to it are not given out again. Default 0: from the snapshot
   * on.
   */
  readonly applied?: LogIndex;
  /**
   * Persisting and applying are messages to local threads, answered out of step with {@link Raft.ready}. Default false.
   */
  readonly asyncStorageWrites?: boolean;
  /**
   * Bytes of entries in one append message; one entry goes even if it is larger. Default 1 MiB. etcd: MaxSizePerMsg.
   */
  readonly maxMessageBytes?: number;
  /**
   * Bytes of committed entries given out and not yet applied; one entry goes even if it is larger. Default
   * `maxMessageBytes`. etcd: MaxCommittedSizePerReady.
   */
  readonly maxCommittedBytesPerReady?: number;
  /**
   * Bytes of proposals (their data alone) that a leader holds uncommitted before it drops more; one is taken even if it
   * is larger. Default 64 MiB. etcd: MaxUncommittedEntriesSize.
   */
  readonly maxUncommittedBytes?: number;
  /** Append messages under way to one follower. Default 256. */
  readonly maxInflightMessages?: number;
  /**
   * Bytes of entries in them; the message that crosses the limit still goes. Default 64 MiB, or `maxMessageBytes` where
   * that is more; not below it.
   */
  readonly maxInflightBytes?: number;
  /**
   * While a follower is probed with entries and does not answer, they are sent again at the first answer to a heartbeat after so many ticks.
   * Default 0: at every one, as is right where messages may be lost without a word. Where the transport keeps what it has taken, or tells
   * ({@link Raft.reportUnreachable}), those would wait behind one another on a slow path: an election timeout is right there.
   */
  readonly probeTimeoutTicks?: number;
  /** Reads that a leader holds unconfirmed; past it a read gets no answer, and is asked again. Default 4096. */
  readonly maxPendingReads?: number;
  /**
   * A leader that does not hear a quorum for an election timeout steps down, and while one is heard no vote is given
   * (section 6.2, 4.2.3). Default true.
   */
  readonly checkQuorum?: boolean;
  /** Ask whether an election could be won before beginning one (section 9.6). Default true. */
  readonly preVote?: boolean;
  /** Default `safe`. */
  readonly readOnlyMode?: ReadOnlyMode;
  /** A follower drops proposals in place of passing them to its leader. Default false. */
  readonly disableProposalForwarding?: boolean;
  /**
   * The leader takes membership changes without asking whether one is pending. For recovery tools that do their own
   * asking. Default false.
   */
  readonly disableConfChangeValidation?: boolean;
  /** A leader that is removed or demoted steps down when it has committed the change (section 4.2.2). Default true. */
  readonly stepDownOnRemoval?: boolean;
}
