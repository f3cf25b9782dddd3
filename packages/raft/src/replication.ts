import { assert } from '@streambus/runtime';
import { namesMember } from './conf-state.ts';
import type { Core } from './core.ts';
import { payloadBytes } from './entry.ts';
import { isRaftError } from './errors.ts';
import { asIndex, minIndex, type NodeId } from './identifiers.ts';
import { MessageType } from './message.ts';
import type { Progress } from './progress.ts';
import { isEmptySnapshot, type Snapshot } from './snapshot.ts';

/** How a leader feeds its followers: AppendEntries, heartbeats, snapshots, and the commit index that comes of it. */

/** Sends what there is to every other member that may be sent to, and at least the commit index. */
export function broadcastAppend(core: Core): void {
  for (const [id, progress] of core.tracker.progress) {
    if (id !== core.settings.id) maybeSendAppend(core, id, progress, true);
  }
}

/** Sends new entries to every other member that may be sent to. */
export function broadcastEntries(core: Core): void {
  for (const [id, progress] of core.tracker.progress) {
    if (id !== core.settings.id) maybeSendAppend(core, id, progress, false);
  }
}

/** Sends one follower as many appends with entries as its pipeline takes. */
export function fillPipeline(core: Core, id: NodeId, progress: Progress): void {
  while (maybeSendAppend(core, id, progress, false));
}

/**
 * Sends one append, or a snapshot where the entries are gone.
 *
 * @param sendIfEmpty - send it without entries too: it carries the commit index, and asks where the logs agree
 * @returns whether anything was sent
 */
export function maybeSendAppend(core: Core, id: NodeId, progress: Progress, sendIfEmpty: boolean): boolean {
  if (progress.paused) return false;
  const { log } = core;
  const previousIndex = asIndex(progress.next - 1);
  const previousTerm = log.termAt(previousIndex);
  if (previousTerm === undefined) return maybeSendSnapshot(core, id, progress);
  // A full pipeline whose messages were all lost would wait for ever; an empty append finds that out.
  const throttled = progress.state === 'replicate' && progress.inflights.full;
  if (progress.next < log.firstIndex && !throttled) return maybeSendSnapshot(core, id, progress);
  const entries = throttled ? [] : log.entriesFrom(progress.next, core.settings.maxMessageBytes);
  if (entries.length === 0 && !sendIfEmpty) return false;
  core.outbox.send({
    type: MessageType.append,
    to: id,
    term: core.term,
    index: previousIndex,
    logTerm: previousTerm,
    entries,
    commit: log.committed,
  });
  progress.entriesSent(entries.length, payloadBytes(entries));
  progress.commitSent(log.committed);
  return true;
}

/** Tells everyone that the leader lives; with a context, that of the newest read waiting. */
export function broadcastHeartbeat(core: Core): void {
  const context = core.pendingReads.newestContext;
  for (const [id, progress] of core.tracker.progress) {
    if (id !== core.settings.id) sendHeartbeat(core, id, progress, context);
  }
}

function sendHeartbeat(core: Core, id: NodeId, progress: Progress, context: Uint8Array | undefined): void {
  // The follower may not have what was committed: it can only take an index that it is known to have.
  const commit = minIndex(progress.match, core.log.committed);
  const fields = { type: MessageType.heartbeat, to: id, term: core.term, commit };
  core.outbox.send(context === undefined ? fields : { ...fields, context });
  progress.commitSent(commit);
}

/** Advances the commit index to what a quorum has stored; returns whether it moved. */
export function maybeCommit(core: Core): boolean {
  return core.log.maybeCommit({ index: core.tracker.committed(), term: core.term });
}

/** Tells the follower to campaign now (section 3.10). */
export function sendTimeoutNow(core: Core, id: NodeId): void {
  core.lease.forfeit();
  core.outbox.send({ type: MessageType.timeoutNow, to: id, term: core.term });
}

function maybeSendSnapshot(core: Core, id: NodeId, progress: Progress): boolean {
  // Snapshots are large: none for a follower that says nothing.
  if (!progress.recentActive) return false;
  const snapshot = readSnapshot(core);
  // One from before it joined would be ignored by it, and asked for again at once, for ever.
  if (snapshot === undefined || !namesMember(snapshot.metadata.confState, id)) return false;
  const { index, term } = snapshot.metadata;
  core.logger.debug({ to: id, index, term, next: progress.next }, 'raft sends a snapshot');
  progress.becomeSnapshot(index);
  core.outbox.send({ type: MessageType.snapshot, to: id, term: core.term, snapshot });
  return true;
}

/** The newest snapshot; undefined when storage has none at hand now. */
function readSnapshot(core: Core): Snapshot | undefined {
  try {
    const snapshot = core.log.snapshot();
    assert(!isEmptySnapshot(snapshot), 'storage compacted its log and has no snapshot of it');
    return snapshot;
  } catch (error) {
    if (isRaftError(error, 'RAFT_SNAPSHOT_UNAVAILABLE')) return undefined;
    throw error;
  }
}
