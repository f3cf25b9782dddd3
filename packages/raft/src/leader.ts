import type { Core } from './core.ts';
import { type LogIndex, type NodeId, noNode, zeroIndex } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import type { Progress } from './progress.ts';
import { proposeAsLeader } from './proposals.ts';
import { handleReadAcknowledgement, handleReadIndex, releasePostponedReads, renewLease } from './reads.ts';
import {
  broadcastAppend,
  broadcastHeartbeat,
  fillPipeline,
  maybeCommit,
  maybeSendAppend,
  sendTimeoutNow,
} from './replication.ts';
import { abortLeaderTransfer, becomeFollower } from './transitions.ts';

/** A leader's part of {@link step}. */
export function stepLeader(core: Core, message: Message): void {
  switch (message.type) {
    case MessageType.beat:
      renewLease(core);
      broadcastHeartbeat(core);
      return;
    case MessageType.checkQuorum:
      checkQuorum(core);
      return;
    case MessageType.propose:
      proposeAsLeader(core, message.entries);
      return;
    case MessageType.readIndex:
      handleReadIndex(core, message);
      return;
    default: {
      const progress = core.tracker.progress.get(message.from);
      if (progress !== undefined) stepMember(core, message, progress);
    }
  }
}

/**
 * Stops leading, and names an heir: with this leader's leave it is elected at once, where the others would wait for an election timeout. If it cannot
 * be, or never hears of it, they do.
 */
export function resign(core: Core): void {
  const heir = heirOf(core);
  core.logger.warn({ term: core.term, heir }, 'raft leader resigns');
  if (heir !== undefined) sendTimeoutNow(core, heir);
  becomeFollower(core, core.term, noNode);
}

/** The voter that is known to have most of the log, which is all that is committed, among those that were heard lately. */
function heirOf(core: Core): NodeId | undefined {
  const { progress, configuration } = core.tracker;
  let heir: { readonly id: NodeId; readonly match: LogIndex } | undefined;
  for (const [id, { match, recentActive }] of progress) {
    const isAble = recentActive && id !== core.settings.id && configuration.voters.incoming.includes(id);
    if (isAble && (heir === undefined || match > heir.match)) heir = { id, match };
  }
  return heir?.id;
}

/** What concerns one member. */
function stepMember(core: Core, message: Message, progress: Progress): void {
  switch (message.type) {
    case MessageType.appendResponse:
      progress.recentActive = true;
      if (message.reject) handleRefusal(core, message, progress);
      else handleAcceptance(core, message, progress);
      return;
    case MessageType.heartbeatResponse:
      handleHeartbeatResponse(core, message, progress);
      return;
    case MessageType.snapshotStatus:
      handleSnapshotStatus(message, progress);
      return;
    case MessageType.unreachable:
      progress.becomeUnreachable();
      return;
    case MessageType.transferLeader:
      handleTransfer(core, message, progress);
      return;
    default:
      return;
  }
}

/** A leader that does not hear a quorum may have been replaced, and serves nobody (section 6.2). */
function checkQuorum(core: Core): void {
  if (!core.tracker.quorumActive()) {
    core.logger.warn({ term: core.term }, 'raft leader steps down: it does not hear a quorum');
    becomeFollower(core, core.term, noNode);
  }
  for (const [id, progress] of core.tracker.progress) {
    if (id !== core.settings.id) progress.recentActive = false;
  }
}

/** The logs do not agree where it was asked: goes back to where they may (section 3.5). */
function handleRefusal(core: Core, message: Message, progress: Progress): void {
  const hint = refusalHint(core, message);
  core.logger.debug({ from: message.from, index: message.index, hint }, 'raft append was refused');
  if (!progress.maybeDecrease(message.index, hint)) return;
  if (progress.state === 'replicate') progress.becomeProbe();
  maybeSendAppend(core, message.from, progress, true);
}

/** What the follower has at its hint is of `logTerm`; entries of this log above that term cannot be in it. */
function refusalHint(core: Core, message: Message): LogIndex {
  if (message.logTerm === 0) return message.rejectHint;
  return core.log.findConflictByTerm(message.rejectHint, message.logTerm).index;
}

/** The follower, or this node's own storage, has everything up to `message.index`. */
function handleAcceptance(core: Core, message: Message, progress: Progress): void {
  const { from, index } = message;
  const probed = progress.state === 'probe' && progress.match === index;
  if (!progress.maybeUpdate(index) && !probed) return;
  resumeReplication(core, index, progress);
  if (maybeCommit(core)) {
    releasePostponedReads(core);
    broadcastAppend(core);
  } else if (from !== core.settings.id && progress.canBumpCommit(core.log.committed)) {
    maybeSendAppend(core, from, progress, true);
  }
  if (from === core.settings.id) return;
  fillPipeline(core, from, progress);
  if (from === core.leadTransferee && progress.match === core.log.lastIndex) sendTimeoutNow(core, from);
}

function resumeReplication(core: Core, index: LogIndex, progress: Progress): void {
  switch (progress.state) {
    case 'probe':
      progress.becomeReplicate();
      return;
    case 'snapshot':
      // From wherever the snapshot came: as soon as the log reaches back to the follower, it can be fed again.
      if (progress.match + 1 >= core.log.firstIndex) progress.becomeReplicate();
      return;
    case 'replicate':
      progress.inflights.freeTo(index);
      return;
  }
}

function handleHeartbeatResponse(core: Core, message: Message, progress: Progress): void {
  progress.recentActive = true;
  progress.heartbeatAnswered(core.settings.probeTimeoutTicks);
  // It lives, but lacks entries, or is being probed: an append finds out what became of those on their way.
  if (progress.match < core.log.lastIndex || progress.state === 'probe') {
    maybeSendAppend(core, message.from, progress, true);
  }
  handleReadAcknowledgement(core, message);
}

function handleSnapshotStatus(message: Message, progress: Progress): void {
  if (progress.state !== 'snapshot') return;
  if (message.reject) progress.pendingSnapshot = zeroIndex;
  progress.becomeProbe();
  // Arrived: its acknowledgement is on the way. Failed: not again before the next heartbeat is answered.
  progress.flowPaused = true;
}

/** Hands leadership over as soon as the log of `message.from` is complete (section 3.10). */
function handleTransfer(core: Core, message: Message, progress: Progress): void {
  const to = message.from;
  if (progress.learner || to === core.leadTransferee) return;
  abortLeaderTransfer(core);
  if (to === core.settings.id) return;
  // It has one election timeout from now.
  core.electionElapsedTicks = 0;
  core.leadTransferee = to;
  if (progress.match === core.log.lastIndex) sendTimeoutNow(core, to);
  else maybeSendAppend(core, to, progress, true);
}
