import type { ConfState } from './conf-state.ts';
import type { Entry } from './entry.ts';
import type { HardState } from './hard-state.ts';
import type { LogIndex, Term } from './identifiers.ts';
import type { Snapshot } from './snapshot.ts';

/** What a storage holds when a node starts on it. */
export interface InitialState {
  readonly hardState: HardState;
  /** The membership as of {@link RaftOptions.applied}; of a new cluster that of {@link createInitialSnapshot}. */
  readonly confState: ConfState;
}

/**
 * What is persisted of the log, as the core reads it: synchronously, so whoever keeps it on a disk keeps in memory what
 * the core may ask.
 *
 * The core only reads. What is to be written leaves it in a {@link Ready}.
 *
 * Invariants (the implementation keeps them, the core assumes them):
 * 1. `firstIndex() <= lastIndex() + 1`.
 * 2. The term of `firstIndex() - 1` is known: the snapshot's, or 0 at index 0.
 * 3. An entry once readable stays the same until {@link Ready.entries} replace it or compaction removes it.
 */
export interface Storage {
  /** Read once, when the node starts. */
  initialState(): InitialState;
  /**
   * The entries from `low` to `high`-1, cut to the longest head of at most `maxBytes` ({@link entryBytes}), but never
   * to nothing.
   *
   * @throws RaftError `RAFT_COMPACTED` when `low` is before {@link firstIndex}; `RAFT_UNAVAILABLE` when they are not
   *   all there
   */
  entries(low: LogIndex, high: LogIndex, maxBytes: number): readonly Entry[];
  /**
   * The term of the entry at `index`, which lies between `firstIndex()-1` and `lastIndex()`.
   *
   * @throws RaftError `RAFT_COMPACTED` or `RAFT_UNAVAILABLE` when it is outside
   */
  term(index: LogIndex): Term;
  /** The index of the first entry that {@link entries} can give; one past the snapshot when there is none. */
  firstIndex(): LogIndex;
  /** The index of the last entry; the snapshot's when there is none. */
  lastIndex(): LogIndex;
  /**
   * A snapshot to send to a follower that needs entries from before {@link firstIndex}.
   *
   * It must be of a membership that names this follower: one from before it joined is not sent, and asked for again
   * after the next heartbeat. So whoever has only an older one takes a new one now.
   *
   * @throws RaftError `RAFT_SNAPSHOT_UNAVAILABLE` when it is not at hand yet: the leader asks again after the next
   *   heartbeat
   */
  snapshot(): Snapshot;
}
