import { handleAppend, handleHeartbeat, handleSnapshot } from './append.ts';
import type { Core } from './core.ts';
import { handleVoteResponse } from './election.ts';
import { type Message, MessageType } from './message.ts';
import { withoutLeader } from './proposals.ts';
import { becomeFollower } from './transitions.ts';

/**
 * A candidate's and a pre-candidate's part of {@link step}: it counts votes, and gives way to a leader of its term
 * (section 3.4).
 */
export function stepCandidate(core: Core, message: Message): void {
  switch (message.type) {
    case MessageType.propose:
      throw withoutLeader(core);
    case MessageType.append:
      becomeFollower(core, message.term, message.from);
      handleAppend(core, message);
      return;
    case MessageType.heartbeat:
      becomeFollower(core, message.term, message.from);
      handleHeartbeat(core, message);
      return;
    case MessageType.snapshot:
      becomeFollower(core, message.term, message.from);
      handleSnapshot(core, message);
      return;
    case MessageType.preVoteResponse:
      if (core.role === 'preCandidate') handleVoteResponse(core, message);
      return;
    case MessageType.voteResponse:
      // Late answers to an election do not count for a pre-vote.
      if (core.role === 'candidate') handleVoteResponse(core, message);
      return;
    default:
      return;
  }
}
