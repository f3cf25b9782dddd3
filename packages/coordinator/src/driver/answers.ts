import type { AnswerEffect, CallToken } from '../core/effects.ts';
import type {
  DeletedGroup,
  HeartbeatResponse,
  JoinGroupResponse,
  LeaveGroupResponse,
  OffsetCommitResponse,
  OffsetDeleteResponse,
  SyncGroupResponse,
} from '../requests.ts';
import { OpenCalls } from './open-calls.ts';

/** All calls that wait, by API, and the way of an answer to its caller. */
export class Answers {
  readonly joins: OpenCalls<JoinGroupResponse> = new OpenCalls();
  readonly syncs: OpenCalls<SyncGroupResponse> = new OpenCalls();
  readonly heartbeats: OpenCalls<HeartbeatResponse> = new OpenCalls();
  readonly leaves: OpenCalls<LeaveGroupResponse> = new OpenCalls();
  readonly commits: OpenCalls<OffsetCommitResponse> = new OpenCalls();
  readonly offsetDeletes: OpenCalls<OffsetDeleteResponse> = new OpenCalls();
  readonly groupDeletes: OpenCalls<DeletedGroup> = new OpenCalls();
  readonly forgottenTopics: OpenCalls<'done'> = new OpenCalls();
  #lastToken = 0;

  nextToken(): CallToken {
    return ++this.#lastToken as CallToken;
  }

  deliver(effect: AnswerEffect): void {
    switch (effect.api) {
      case 'JoinGroup':
        this.joins.answer(effect.token, effect.response);
        return;
      case 'SyncGroup':
        this.syncs.answer(effect.token, effect.response);
        return;
      case 'Heartbeat':
        this.heartbeats.answer(effect.token, effect.response);
        return;
      case 'LeaveGroup':
        this.leaves.answer(effect.token, effect.response);
        return;
      case 'OffsetCommit':
        this.commits.answer(effect.token, effect.response);
        return;
      case 'OffsetDelete':
        this.offsetDeletes.answer(effect.token, effect.response);
        return;
      case 'DeleteGroup':
        this.groupDeletes.answer(effect.token, effect.response);
        return;
      case 'ForgetTopics':
        this.forgottenTopics.answer(effect.token, effect.response);
        return;
    }
  }
}
