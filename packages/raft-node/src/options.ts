/** Where a node keeps what must survive. */
export type RaftNodeStorageOption =
  /** Nowhere: for tests and throw-away clusters. */
  | 'memory'
  | {
      /** A folder that is this node's alone; made when missing. */
      readonly folder: string;
      /**
       * What an empty folder means. `bootstrap`: a new cluster begins here, with `members` as its voters. `join`: this
       * node waits for the leader of a cluster that adds it. `refuse`: it has been wiped, and `start` fails with
       * `RAFT_NODE_IDENTITY_MISSING`. Default `bootstrap`.
       */
      readonly whenEmpty?: 'bootstrap' | 'join' | 'refuse';
    };

/** How a node behaves. */
export interface RaftNodeOptions {
  /** The cluster: any text of 1 to 255 characters. A folder of another cluster is refused. */
  readonly clusterId: string;
  /** This node: an integer from 1. A folder of another node is refused. */
  readonly nodeId: number;
  readonly storage: RaftNodeStorageOption;
  /**
   * The voters with which a new cluster begins, the same on each of them; not read any more once it has begun. With more than one,
   * `network` is needed. Not for a node that joins. Default: this node alone.
   */
  readonly members?: readonly number[];
  /** Milliseconds from tick to tick; several overdue ones count as one. Default 100. */
  readonly tickIntervalMs?: number;
  /** Ticks without a leader after which a follower campaigns; each wait is drawn from this to nearly twice this. Default 10. */
  readonly electionTimeoutTicks?: number;
  /** Ticks between two heartbeats of a leader; less than `electionTimeoutTicks`. Default 1. */
  readonly heartbeatTimeoutTicks?: number;
  /** The largest proposal, in bytes. Default 1 MiB. */
  readonly maxProposalBytes?: number;
  /** Bytes of proposals without an answer; beyond it `propose` is refused at once. One is always taken. Default 32 MiB. */
  readonly maxQueuedProposalBytes?: number;
  /** Readers waiting in `readBarrier`; beyond it they are refused at once. Default 100,000. */
  readonly maxWaitingReads?: number;
  /**
   * Entries since the last snapshot after which the next is taken; a quarter of them stay behind it. Grows in the same proportion as
   * `snapshotAfterBytes` where the state is large. Default 20,000.
   */
  readonly snapshotAfterEntries?: number;
  /**
   * Bytes of entries since the last snapshot after which the next is taken: these, or a quarter of what the last snapshot had, up to half
   * of `maxLogBytes`. A state of gigabytes wants a `maxLogBytes` that goes with it. Default 16 MiB.
   */
  readonly snapshotAfterBytes?: number;
  /**
   * Bytes of entries since the last snapshot beyond which proposals are refused, because snapshots do not get done. All these
   * entries are in memory, and up to half as much from before the snapshot while a follower lacks it. Default 4 times
   * `snapshotAfterBytes`; not below `snapshotAfterBytes`.
   */
  readonly maxLogBytes?: number;
  /** Sessions that are kept; opening one more ends the least recently used. Travels in the log, so the proposer's value counts. Default 10,000. */
  readonly maxSessions?: number;
}
