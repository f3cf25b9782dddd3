import type { Core } from './core.ts';
import { EntryType, emptyBytes, entriesBytes, payloadBytes } from './entry.ts';
import { isProposalDropped } from './errors.ts';
import type { LogIndex } from './identifiers.ts';
import type { Message } from './message.ts';
import { proposeAsLeader, releaseUncommitted } from './proposals.ts';
import type { Snapshot } from './snapshot.ts';

/** What is stored and applied, as the local threads or {@link Raft.advance} report it. */

/** Entries and a snapshot were stored, in the term in which they were handed out. */
export function handleStored(core: Core, message: Message): void {
  if (message.index !== 0) core.log.stableTo({ index: message.index, term: message.logTerm });
  if (message.snapshot !== undefined) snapshotInstalled(core, message.snapshot);
}

/**
 * The same from an older term: entries may have been replaced since, but what a snapshot holds is committed for ever.
 */
export function handleStoredInOlderTerm(core: Core, message: Message): void {
  if (message.snapshot !== undefined) snapshotInstalled(core, message.snapshot);
}

/** Committed entries were applied. */
export function handleApplied(core: Core, message: Message): void {
  const last = message.entries.at(-1);
  if (last === undefined) return;
  appliedTo(core, last.index, entriesBytes(message.entries));
  releaseUncommitted(core, payloadBytes(message.entries));
}

function snapshotInstalled(core: Core, snapshot: Snapshot): void {
  core.log.stableSnapshotTo(snapshot.metadata.index);
  appliedTo(core, snapshot.metadata.index, 0);
}

function appliedTo(core: Core, index: LogIndex, bytes: number): void {
  core.log.appliedTo(index, bytes);
  const { autoLeave } = core.tracker.configuration;
  if (autoLeave && core.role === 'leader' && core.log.applied >= core.pendingConfIndex) leaveJointConfiguration(core);
}

/** The joint configuration is in force, so the one behind it can follow (section 4.3). */
function leaveJointConfiguration(core: Core): void {
  try {
    // Without bytes, so that no limit refuses it.
    proposeAsLeader(core, [{ type: EntryType.confChangeV2, data: emptyBytes }]);
    core.logger.info({ term: core.term }, 'raft leaves the joint configuration');
  } catch (error) {
    // While leadership is handed over; whoever leads afterwards tries again when it applies an entry.
    if (!isProposalDropped(error)) throw error;
  }
}
