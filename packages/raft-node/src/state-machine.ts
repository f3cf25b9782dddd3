import type { LogIndex, Term } from '@streambus/raft';

/** One committed proposal, as the state machine sees it. */
export interface AppliedEntry {
  /** Its place in the log. Grows from call to call, with gaps where an entry is not for the state machine. */
  readonly index: LogIndex;
  /** The term of the leader that took it. */
  readonly term: Term;
  /** What was proposed. May be kept, must not be changed. */
  readonly data: Uint8Array;
}

/** A state machine's content: in one piece, or in pieces taken one after the other. */
export type StateMachineSnapshot = Uint8Array | Iterable<Uint8Array>;

/**
 * What is replicated: the user's own. All methods are synchronous and deterministic: the same calls give the same answers and
 * the same bytes on every replica, in every version that runs in one cluster. It reads no clock and draws no random number;
 * whoever proposes puts such things into the proposal.
 *
 * Invariants (the implementation keeps them, the node assumes them):
 * 1. No method throws, but {@link restore} for bytes that are no snapshot. A refusal is an answer.
 * 2. `restore(snapshot())` gives a state machine that answers alike from there on.
 * 3. Equal states give equal snapshot bytes.
 */
export interface StateMachine {
  /**
   * Applies one proposal and returns the answer that its proposer gets; may be empty. The answer must not be changed later: it
   * is kept for repeats. One call should take well under a millisecond; the node yields to the event loop between calls.
   */
  apply(entry: AppliedEntry): Uint8Array;
  /**
   * The state as of this call. Pieces may be taken after later entries were applied and must still show the earlier state,
   * so a state that is changed in place is given in one piece.
   */
  snapshot(): StateMachineSnapshot;
  /**
   * Replaces the state. Called before the first {@link apply}, and whenever a leader sends its snapshot.
   *
   * @param snapshot - all that {@link snapshot} gave, in one piece
   */
  restore(snapshot: Uint8Array): void;
}
