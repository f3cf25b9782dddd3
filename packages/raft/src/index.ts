/**
 * The Raft consensus core (Ongaro, "Consensus: Bridging Theory and Practice"): pure and deterministic. Messages and
 * ticks go in, typed effects come out; no clock, no I/O, no promises.
 *
 * Section numbers in this package's documentation are those of the dissertation.
 *
 * @packageDocumentation
 */
export {
  type ConfChange,
  type ConfChangeSingle,
  ConfChangeTransition,
  ConfChangeType,
  type ConfChangeV2,
  isConfChangeV1,
  toConfChangeV2,
} from './conf-change.ts';
export { decodeConfChange, type EncodedConfChange, encodeConfChange } from './conf-change-codec.ts';
export { type ConfState, createConfState, emptyConfState, namesMember } from './conf-state.ts';
export { createRaft } from './create-raft.ts';
export { type Entry, EntryType, emptyBytes, entryBytes } from './entry.ts';
export { isProposalDropped, isRaftError, RaftError, type RaftErrorCode, raftErrorCodes } from './errors.ts';
export { emptyHardState, type HardState, hardStatesEqual, isEmptyHardState } from './hard-state.ts';
export {
  isLocalThread,
  type LogIndex,
  localAppendThread,
  localApplyThread,
  logIndex,
  type NodeId,
  nodeId,
  noLimit,
  noNode,
  type Term,
  term,
} from './identifiers.ts';
export { MemoryStorage } from './memory-storage.ts';
export {
  createMessage,
  isLocalMessage,
  isResponseMessage,
  type Message,
  type MessageFields,
  MessageType,
  type MessageTypeName,
  messageTypeName,
} from './message.ts';
export type { RaftOptions, ReadOnlyMode } from './options.ts';
export type { Raft, RaftDependencies, SnapshotStatus } from './raft.ts';
export type { ReadState, Ready, Role, SoftState } from './ready.ts';
export {
  createInitialSnapshot,
  emptySnapshot,
  isEmptySnapshot,
  type Snapshot,
  type SnapshotMetadata,
} from './snapshot.ts';
export type { ProgressState, ProgressStatus, Status } from './status.ts';
export type { InitialState, Storage } from './storage.ts';
