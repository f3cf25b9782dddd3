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

/** A state that is on its way to replace another one, piece by piece. */
export interface StateMachineRestore {
  /**
   * Takes the next piece, which may be kept and must not be changed; it is a view of up to 1 MiB that was read at once, so of a small part
   * that is kept, keep a copy. One call should take well under ten milliseconds; the node yields to the event loop between calls.
   */
  add(piece: Uint8Array): void;
  /** Every piece was given: the new state takes the place of the old one, in one step. */
  finish(): void;
}

/**
 * What is replicated: the user's own. All methods are synchronous and deterministic: the same calls give the same answers and
 * the same bytes on every replica, in every version that runs in one cluster. It reads no clock and draws no random number;
 * whoever proposes puts such things into the proposal.
 *
 * Invariants (the implementation keeps them, the node assumes them):
 * 1. No method throws, but those that restore, for bytes that are no snapshot. A refusal is an answer.
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
   * The state as of this call. Pieces may be taken after later entries were applied, or another state was restored, and must still show
   * the earlier state, so a state that is changed in place is given in one piece.
   */
  snapshot(): StateMachineSnapshot;
  /**
   * Replaces the state. Called before the first {@link apply}, and whenever a leader sends its snapshot.
   *
   * @param snapshot - all that {@link snapshot} gave, in one piece
   */
  restore(snapshot: Uint8Array): void;
  /**
   * Begins to replace the state by a snapshot that comes in pieces; where this is there it is used in place of {@link restore}, so that a
   * state of gigabytes needs no array of gigabytes. Until {@link StateMachineRestore.finish} the old state stays as it is and is read. One
   * that is given up is not finished, and another may begin.
   *
   * The pieces are those of {@link snapshot}, one by one and as they were, so each may be a record or more that is read by itself; only
   * empty ones are left out, and one of more than 1 MiB comes as several of that size.
   */
  beginRestore?(): StateMachineRestore;
}
