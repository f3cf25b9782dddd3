import { assert } from '@streambus/runtime';
import type { Core } from './core.ts';
import { EntryType, emptyBytes } from './entry.ts';
import { asIndex, type NodeId, nextTerm, noNode, type Term } from './identifiers.ts';
import { appendAsLeader } from './proposals.ts';
import type { Role } from './ready.ts';

/** The four roles and the ways between them (dissertation, figure 3.3; the pre-candidate: section 9.6). */

/** Follows `leader` in `term`; 0 where the leader is not known. */
export function becomeFollower(core: Core, term: Term, leader: NodeId): void {
  reset(core, term);
  if (leader !== noNode) hearLeader(core, leader);
  enter(core, 'follower');
}

/** Whoever sends as the leader of this term is it. */
export function hearLeader(core: Core, leader: NodeId): void {
  core.electionElapsedTicks = 0;
  core.leader = leader;
  if (core.settings.readOnlyMode === 'leaseBased') core.promisedTicks = core.settings.electionTimeoutTicks;
}

/** Begins an election in the next term, voting for itself. */
export function becomeCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader campaigns');
  reset(core, nextTerm(core.term));
  core.vote = core.settings.id;
  enter(core, 'candidate');
}

/** Asks whether an election could be won, changing neither term nor vote. */
export function becomePreCandidate(core: Core): void {
  assert(core.role !== 'leader', 'a leader campaigns');
  core.tracker.resetVotes();
  core.leader = noNode;
  enter(core, 'preCandidate');
}

/** Won: begins the term with an empty entry, so that older entries can be committed with it (section 3.6.2). */
export function becomeLeader(core: Core): void {
  assert(core.role !== 'follower', 'a follower takes over without an election');
  reset(core, core.term);
  core.leader = core.settings.id;
  enter(core, 'leader');
  const own = core.tracker.progress.get(core.settings.id);
  assert(own !== undefined, () => `node ${core.settings.id} leads and is no member`);
  own.becomeReplicate();
  own.recentActive = true;
  // There may be a membership change in the uncommitted tail; waiting for the whole tail is cheaper than looking.
  core.pendingConfIndex = core.log.lastIndex;
  const appended = appendAsLeader(core, [{ type: EntryType.normal, data: emptyBytes }]);
  assert(appended, 'the entry that begins a term was refused');
}

/** Gives up handing over leadership. */
export function abortLeaderTransfer(core: Core): void {
  core.leadTransferee = noNode;
}

function reset(core: Core, term: Term): void {
  if (term !== core.term) {
    assert(term > core.term, () => `term goes from ${core.term} to ${term}`);
    core.term = term;
    core.vote = noNode;
  }
  core.leader = noNode;
  core.electionElapsedTicks = 0;
  core.heartbeatElapsedTicks = 0;
  const { electionTimeoutTicks } = core.settings;
  core.randomizedElectionTimeoutTicks = electionTimeoutTicks + core.random.below(electionTimeoutTicks);
  abortLeaderTransfer(core);
  core.tracker.reset(core.settings.id, core.log.lastIndex);
  core.pendingConfIndex = asIndex(0);
  core.uncommittedBytes = 0;
  core.lease.reset();
  core.pendingReads.clear();
  core.postponedReads.length = 0;
}

function enter(core: Core, role: Role): void {
  const from = core.role;
  core.role = role;
  if (from !== role || role === 'candidate') {
    core.logger.debug({ term: core.term, from, to: role, leader: core.leader }, 'raft role changed');
  }
}
