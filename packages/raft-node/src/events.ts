import type { ConfState, LogIndex, NodeId, Role, Term } from '@streambus/raft';
import type { RaftNodeError } from './errors.ts';
import type { SnapshotTransfer } from './status.ts';

/** Something about a node has changed. */
export type RaftNodeEvent =
  | { readonly type: 'role'; readonly role: Role; readonly term: Term }
  /** `leader` 0: none is known. */
  | { readonly type: 'leader'; readonly leader: NodeId; readonly term: Term }
  /** As of the applied entry `index`. */
  | { readonly type: 'membership'; readonly members: ConfState; readonly index: LogIndex }
  /** The disk is full and nothing more is taken, or it has space again. */
  | { readonly type: 'storageFull'; readonly full: boolean }
  /** A snapshot is durable, one of this node's own or a leader's: the log before it is no longer needed. */
  | { readonly type: 'snapshot'; readonly index: LogIndex; readonly sizeBytes: number }
  /** A leader's snapshot has taken the place of the state machine, which stands at `index` now: not every entry before it was applied. */
  | { readonly type: 'restored'; readonly index: LogIndex }
  /** A snapshot is sent or received, has arrived, or has not; then with the reason, for people. */
  | {
      readonly type: 'snapshotTransfer';
      readonly phase: 'started' | 'finished' | 'failed';
      readonly transfer: SnapshotTransfer;
      readonly reason?: string;
    }
  /** The node has ended its work because it must not go on; it is to be stopped. */
  | { readonly type: 'failed'; readonly error: RaftNodeError };

/** Hears events, from the node's own turns. Must not throw. */
export type RaftNodeListener = (event: RaftNodeEvent) => void;
