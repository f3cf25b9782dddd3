import { toConfChangeV2 } from './conf-change.ts';
import { decodeConfChange } from './conf-change-codec.ts';
import { isJoint } from './configuration.ts';
import type { Core } from './core.ts';
import { type Entry, EntryType, emptyBytes, payloadBytes } from './entry.ts';
import { RaftError } from './errors.ts';
import { asIndex, noNode } from './identifiers.ts';
import type { Message } from './message.ts';
import { MessageType } from './message.ts';
import { broadcastAppend } from './replication.ts';

/** What a proposal says; the leader gives it its place. */
export type ProposedEntry = Pick<Entry, 'type' | 'data'>;

/**
 * Takes proposals into the leader's log and sends them on.
 *
 * @throws RaftError when they are dropped: {@link isProposalDropped}
 */
export function proposeAsLeader(core: Core, proposed: readonly ProposedEntry[]): void {
  const { settings, leadTransferee } = core;
  if (!core.tracker.progress.has(settings.id)) {
    throw new RaftError('RAFT_REMOVED', `proposal dropped: leader ${settings.id} was removed from the cluster`);
  }
  if (leadTransferee !== noNode) {
    throw new RaftError('RAFT_TRANSFERRING', `proposal dropped: leadership is being handed to node ${leadTransferee}`, {
      retriable: true,
    });
  }
  if (!appendAsLeader(core, admitConfChanges(core, proposed))) {
    throw new RaftError(
      'RAFT_UNCOMMITTED_FULL',
      `proposal dropped: ${core.uncommittedBytes} bytes of proposals wait; at most ${settings.maxUncommittedBytes} may`,
      { retriable: true },
    );
  }
  broadcastAppend(core);
}

/**
 * What a follower does with a proposal: passes it to the leader it knows.
 *
 * @throws RaftError `RAFT_NO_LEADER` or `RAFT_NOT_LEADER`
 */
export function forwardProposal(core: Core, message: Message): void {
  if (core.leader === noNode) throw withoutLeader(core);
  if (core.settings.disableProposalForwarding) {
    throw new RaftError(
      'RAFT_NOT_LEADER',
      `proposal dropped: node ${core.settings.id} follows node ${core.leader} and must not forward`,
      { retriable: true },
    );
  }
  core.outbox.send(forwarded(core, message));
}

/** What a proposal meets where no leader is known. */
export function withoutLeader(core: Core): RaftError {
  const { term, settings } = core;
  return new RaftError('RAFT_NO_LEADER', `proposal dropped: node ${settings.id} knows no leader in term ${term}`, {
    retriable: true,
  });
}

/**
 * Gives entries their places at the end of the leader's log.
 *
 * @returns false when they would exceed `maxUncommittedBytes`; an empty log takes any, and empty entries always fit
 */
export function appendAsLeader(core: Core, proposed: readonly ProposedEntry[]): boolean {
  const { log, term } = core;
  const lastIndex = log.lastIndex;
  const entries = proposed.map(
    ({ type, data }, position): Entry => ({ term, index: asIndex(lastIndex + 1 + position), type, data }),
  );
  if (!reserveUncommitted(core, payloadBytes(entries))) return false;
  log.append(entries);
  // The leader acknowledges its own entries like a follower does: when they are stored.
  core.outbox.send({ type: MessageType.appendResponse, to: core.settings.id, term, index: log.lastIndex });
  return true;
}

/** Entries were applied: their bytes may be proposed anew. */
export function releaseUncommitted(core: Core, bytes: number): void {
  // A leader also applies entries that were proposed to others, and were not counted here.
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - bytes);
}

/** The same message for the leader; proposals and reads belong to no term. */
export function forwarded(core: Core, message: Message): Message {
  const from = message.from === noNode ? core.settings.id : message.from;
  return { ...message, to: core.leader, from };
}

function reserveUncommitted(core: Core, bytes: number): boolean {
  const total = core.uncommittedBytes + bytes;
  if (core.uncommittedBytes > 0 && bytes > 0 && total > core.settings.maxUncommittedBytes) return false;
  core.uncommittedBytes = total;
  return true;
}

/**
 * Lets one membership change in at a time (section 4.1); one that comes too early becomes an empty entry, so that its
 * proposer sees it go by.
 */
function admitConfChanges(core: Core, proposed: readonly ProposedEntry[]): readonly ProposedEntry[] {
  if (proposed.every(({ type }) => type === EntryType.normal)) return proposed;
  const lastIndex = core.log.lastIndex;
  return proposed.map((entry, position) => {
    const change = decodeConfChange(entry);
    if (change === undefined) return entry;
    const refusal = refuseConfChange(core, toConfChangeV2(change).changes.length === 0);
    if (refusal !== undefined && !core.settings.disableConfChangeValidation) {
      core.logger.info({ change, refusal }, 'raft ignored a membership change');
      return { type: EntryType.normal, data: emptyBytes };
    }
    core.pendingConfIndex = asIndex(lastIndex + 1 + position);
    return entry;
  });
}

function refuseConfChange(core: Core, leavesJoint: boolean): string | undefined {
  const { pendingConfIndex, log } = core;
  if (pendingConfIndex > log.applied) {
    return `a change may be pending up to index ${pendingConfIndex}; applied is ${log.applied}`;
  }
  const joint = isJoint(core.tracker.configuration);
  if (joint && !leavesJoint) return 'the joint configuration must be left first';
  if (!joint && leavesJoint) return 'there is no joint configuration to leave';
  return undefined;
}
