import type { Core } from './core.ts';
import { emptyBytes } from './entry.ts';
import { type LogIndex, noNode } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import { broadcastHeartbeat } from './replication.ts';

/** Linearizable reads without a log entry (section 6.4). */

/** The context that a read request carries. */
export function readContext(message: Message): Uint8Array {
  return message.entries[0]?.data ?? emptyBytes;
}

/** The leader is asked where a read may begin. */
export function handleReadIndex(core: Core, message: Message): void {
  // Heartbeats carry the context; without one nothing could confirm it.
  if (readContext(message).length === 0) return;
  if (!committedInCurrentTerm(core)) {
    // Until then it cannot know what its predecessors committed; nor what it has itself, before it restarted.
    if (core.postponedReads.length < core.settings.maxPendingReads) core.postponedReads.push(message);
    return;
  }
  confirmRead(core, message);
}

/** The leader has committed in its term: reads that waited for it may be confirmed. */
export function releasePostponedReads(core: Core): void {
  if (core.postponedReads.length === 0 || !committedInCurrentTerm(core)) return;
  const reads = core.postponedReads.splice(0);
  for (const read of reads) confirmRead(core, read);
}

/** A heartbeat was answered: the sender took this node for the leader after the reads up to its context had come. */
export function handleReadAcknowledgement(core: Core, message: Message): void {
  if (core.settings.readOnlyMode !== 'safe' || message.context.length === 0) return;
  const read = core.pendingReads.get(message.context);
  if (read === undefined) return;
  read.acknowledged.add(message.from);
  if (core.tracker.voteResult((id) => (read.acknowledged.has(id) ? true : undefined)) !== 'won') return;
  for (const { request, index } of core.pendingReads.confirmTo(message.context)) answerRead(core, request, index);
}

function confirmRead(core: Core, message: Message): void {
  const index = core.log.committed;
  if (core.tracker.singleVoter || core.settings.readOnlyMode === 'leaseBased') {
    answerRead(core, message, index);
    return;
  }
  if (core.pendingReads.full) return;
  const context = readContext(message);
  core.pendingReads.add(context, { request: message, index, acknowledged: new Set([core.settings.id]) });
  broadcastHeartbeat(core);
}

function answerRead(core: Core, request: Message, index: LogIndex): void {
  const context = readContext(request);
  if (request.from === noNode || request.from === core.settings.id) {
    core.readStates.push({ index, context });
    return;
  }
  core.outbox.send({
    type: MessageType.readIndexResponse,
    to: request.from,
    term: core.term,
    index,
    entries: request.entries,
  });
}

function committedInCurrentTerm(core: Core): boolean {
  return core.log.termAt(core.log.committed) === core.term;
}
