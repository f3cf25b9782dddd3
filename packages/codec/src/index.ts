/**
 * The wire form of what brokers say to each other and keep: protobuf for the types of @streambus/raft and
 * @streambus/metadata.
 *
 * @packageDocumentation
 */
export { CodecError, type CodecErrorCode, codecErrorCodes } from './errors.ts';
export { decodeMetadataAnswer, encodeMetadataAnswer } from './metadata-answers.ts';
export { decodeMetadataCommand, encodeMetadataCommand } from './metadata-commands.ts';
export {
  createMetadataLogStateMachine,
  type MetadataLogRestore,
  type MetadataLogStateMachine,
} from './metadata-log.ts';
export {
  createMetadataProposer,
  type LogProposal,
  type LogSession,
  type ReplicatedLog,
} from './metadata-proposer.ts';
export { decodeMetadataState, encodeMetadataState, encodeMetadataStatePieces } from './metadata-state.ts';
export { hashMetadataState } from './metadata-state-hash.ts';
export {
  decodeConfChange,
  decodeConfChangeV2,
  encodeConfChange,
  encodeConfChangeV2,
} from './raft-conf-changes.ts';
export {
  decodeConfState,
  decodeEntry,
  decodeHardState,
  decodeSnapshot,
  decodeSnapshotMetadata,
  encodeConfState,
  encodeEntry,
  encodeHardState,
  encodeSnapshot,
  encodeSnapshotMetadata,
} from './raft-log.ts';
export { decodeMessage, encodeMessage } from './raft-messages.ts';
