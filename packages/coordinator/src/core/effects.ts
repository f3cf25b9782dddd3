import type { Brand } from '@streambus/runtime';
import type { OffsetsRecord } from '../offsets-log.ts';
import type {
  DeletedGroup,
  HeartbeatResponse,
  JoinGroupResponse,
  LeaveGroupResponse,
  OffsetCommitResponse,
  OffsetDeleteResponse,
  SyncGroupResponse,
} from '../requests.ts';
import type { RebalanceCause } from '../statistics.ts';

/** Who called, as the driver knows it; unique among the calls that wait. */
export type CallToken = Brand<number, 'CallToken'>;

/** Names an append among those of one coordinator partition; they grow. */
export type AppendId = Brand<number, 'AppendId'>;

/** Now, on both clocks: the core reads none. */
export interface Moment {
  /** For deadlines. */
  readonly monotonicMs: number;
  /** For what is stored. */
  readonly wallTimeMs: number;
}

/** The answer to a call, exactly one per token. */
export type AnswerEffect =
  | {
      readonly type: 'answer';
      readonly api: 'JoinGroup';
      readonly token: CallToken;
      readonly response: JoinGroupResponse;
    }
  | {
      readonly type: 'answer';
      readonly api: 'SyncGroup';
      readonly token: CallToken;
      readonly response: SyncGroupResponse;
    }
  | {
      readonly type: 'answer';
      readonly api: 'Heartbeat';
      readonly token: CallToken;
      readonly response: HeartbeatResponse;
    }
  | {
      readonly type: 'answer';
      readonly api: 'LeaveGroup';
      readonly token: CallToken;
      readonly response: LeaveGroupResponse;
    }
  | {
      readonly type: 'answer';
      readonly api: 'OffsetCommit';
      readonly token: CallToken;
      readonly response: OffsetCommitResponse;
    }
  | {
      readonly type: 'answer';
      readonly api: 'OffsetDelete';
      readonly token: CallToken;
      readonly response: OffsetDeleteResponse;
    }
  | { readonly type: 'answer'; readonly api: 'DeleteGroup'; readonly token: CallToken; readonly response: DeletedGroup }
  | { readonly type: 'answer'; readonly api: 'ForgetTopics'; readonly token: CallToken; readonly response: 'done' };

/** Records for the log, all or none. The driver reports back with the same id: appended, or failed. */
export interface AppendEffect {
  readonly type: 'append';
  readonly appendId: AppendId;
  readonly records: readonly OffsetsRecord[];
}

/** Something that an operator may want to read in the log. */
export type NoticeEffect =
  | {
      readonly type: 'notice';
      readonly event: 'rebalanceStarted';
      readonly groupId: string;
      readonly generationId: number;
      readonly cause: RebalanceCause;
      readonly reason: string;
    }
  | {
      readonly type: 'notice';
      readonly event: 'memberExpired';
      readonly groupId: string;
      readonly memberId: string;
      /** What it failed to do in time. */
      readonly missed: 'heartbeat' | 'join' | 'rejoin' | 'sync';
    };

/** What the core asks its driver to do, in this order. */
export type Effect = AnswerEffect | AppendEffect | NoticeEffect;
