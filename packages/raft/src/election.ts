import { assert } from '@streambus/runtime';
import { voterIds } from './configuration.ts';
import { type Core, isPromotable } from './core.ts';
import { EntryType, emptyBytes } from './entry.ts';
import { asIndex, type LogIndex, nextTerm, noNode } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import { broadcastAppend } from './replication.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './transitions.ts';

/** Why a node campaigns: to see whether it could win, in earnest, or because leadership is handed to it. */
export type CampaignKind = 'preElection' | 'election' | 'transfer';

/**
 * The context that tells voters not to protect a leader who asked for this election; its bytes are the wire format's.
 */
const transferContext: Uint8Array = new TextEncoder().encode('CampaignTransfer');

/** Campaigns, unless this node leads, may not lead, or has a membership change still to apply. */
export function maybeCampaign(core: Core, kind: CampaignKind): void {
  if (core.role === 'leader') return;
  if (!isPromotable(core)) {
    core.logger.warn({ id: core.settings.id }, 'raft cannot campaign: this node is no voter, or restores a snapshot');
    return;
  }
  // It would campaign by a membership that the cluster may have left.
  if (hasUnappliedConfChange(core)) {
    core.logger.warn({ term: core.term }, 'raft cannot campaign: a committed membership change is not applied yet');
    return;
  }
  campaign(core, kind);
}

/** Asks every voter for its vote, itself included. */
function campaign(core: Core, kind: CampaignKind): void {
  const preElection = kind === 'preElection';
  if (preElection) becomePreCandidate(core);
  else becomeCandidate(core);
  const term = preElection ? nextTerm(core.term) : core.term;
  const last = core.log.lastId;
  for (const to of voterIds(core.tracker.configuration.voters)) {
    if (to === core.settings.id) {
      // Its own vote counts once it is stored, like any other.
      core.outbox.send({ type: preElection ? MessageType.preVoteResponse : MessageType.voteResponse, to, term });
      continue;
    }
    core.outbox.send({
      type: preElection ? MessageType.preVote : MessageType.vote,
      to,
      term,
      index: last.index,
      logTerm: last.term,
      context: kind === 'transfer' ? transferContext : emptyBytes,
    });
  }
}

/**
 * A vote for this candidate or pre-candidate came, or a refusal.
 *
 * The votes of others may be enough before its own is stored. It waits for that: a leader that comes back from a crash in the term before could
 * be elected again in the same one, by the same voters, and write other entries at the same places (figure 3.2, election safety).
 */
export function handleVoteResponse(core: Core, message: Message): void {
  core.tracker.recordVote(message.from, !message.reject);
  const { result, granted, rejected } = core.tracker.tally();
  core.logger.debug({ term: core.term, from: message.from, granted, rejected }, 'raft counted a vote');
  if (result === 'won') {
    if (core.role === 'preCandidate') {
      campaign(core, 'election');
    } else if (core.tracker.hasVoteOf(core.settings.id)) {
      becomeLeader(core);
      broadcastAppend(core);
    }
  } else if (result === 'lost') {
    // A pre-vote's answer carries the term asked about, which was not entered.
    becomeFollower(core, core.term, noNode);
  }
}

/**
 * Someone asks for a vote or a pre-vote. One real vote is given per term, to a candidate whose log is at least as
 * complete (section 3.6.1). Learners vote too when asked: the candidate may know of a promotion that they do not.
 */
export function handleVoteRequest(core: Core, message: Message): void {
  const { from, term, type } = message;
  // Its own term may have risen to the candidate's; what it promised stands.
  if (core.settings.readOnlyMode === 'leaseBased' && protectsLeader(core, message)) return;
  const real = type === MessageType.vote;
  const mayVote = core.vote === from || (core.vote === noNode && core.leader === noNode) || (!real && term > core.term);
  const granted = mayVote && core.log.isUpToDate({ index: message.index, term: message.logTerm });
  core.logger.info({ term: core.term, from, granted, real, vote: core.vote }, 'raft was asked for a vote');
  const response = real ? MessageType.voteResponse : MessageType.preVoteResponse;
  if (!granted) {
    core.outbox.send({ type: response, to: from, term: core.term, reject: true });
    return;
  }
  // A pre-vote is answered in the term that was asked about: the asker is not there yet, and would ignore another.
  core.outbox.send({ type: response, to: from, term });
  if (real) {
    core.electionElapsedTicks = 0;
    core.vote = from;
  }
}

/**
 * Whether a leader was heard so recently that no other election is answered (section 4.2.3), unless it asked for it.
 */
export function protectsLeader(core: Core, message: Message): boolean {
  return hasHeardLeader(core) && !isTransfer(message.context);
}

/** Whether a leader may rely on this node not to elect another. */
export function hasHeardLeader(core: Core): boolean {
  const { checkQuorum, electionTimeoutTicks, readOnlyMode } = core.settings;
  // A later term that it hears of from somebody else does not free it from what it promised.
  if (readOnlyMode === 'leaseBased') return core.role === 'leader' || core.promisedTicks > 0;
  return checkQuorum && core.leader !== noNode && core.electionElapsedTicks < electionTimeoutTicks;
}

function isTransfer(context: Uint8Array): boolean {
  return context.length === transferContext.length && context.every((byte, at) => byte === transferContext[at]);
}

function hasUnappliedConfChange(core: Core): boolean {
  const { log, settings } = core;
  const end = asIndex(log.committed + 1);
  let low: LogIndex = asIndex(log.applied + 1);
  while (low < end) {
    const entries = log.slice(low, end, settings.maxCommittedBytesPerReady);
    assert(entries.length > 0, () => `no entries from ${low} to ${end - 1}`);
    if (entries.some(({ type }) => type !== EntryType.normal)) return true;
    low = asIndex(low + entries.length);
  }
  return false;
}
