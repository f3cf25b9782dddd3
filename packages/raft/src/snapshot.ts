import { type ConfState, emptyConfState } from './conf-state.ts';
import { emptyBytes } from './entry.ts';
import { type LogIndex, logIndex, type Term, term, zeroIndex, zeroTerm } from './identifiers.ts';

/** Where in the log a snapshot was taken, and who the members were. */
export interface SnapshotMetadata {
  readonly confState: ConfState;
  /** The last entry that it replaces; 0 = no snapshot. */
  readonly index: LogIndex;
  /** The term of that entry. */
  readonly term: Term;
}

/** The state machine at one index, in place of the log up to it (dissertation, chapter 5). */
export interface Snapshot {
  /** The state machine's bytes, or whatever leads the receiver to them; the core never looks inside. */
  readonly data: Uint8Array;
  readonly metadata: SnapshotMetadata;
}

/** No snapshot. */
export const emptySnapshot: Snapshot = {
  data: emptyBytes,
  metadata: { confState: emptyConfState, index: zeroIndex, term: zeroTerm },
};

/** Whether there is none. */
export function isEmptySnapshot(snapshot: Snapshot): boolean {
  return snapshot.metadata.index === 0;
}

/**
 * What every first member of a new cluster starts from: an empty state machine at index 1, and who the members are.
 *
 * A cluster begins after an index, not before all: a node that joins later must not be fed from the first entry on,
 * which would not tell it who the first members were. With index 1 gone, it is sent a snapshot.
 */
export function createInitialSnapshot(confState: ConfState): Snapshot {
  return { data: emptyBytes, metadata: { confState, index: logIndex(1), term: term(1) } };
}
