import type { LogIndex } from '../identifiers.ts';
import type { SharedOptions } from './memory-node.ts';

/** What a random schedule may do. */
export interface RandomScheduleOptions {
  /** Decides everything. */
  readonly seed: number;
  /** Voters at the beginning. */
  readonly voters: number;
  /** How many random steps before the network heals. */
  readonly steps: number;
  /** Whether nodes 1 to `voters` + 2 join and leave. Default false. */
  readonly membershipChanges?: boolean;
  /** What all nodes have in common. */
  readonly raft?: Partial<SharedOptions>;
}

/** What goes wrong in a schedule. */
export type FaultKind =
  /** From now on, or no longer, messages to a node wait. */
  | 'delay'
  | 'drop'
  | 'duplicate'
  | 'reorder'
  | 'cutLink'
  | 'partition'
  | 'crash'
  | 'restart'
  | 'compact'
  | 'campaign'
  | 'forgetLeader'
  | 'transfer'
  | 'unreachable';

/** What came of it. */
export interface RandomScheduleReport {
  /** The highest index committed. */
  readonly committed: LogIndex;
  /** The highest term. */
  readonly term: number;
  /** Elections that were won. */
  readonly elections: number;
  /** Reads that were answered. */
  readonly reads: number;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Ticks from the end of the faults to a leader with every voter caught up. */
  readonly recoveryTicks: number;
  /**
   * False where nobody can be elected, whatever the network does: members disagree on who votes, and who is needed has
   * the longer log. It takes a leader that removes or demotes itself and is lost before anybody else hears of it. Or, without
   * pre-vote and check-quorum, where a voter that missed a change of all it knew campaigns among nodes that are voters no
   * more. Never where membership is fixed.
   */
  readonly converged: boolean;
}

/** No faults yet. */
export function noFaults(): Record<FaultKind, number> {
  return {
    delay: 0,
    drop: 0,
    duplicate: 0,
    reorder: 0,
    cutLink: 0,
    partition: 0,
    crash: 0,
    restart: 0,
    compact: 0,
    campaign: 0,
    forgetLeader: 0,
    transfer: 0,
    unreachable: 0,
  };
}
