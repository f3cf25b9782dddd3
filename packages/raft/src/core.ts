import { assert, type Logger, type Random, silentLogger } from '@streambus/runtime';
import { fromConfState, memberIds } from './configuration.ts';
import type { HardState } from './hard-state.ts';
import { asIndex, type LogIndex, maxIndex, type NodeId, noNode, type Term } from './identifiers.ts';
import { Lease } from './lease.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import type { RaftDependencies } from './raft.ts';
import { RaftLog } from './raft-log.ts';
import { ReadOnlyQueue } from './read-only.ts';
import type { ReadState, Role, SoftState } from './ready.ts';
import type { Settings } from './settings.ts';
import { Tracker } from './tracker.ts';

/**
 * One node's state. The files beside this one are what happens to it: one per role (`follower`, `candidate`, `leader`)
 * and per concern (`election`, `replication`, `proposals`, `reads`, `snapshots`, `membership`, `storage-work`).
 *
 * Invariants ({@link checkCore} holds them after every input):
 * 1. `term` never goes down, and `vote` changes at most once per term, from nobody to somebody.
 * 2. A leader's `leader` is itself; a candidate's is nobody.
 * 3. `leadTransferee`, `pendingReads` and `uncommittedBytes` are empty unless this node leads.
 * 4. The log's own invariants ({@link RaftLog}).
 */
export interface Core {
  readonly settings: Settings;
  readonly random: Random;
  readonly logger: Logger;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly outbox: Outbox;

  term: Term;
  vote: NodeId;
  role: Role;
  leader: NodeId;

  /** Ticks since a leader was heard, or for a leader since the last quorum check. */
  electionElapsedTicks: number;
  /** Ticks since the last heartbeat went out; counted by the leader. */
  heartbeatElapsedTicks: number;
  /** When to campaign, drawn anew at each change of role (section 3.4). */
  randomizedElectionTimeoutTicks: number;

  /** To whom leadership is being handed. */
  leadTransferee: NodeId;
  /** No membership change is taken while `log.applied` is below this index. */
  pendingConfIndex: LogIndex;
  /** Bytes of proposals in the log that were not applied yet. */
  uncommittedBytes: number;

  /** This leader's. */
  readonly lease: Lease;
  /** `leaseBased` reads: for so long this node has promised not to vote, whatever it is. */
  promisedTicks: number;

  /** Reads that wait for a quorum. */
  readonly pendingReads: ReadOnlyQueue;
  /** Reads that wait for the first commit of this leader's term. */
  readonly postponedReads: Message[];
  /** Reads that may run. */
  readStates: ReadState[];
}

/** The state of a node that starts on what its storage holds, as a follower. */
export function createCore(settings: Settings, dependencies: RaftDependencies): Core {
  const { storage, random } = dependencies;
  const { hardState, confState } = storage.initialState();
  const log = new RaftLog(storage, settings.maxCommittedBytesPerReady);
  const tracker = new Tracker(settings);
  const configuration = fromConfState(confState);
  tracker.switchTo(configuration, new Set(memberIds(configuration)), log.lastIndex);
  restoreLog(log, hardState, settings.applied);
  const core: Core = {
    settings,
    random,
    logger: dependencies.logger ?? silentLogger,
    log,
    tracker,
    outbox: new Outbox(settings.id, settings.readOnlyMode),
    term: hardState.term,
    vote: hardState.vote,
    role: 'follower',
    leader: noNode,
    electionElapsedTicks: 0,
    heartbeatElapsedTicks: 0,
    randomizedElectionTimeoutTicks: 0,
    leadTransferee: noNode,
    pendingConfIndex: asIndex(0),
    uncommittedBytes: 0,
    lease: new Lease(settings.electionTimeoutTicks),
    // Before it stopped it may have answered a leader.
    promisedTicks: settings.readOnlyMode === 'leaseBased' && hardState.term > 0 ? settings.electionTimeoutTicks : 0,
    pendingReads: new ReadOnlyQueue(settings.maxPendingReads),
    postponedReads: [],
    readStates: [],
  };
  return core;
}

function restoreLog(log: RaftLog, hardState: HardState, applied: LogIndex): void {
  // Stored without a sync, and beside applying, the commit index may be behind what was applied; that was committed.
  const committed = maxIndex(hardState.commit, applied);
  assert(committed <= log.lastIndex, () => {
    return `stored commit is ${hardState.commit}, applied ${applied}, the last entry ${log.lastIndex}: was the log lost?`;
  });
  log.commitTo(committed);
  if (applied > 0) log.appliedTo(applied, 0);
}

/** What must be persisted beside the log. */
export function hardStateOf(core: Core): HardState {
  return { term: core.term, vote: core.vote, commit: core.log.committed };
}

/** What need not. */
export function softStateOf(core: Core): SoftState {
  return { leader: core.leader, role: core.role };
}

/** Whether this node is a member that may lead: a voter, with no snapshot about to replace its log. */
export function isPromotable(core: Core): boolean {
  const own = core.tracker.progress.get(core.settings.id);
  return own !== undefined && !own.learner && !core.log.hasUnstableSnapshot;
}

/** Holds the invariants of {@link Core} that can be read off one state. */
export function checkCore(core: Core): void {
  const { role, leader, settings } = core;
  assert(
    role !== 'leader' || leader === settings.id,
    () => `node ${settings.id} leads and takes ${leader} for the leader`,
  );
  assert(
    (role !== 'candidate' && role !== 'preCandidate') || leader === noNode,
    () => `node ${settings.id} is ${role} and takes ${leader} for the leader`,
  );
  assert(
    role === 'leader' || core.leadTransferee === noNode,
    () => `node ${settings.id} hands over what it does not have`,
  );
  assert(core.log.applied <= core.log.committed, () => `applied ${core.log.applied} is beyond ${core.log.committed}`);
}
