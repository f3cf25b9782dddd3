import { type LogIndex, type NodeId, noNode, type Term, zeroIndex, zeroTerm } from './identifiers.ts';

/** What must survive a crash beside the log itself (dissertation, figure 3.1, "persistent state"). */
export interface HardState {
  /** The latest term this node has seen. */
  readonly term: Term;
  /** Whom it voted for in that term; 0 = nobody. */
  readonly vote: NodeId;
  /** The highest index known to be committed. Recomputable, kept so that a restarted node can apply at once. */
  readonly commit: LogIndex;
}

/** The state of a node that never ran. */
export const emptyHardState: HardState = { term: zeroTerm, vote: noNode, commit: zeroIndex };

/** Whether a node with this state never ran, or a message carries none. */
export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === 0 && state.commit === 0;
}

/** Whether both say the same. */
export function hardStatesEqual(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}
