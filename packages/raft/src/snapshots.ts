import { namesMember } from './conf-state.ts';
import { fromConfState, memberIds } from './configuration.ts';
import type { Core } from './core.ts';
import { nextTerm, noNode } from './identifiers.ts';
import { switchConfiguration } from './membership.ts';
import type { Snapshot } from './snapshot.ts';
import { becomeFollower } from './transitions.ts';

/**
 * Takes a leader's snapshot in place of the log (chapter 5).
 *
 * @returns false when there is nothing to take: the log has all of it, or it is not for this node
 */
export function restoreSnapshot(core: Core, snapshot: Snapshot): boolean {
  const { index, term, confState } = snapshot.metadata;
  const { log, settings } = core;
  if (index <= log.committed) return false;
  if (core.role !== 'follower') {
    core.logger.warn({ role: core.role, index }, 'raft was given a snapshot by another leader than itself');
    becomeFollower(core, nextTerm(core.term), noNode);
    return false;
  }
  if (!namesMember(confState, settings.id)) {
    core.logger.warn({ id: settings.id, index }, 'raft ignored a snapshot whose members do not include this node');
    return false;
  }
  if (log.matches({ index, term })) {
    // The log already has it: committing is cheaper than restoring.
    log.commitTo(index);
    return false;
  }
  log.restore(snapshot);
  const configuration = fromConfState(confState);
  switchConfiguration(core, { configuration, fresh: new Set(memberIds(configuration)) });
  core.logger.info({ index, term }, 'raft restores a snapshot');
  return true;
}
