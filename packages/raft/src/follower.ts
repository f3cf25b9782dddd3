import { handleAppend, handleHeartbeat, handleSnapshot } from './append.ts';
import type { Core } from './core.ts';
import { maybeCampaign } from './election.ts';
import { noNode } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import { forwarded, forwardProposal } from './proposals.ts';
import { readContext } from './reads.ts';
import { hearLeader } from './transitions.ts';

/** A follower's part of {@link step}: it answers its leader, and passes on what only a leader can do. */
export function stepFollower(core: Core, message: Message): void {
  switch (message.type) {
    case MessageType.propose:
      forwardProposal(core, message);
      return;
    case MessageType.append:
      hearLeader(core, message.from);
      handleAppend(core, message);
      return;
    case MessageType.heartbeat:
      hearLeader(core, message.from);
      handleHeartbeat(core, message);
      return;
    case MessageType.snapshot:
      hearLeader(core, message.from);
      handleSnapshot(core, message);
      return;
    case MessageType.timeoutNow:
      // Never with a pre-vote: the leader asked for it, so this is no recovery from a partition.
      maybeCampaign(core, 'transfer');
      return;
    case MessageType.transferLeader:
      if (core.leader !== noNode) core.outbox.send({ ...forwarded(core, message), term: core.term });
      return;
    case MessageType.readIndex:
      if (core.leader !== noNode) core.outbox.send(forwarded(core, message));
      return;
    case MessageType.readIndexResponse:
      core.readStates.push({ index: message.index, context: readContext(message) });
      return;
    case MessageType.forgetLeader:
      forgetLeader(core);
      return;
    default:
      return;
  }
}

function forgetLeader(core: Core): void {
  if (core.leader === noNode) return;
  // A lease counts on followers that do not vote while they have heard the leader.
  if (core.settings.readOnlyMode === 'leaseBased') {
    core.logger.warn({ leader: core.leader }, 'raft does not forget its leader: reads rely on its lease');
    return;
  }
  core.logger.info({ leader: core.leader, term: core.term }, 'raft forgets its leader');
  core.leader = noNode;
}
