import { type ConfChangeV2, jointTransition, leavesJoint } from './conf-change.ts';
import type { ConfState } from './conf-state.ts';
import { isVoter, toConfState } from './configuration.ts';
import { type ChangeRefusal, type ChangeResult, changeSimply, enterJoint, leaveJoint } from './configuration-change.ts';
import type { Core } from './core.ts';
import { RaftError } from './errors.ts';
import { noNode } from './identifiers.ts';
import { broadcastAppend, broadcastEntries, maybeCommit } from './replication.ts';
import { abortLeaderTransfer, becomeFollower } from './transitions.ts';

const refusals: Readonly<Record<ChangeRefusal, string>> = {
  alreadyJoint: 'the configuration is joint already; leave it first',
  notJoint: 'there is no joint configuration to leave',
  noVoters: 'there are no voters; a joint configuration needs some',
  simpleInJoint: 'the configuration is joint; it must be left before another change',
  manyVoters: 'more than one voter would change; that takes a joint configuration',
  removesAllVoters: 'no voter would be left',
};

/**
 * Puts a committed change in force.
 *
 * @throws RaftError `RAFT_CONF_CHANGE_INVALID`
 */
export function applyConfChange(core: Core, change: ConfChangeV2): ConfState {
  const result = computeChange(core, change);
  if (typeof result === 'string') {
    throw new RaftError('RAFT_CONF_CHANGE_INVALID', `membership change cannot be made: ${refusals[result]}`);
  }
  return switchConfiguration(core, result);
}

/** Makes `result` the membership, and does what a leader owes to a new one. */
export function switchConfiguration(core: Core, result: ChangeResult): ConfState {
  const { tracker, settings, log } = core;
  tracker.switchTo(result.configuration, result.fresh, log.lastIndex);
  const state = toConfState(result.configuration);
  core.logger.info({ ...state }, 'raft membership changed');
  const own = tracker.progress.get(settings.id);
  core.lease.lapse();
  if (core.role !== 'leader' || state.voters.length === 0) return state;
  if (own === undefined || own.learner) {
    // Section 4.2.2: it has managed the cluster until now, which does not include itself any more.
    if (settings.stepDownOnRemoval) becomeFollower(core, core.term, noNode);
    return state;
  }
  // Fewer voters may commit more; and new members need not wait for a heartbeat.
  if (maybeCommit(core)) broadcastAppend(core);
  else broadcastEntries(core);
  if (core.leadTransferee !== noNode && !isVoter(tracker.configuration, core.leadTransferee)) abortLeaderTransfer(core);
  return state;
}

function computeChange(core: Core, change: ConfChangeV2): ChangeResult | ChangeRefusal {
  const { configuration } = core.tracker;
  if (leavesJoint(change)) return leaveJoint(configuration);
  const joint = jointTransition(change);
  if (joint !== undefined) return enterJoint(configuration, change.changes, joint.autoLeave);
  return changeSimply(configuration, change.changes);
}
