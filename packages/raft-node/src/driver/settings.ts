import { RaftNodeError } from '../errors.ts';
import type { RaftNodeOptions } from '../options.ts';

/** Options with nothing left open. */
export type RaftNodeSettings = Required<RaftNodeOptions>;

const mebibyte = 1024 * 1024;
const maxInt32 = 2 ** 31 - 1;

/** Fills in defaults and checks. @throws RaftNodeError `RAFT_NODE_OPTIONS_INVALID` naming key, value and what is allowed */
export function resolveOptions(options: RaftNodeOptions): RaftNodeSettings {
  const snapshotAfterBytes = options.snapshotAfterBytes ?? 16 * mebibyte;
  const settings: RaftNodeSettings = {
    clusterId: options.clusterId,
    nodeId: options.nodeId,
    storage: options.storage,
    members: options.members ?? [options.nodeId],
    tickIntervalMs: options.tickIntervalMs ?? 100,
    electionTimeoutTicks: options.electionTimeoutTicks ?? 10,
    heartbeatTimeoutTicks: options.heartbeatTimeoutTicks ?? 1,
    maxProposalBytes: options.maxProposalBytes ?? mebibyte,
    maxQueuedProposalBytes: options.maxQueuedProposalBytes ?? 32 * mebibyte,
    maxWaitingReads: options.maxWaitingReads ?? 100_000,
    snapshotAfterEntries: options.snapshotAfterEntries ?? 20_000,
    snapshotAfterBytes,
    maxLogBytes: options.maxLogBytes ?? 4 * snapshotAfterBytes,
    maxSessions: options.maxSessions ?? 10_000,
  };
  checkRanges(settings);
  checkMembers(settings);
  checkTogether(settings);
  return settings;
}

function checkRanges(settings: RaftNodeSettings): void {
  const { length } = settings.clusterId;
  if (length < 1 || length > 255) refuse(`clusterId has ${length} characters; it must have 1 to 255`);
  if (typeof settings.storage === 'object' && settings.storage.folder === '')
    refuse('storage.folder is empty; it must be a path');
  checkInteger('nodeId', settings.nodeId, 1, Number.MAX_SAFE_INTEGER - 2);
  checkInteger('tickIntervalMs', settings.tickIntervalMs, 1, 60_000);
  checkInteger('electionTimeoutTicks', settings.electionTimeoutTicks, 2, 1000);
  checkInteger('heartbeatTimeoutTicks', settings.heartbeatTimeoutTicks, 1, 1000);
  checkInteger('maxProposalBytes', settings.maxProposalBytes, 1, 32 * mebibyte);
  checkInteger('maxQueuedProposalBytes', settings.maxQueuedProposalBytes, 1, maxInt32);
  checkInteger('maxWaitingReads', settings.maxWaitingReads, 1, maxInt32);
  checkInteger('snapshotAfterEntries', settings.snapshotAfterEntries, 1, maxInt32);
  checkInteger('snapshotAfterBytes', settings.snapshotAfterBytes, 1, maxInt32);
  checkInteger('maxLogBytes', settings.maxLogBytes, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('maxSessions', settings.maxSessions, 1, maxInt32);
}

function checkMembers({ nodeId, members }: RaftNodeSettings): void {
  for (const id of members) checkInteger('a member', id, 1, Number.MAX_SAFE_INTEGER - 2);
  if (new Set(members).size < members.length) refuse(`members are ${members.join(', ')}; each must be there once`);
  if (!members.includes(nodeId)) refuse(`members are ${members.join(', ')}; node ${nodeId} must be one of them`);
}

function checkTogether(settings: RaftNodeSettings): void {
  const { heartbeatTimeoutTicks, electionTimeoutTicks, maxLogBytes, snapshotAfterBytes } = settings;
  if (heartbeatTimeoutTicks >= electionTimeoutTicks) {
    const operands = `heartbeatTimeoutTicks is ${heartbeatTimeoutTicks} and electionTimeoutTicks ${electionTimeoutTicks}`;
    refuse(`${operands}; the first must be less`);
  }
  if (maxLogBytes < snapshotAfterBytes) {
    refuse(`maxLogBytes is ${maxLogBytes} and snapshotAfterBytes ${snapshotAfterBytes}; the first must not be less`);
  }
}

function checkInteger(key: string, value: number, min: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    refuse(`${key} is ${value}; it must be an integer from ${min} to ${max}`);
  }
}

function refuse(message: string): never {
  throw new RaftNodeError('RAFT_NODE_OPTIONS_INVALID', message);
}
