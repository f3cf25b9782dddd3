import { answerFailed } from './appends.ts';
import type { CallToken } from './effects.ts';
import type { Group, Member } from './group.ts';
import { prepareOrComplete } from './heartbeat.ts';
import { answerJoin, answerSync, extractMember, joinError, renewSession, syncError, takeJoinToken } from './members.ts';
import { type Turn, takeAppendToken } from './partition-state.ts';

/** The caller is gone. What it asked for goes on where others depend on it. */
export function cancelCall(turn: Turn, token: CallToken): void {
  const { state } = turn;
  const waiter = state.waiters.get(token);
  if (waiter === undefined) return;
  switch (waiter.kind) {
    case 'join':
      cancelJoin(turn, waiter.group, waiter.member);
      return;
    case 'sync':
      waiter.member.syncToken = undefined;
      state.waiters.delete(token);
      renewSession(turn, waiter.member);
      return;
    case 'append':
      takeAppendToken(state, waiter.append);
      return;
    case 'forgetTopics':
      waiter.call.token = undefined;
      state.waiters.delete(token);
      return;
  }
}

/**
 * A member that has a name, or knows its id, comes back within its session and learns what came of the rebalance that it
 * had joined. Nobody comes back with an id that nobody knows.
 */
function cancelJoin(turn: Turn, group: Group, member: Member): void {
  takeJoinToken(turn.state, member);
  if (member.idTold || member.groupInstanceId !== null) {
    renewSession(turn, member);
    return;
  }
  answerJoin(turn, group, member, joinError('', 'UNKNOWN_MEMBER_ID'));
  extractMember(turn.state, group, member);
  prepareOrComplete(turn, group, 'memberLeft', 'its connection was lost before it was told its member id');
}

/** Answers everybody who waits with NOT_COORDINATOR. */
export function refuseEverybody(turn: Turn): void {
  for (const [token, waiter] of [...turn.state.waiters]) {
    switch (waiter.kind) {
      case 'join':
        answerJoin(turn, waiter.group, waiter.member, joinError(waiter.member.memberId, 'NOT_COORDINATOR'));
        break;
      case 'sync':
        answerSync(turn, waiter.member, syncError('NOT_COORDINATOR'));
        break;
      case 'append':
        answerFailed(turn, waiter.append, 'NOT_COORDINATOR');
        break;
      case 'forgetTopics':
        waiter.call.token = undefined;
        turn.state.waiters.delete(token);
        turn.effects.push({ type: 'answer', api: 'ForgetTopics', token, response: 'done' });
        break;
    }
  }
}
