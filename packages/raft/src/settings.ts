import { RaftError } from './errors.ts';
import { zeroIndex } from './identifiers.ts';
import type { RaftOptions } from './options.ts';

/** {@link RaftOptions} with nothing left out. */
export type Settings = Required<RaftOptions>;

const mebibyte = 1024 * 1024;

/**
 * Fills the defaults in and checks what was given, alone and together.
 *
 * @throws RaftError `RAFT_OPTIONS_INVALID`
 */
export function resolveOptions(options: RaftOptions): Settings {
  const maxMessageBytes = options.maxMessageBytes ?? mebibyte;
  const settings: Settings = {
    id: options.id,
    electionTimeoutTicks: options.electionTimeoutTicks,
    heartbeatTimeoutTicks: options.heartbeatTimeoutTicks,
    applied: options.applied ?? zeroIndex,
    asyncStorageWrites: options.asyncStorageWrites ?? false,
    maxMessageBytes,
    maxCommittedBytesPerReady: options.maxCommittedBytesPerReady ?? Math.max(maxMessageBytes, 1),
    maxUncommittedBytes: options.maxUncommittedBytes ?? 64 * mebibyte,
    maxInflightMessages: options.maxInflightMessages ?? 256,
    maxInflightBytes: options.maxInflightBytes ?? Math.max(64 * mebibyte, maxMessageBytes),
    probeTimeoutTicks: options.probeTimeoutTicks ?? 0,
    maxPendingReads: options.maxPendingReads ?? 4096,
    checkQuorum: options.checkQuorum ?? true,
    preVote: options.preVote ?? true,
    readOnlyMode: options.readOnlyMode ?? 'safe',
    disableProposalForwarding: options.disableProposalForwarding ?? false,
    disableConfChangeValidation: options.disableConfChangeValidation ?? false,
    stepDownOnRemoval: options.stepDownOnRemoval ?? true,
  };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: Settings): void {
  const { id, electionTimeoutTicks, heartbeatTimeoutTicks, maxMessageBytes, maxInflightBytes } = settings;
  atLeast('id', id, 1);
  atLeast('heartbeatTimeoutTicks', heartbeatTimeoutTicks, 1);
  atLeast('electionTimeoutTicks', electionTimeoutTicks, 1);
  atLeast('maxMessageBytes', maxMessageBytes, 0);
  atLeast('maxCommittedBytesPerReady', settings.maxCommittedBytesPerReady, 1);
  atLeast('maxUncommittedBytes', settings.maxUncommittedBytes, 1);
  atLeast('maxInflightMessages', settings.maxInflightMessages, 1);
  atLeast('probeTimeoutTicks', settings.probeTimeoutTicks, 0);
  atLeast('maxPendingReads', settings.maxPendingReads, 1);
  if (electionTimeoutTicks <= heartbeatTimeoutTicks) {
    refuse(
      `electionTimeoutTicks is ${electionTimeoutTicks}; it must be above heartbeatTimeoutTicks, ${heartbeatTimeoutTicks}`,
    );
  }
  if (maxInflightBytes < maxMessageBytes) {
    refuse(`maxInflightBytes is ${maxInflightBytes}; it must not be below maxMessageBytes, ${maxMessageBytes}`);
  }
  if (settings.readOnlyMode === 'leaseBased' && !settings.checkQuorum) {
    refuse('readOnlyMode is leaseBased; a lease needs checkQuorum, which is off');
  }
}

function atLeast(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    refuse(`${name} is ${value}; it must be an integer from ${minimum} to 2^53-1`);
  }
}

function refuse(message: string): never {
  throw new RaftError('RAFT_OPTIONS_INVALID', message);
}
