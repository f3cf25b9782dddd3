import type { OffsetEntry } from '../records/offset-records.ts';
import type { OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteResponse } from '../requests.ts';
import type { Deadline } from './deadlines.ts';
import type { AppendId, CallToken } from './effects.ts';
import type { DeadlineEvent, Group, Member } from './group.ts';

/** Offsets that are not durable yet. */
export interface PendingCommit {
  readonly kind: 'commit';
  readonly group: Group;
  readonly entries: readonly { readonly topic: string; readonly partitionIndex: number; readonly entry: OffsetEntry }[];
  /** The answer in case it becomes durable. */
  readonly response: OffsetCommitResponse;
  readonly request: OffsetCommitRequest;
}

/** A call that waits for the deletions of several groups. */
export interface ForgetTopicsCall {
  /** Taken away when it is cancelled. */
  token: CallToken | undefined;
  remainingAppends: number;
}

/** Why some of a group's offsets are deleted. */
export type OffsetsDeletion =
  | { readonly cause: 'request'; readonly response: OffsetDeleteResponse }
  | { readonly cause: 'expiry' }
  | { readonly cause: 'topicDeleted'; readonly call: ForgetTopicsCall };

/** What happens when an append has come to its end. */
export type Continuation =
  | PendingCommit
  /** The assignment of a generation: its members become Stable. */
  | {
      readonly kind: 'assignment';
      readonly group: Group;
      readonly generationId: number;
      readonly assignments: ReadonlyMap<string, Uint8Array>;
      readonly metadata: Uint8Array;
    }
  /** A static member has come back under a new id, in a Stable group that goes on as it is. */
  | {
      readonly kind: 'staticMember';
      readonly group: Group;
      readonly generationId: number;
      readonly oldMember: Member;
      readonly member: Member;
      readonly oldLeaderId: string | null;
      readonly maySkipAssignment: boolean;
      readonly metadata: Uint8Array;
    }
  /** The group has become Empty. */
  | { readonly kind: 'emptied'; readonly group: Group; readonly metadata: Uint8Array }
  /** Some of its offsets go. */
  | {
      readonly kind: 'offsetsDeleted';
      readonly group: Group;
      readonly keys: readonly { readonly topic: string; readonly partitionIndex: number }[];
      readonly reason: OffsetsDeletion;
    }
  /** The group goes, with all that it has. */
  | { readonly kind: 'groupDeleted'; readonly group: Group; readonly cause: 'request' | 'expiry' };

/** An append that is on its way. */
export interface PendingAppend {
  readonly appendId: AppendId;
  readonly continuation: Continuation;
  /** The call that waits for it; taken away when that is answered before, or cancelled. */
  token: CallToken | undefined;
  /** When its caller is told that it takes too long. */
  readonly timeout: Deadline<DeadlineEvent>;
}
