import type { Core } from './core.ts';
import { minIndex } from './identifiers.ts';
import { type Message, MessageType } from './message.ts';
import { restoreSnapshot } from './snapshots.ts';

/** What a follower does with what its leader sends. */

/** Entries: takes them, or says where the logs may agree (section 3.5). */
export function handleAppend(core: Core, message: Message): void {
  const { log, term } = core;
  const reply = { type: MessageType.appendResponse, to: message.from, term };
  if (message.index < log.committed) {
    core.outbox.send({ ...reply, index: log.committed });
    return;
  }
  const previous = { index: message.index, term: message.logTerm };
  const lastNew = log.maybeAppend({ previous, entries: message.entries }, message.commit);
  if (lastNew !== undefined) {
    core.outbox.send({ ...reply, index: lastNew });
    return;
  }
  // Skips a whole term's entries per refusal in place of one entry: those above the leader's term cannot be its.
  const hint = log.findConflictByTerm(minIndex(message.index, log.lastIndex), message.logTerm);
  core.logger.debug({ index: message.index, logTerm: message.logTerm, hint: hint.index }, 'raft refused an append');
  core.outbox.send({ ...reply, index: message.index, reject: true, rejectHint: hint.index, logTerm: hint.term });
}

/** A heartbeat: takes the commit index, and sends the read's context back. */
export function handleHeartbeat(core: Core, message: Message): void {
  core.log.commitTo(message.commit);
  core.outbox.send({
    type: MessageType.heartbeatResponse,
    to: message.from,
    term: core.term,
    context: message.context,
  });
}

/** A snapshot: takes it, or says how far this log already is. */
export function handleSnapshot(core: Core, message: Message): void {
  const restored = message.snapshot !== undefined && restoreSnapshot(core, message.snapshot);
  const index = restored ? core.log.lastIndex : core.log.committed;
  core.outbox.send({ type: MessageType.appendResponse, to: message.from, term: core.term, index });
}
