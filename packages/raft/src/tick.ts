import { type Core, isPromotable } from './core.ts';
import { noNode } from './identifiers.ts';
import { createMessage, MessageType } from './message.ts';
import { stepMessage } from './step.ts';
import { abortLeaderTransfer } from './transitions.ts';

/** One unit of time has passed. */
export function tickCore(core: Core): void {
  if (core.promisedTicks > 0) core.promisedTicks -= 1;
  if (core.role === 'leader') tickLeader(core);
  else tickElection(core);
}

/** Campaigns when no leader was heard for the randomized timeout (section 3.4). */
function tickElection(core: Core): void {
  core.electionElapsedTicks += 1;
  if (core.electionElapsedTicks < core.randomizedElectionTimeoutTicks || !isPromotable(core)) return;
  core.electionElapsedTicks = 0;
  stepLocally(core, MessageType.campaign);
}

function tickLeader(core: Core): void {
  core.lease.tick();
  for (const progress of core.tracker.progress.values()) progress.tick();
  core.heartbeatElapsedTicks += 1;
  core.electionElapsedTicks += 1;
  if (core.electionElapsedTicks >= core.settings.electionTimeoutTicks) electionTimeoutPassed(core);
  if (core.role !== 'leader' || core.heartbeatElapsedTicks < core.settings.heartbeatTimeoutTicks) return;
  core.heartbeatElapsedTicks = 0;
  stepLocally(core, MessageType.beat);
}

function electionTimeoutPassed(core: Core): void {
  core.electionElapsedTicks = 0;
  if (core.settings.checkQuorum) stepLocally(core, MessageType.checkQuorum);
  // Leadership that was not taken within an election timeout stays here (section 3.10).
  if (core.role === 'leader' && core.leadTransferee !== noNode) abortLeaderTransfer(core);
}

function stepLocally(core: Core, type: MessageType): void {
  stepMessage(core, createMessage({ type, from: core.settings.id }));
}
