import type { Entry } from './entry.ts';
import type { HardState } from './hard-state.ts';
import type { LogIndex, NodeId } from './identifiers.ts';
import type { Message } from './message.ts';
import type { Snapshot } from './snapshot.ts';

/** What a node is at the moment (dissertation, figure 3.3; `preCandidate`: section 9.6). */
export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

/** What need not survive a crash. */
export interface SoftState {
  /** Who leads this term as far as this node knows; 0 = nobody. */
  readonly leader: NodeId;
  readonly role: Role;
}

/** The answer to {@link Raft.readIndex}: the read may run once `index` is applied. */
export interface ReadState {
  readonly index: LogIndex;
  /** The context that was given. */
  readonly context: Uint8Array;
}

/**
 * What is to be done, in one batch.
 *
 * In the synchronous form, do in this order: persist `snapshot`, `entries` and `hardState` (one write, synced if
 * `mustSync`); send `messages`; install `snapshot` and apply `committedEntries`; call {@link Raft.advance}. A leader's
 * messages that need no persisted state could leave before the sync, but the order above is always right.
 *
 * With {@link RaftOptions.asyncStorageWrites} there is no `advance`: hand `messages` to whom they are addressed. Those
 * to {@link localAppendThread} and {@link localApplyThread} carry the same work; see {@link Raft}. The other fields
 * then say the same for information.
 */
export interface Ready {
  /** Present when it changed. */
  readonly softState: SoftState | undefined;
  /** To persist; present when it changed. */
  readonly hardState: HardState | undefined;
  /** Reads that may now run. */
  readonly readStates: readonly ReadState[];
  /** To persist, replacing whatever the storage has from the first one's index on. */
  readonly entries: readonly Entry[];
  /** To persist and install before anything else of this batch; the log then begins after it. */
  readonly snapshot: Snapshot | undefined;
  /** To apply, in order; all are persisted here or will be with this batch. */
  readonly committedEntries: readonly Entry[];
  /** To send, in order, once what is above is persisted. */
  readonly messages: readonly Message[];
  /**
   * Whether what is persisted must survive a power failure before the messages leave: entries, a vote or a term are
   * among it.
   */
  readonly mustSync: boolean;
}
