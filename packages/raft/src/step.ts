import { stepCandidate } from './candidate.ts';
import type { Core } from './core.ts';
import { handleVoteRequest, maybeCampaign, protectsLeader } from './election.ts';
import { stepFollower } from './follower.ts';
import { noNode } from './identifiers.ts';
import { stepLeader } from './leader.ts';
import { type Message, MessageType } from './message.ts';
import { handleApplied, handleStored, handleStoredInOlderTerm } from './storage-work.ts';
import { becomeFollower } from './transitions.ts';

/** One message, of any kind: first its term is compared, then its type decides, then this node's role. */
export function stepMessage(core: Core, message: Message): void {
  if (message.term > core.term && message.term !== 0) {
    if (!enterHigherTerm(core, message)) return;
  } else if (message.term < core.term && message.term !== 0) {
    answerLowerTerm(core, message);
    return;
  } else if (message.term === 0 && isOfSomeTerm(message.type)) {
    // No node sends that; taken for one of this term it could depose a leader.
    core.logger.warn({ from: message.from, type: message.type }, 'raft ignored a request without a term');
    return;
  }
  switch (message.type) {
    case MessageType.campaign:
      maybeCampaign(core, core.settings.preVote ? 'preElection' : 'election');
      return;
    case MessageType.storageAppendResponse:
      handleStored(core, message);
      return;
    case MessageType.storageApplyResponse:
      handleApplied(core, message);
      return;
    case MessageType.vote:
    case MessageType.preVote:
      handleVoteRequest(core, message);
      return;
    default:
      stepRole(core, message);
  }
}

function stepRole(core: Core, message: Message): void {
  switch (core.role) {
    case 'leader':
      stepLeader(core, message);
      return;
    case 'candidate':
    case 'preCandidate':
      stepCandidate(core, message);
      return;
    case 'follower':
      stepFollower(core, message);
      return;
  }
}

/**
 * A message from a later term: this node enters it (section 3.3), but for pre-votes, which change no term.
 *
 * @returns false when the message is to be ignored
 */
function enterHigherTerm(core: Core, message: Message): boolean {
  const { type, term, from } = message;
  if (type === MessageType.vote || type === MessageType.preVote) {
    if (protectsLeader(core, message)) {
      core.logger.info({ term: core.term, from, leader: core.leader }, 'raft ignored a candidate: its leader lives');
      return false;
    }
    if (type === MessageType.preVote) return true;
  }
  // Granted in the future term that was asked about; a refusal carries the refuser's own.
  if (type === MessageType.preVoteResponse && !message.reject) return true;
  const leads = type === MessageType.append || type === MessageType.heartbeat || type === MessageType.snapshot;
  becomeFollower(core, term, leads ? from : noNode);
  return true;
}

/** A message from an earlier term is ignored, unless its sender needs to learn of the later one. */
function answerLowerTerm(core: Core, message: Message): void {
  const { type, from } = message;
  const { checkQuorum, preVote } = core.settings;
  if ((checkQuorum || preVote) && (type === MessageType.heartbeat || type === MessageType.append)) {
    // This node may have raised its term while it was cut off. Its votes are ignored or never asked for, so this answer
    // is what brings the old leader to the later term, and the two together again.
    core.outbox.send({ type: MessageType.appendResponse, to: from, term: core.term });
  } else if (type === MessageType.preVote) {
    // Without an answer, candidates with a higher term and a shorter log could keep each other from ever being elected.
    core.outbox.send({ type: MessageType.preVoteResponse, to: from, term: core.term, reject: true });
  } else if (type === MessageType.storageAppendResponse) {
    handleStoredInOlderTerm(core, message);
  }
}

/** Whether it is a request that only a leader or a candidate of some term makes. */
function isOfSomeTerm(type: MessageType): boolean {
  switch (type) {
    case MessageType.append:
    case MessageType.heartbeat:
    case MessageType.snapshot:
    case MessageType.vote:
    case MessageType.preVote:
    case MessageType.timeoutNow:
      return true;
    default:
      return false;
  }
}
