import type { Core } from './core.ts';
import { emptyBytes } from './entry.ts';
import { type LogIndex, noNode } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import { broadcastHeartbeat } from './replication.ts';

const encoder = new TextEncoder();

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
  if (message.context.length === 0) return;
  const read = core.pendingReads.get(message.context);
  if (read === undefined) return;
  read.acknowledged.add(message.from);
  if (core.tracker.voteResult((id) => (read.acknowledged.has(id) ? true : undefined)) !== 'won') return;
  core.lease.renew(read.askedTick);
  for (const { request, index } of core.pendingReads.confirmTo(message.context)) {
    if (request !== undefined) answerRead(core, request, index);
  }
}

/** Lets the heartbeats that are about to leave renew the lease: like a read that nobody asks. */
export function renewLease(core: Core): void {
  if (core.settings.readOnlyMode !== 'leaseBased' || core.pendingReads.full) return;
  enqueue(core, leaseContext(core.lease.now), undefined);
}

function confirmRead(core: Core, message: Message): void {
  const leases = core.settings.readOnlyMode === 'leaseBased';
  if (core.tracker.singleVoter || (leases && core.lease.held)) {
    answerRead(core, message, core.log.committed);
    return;
  }
  if (core.pendingReads.full) return;
  enqueue(core, readContext(message), message);
  broadcastHeartbeat(core);
}

function enqueue(core: Core, context: Uint8Array, request: Message | undefined): void {
  const { settings, lease, log } = core;
  const acknowledged = new Set([settings.id]);
  core.pendingReads.add(context, { request, index: log.committed, askedTick: lease.now, acknowledged });
}

/** Begins with a byte that no text begins with, to be told from contexts that users give. */
function leaseContext(tick: number): Uint8Array {
  return encoder.encode(`\0lease ${tick}`);
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
