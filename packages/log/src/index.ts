/**
 * A segmented, checksummed, append-only log with group commit and recovery. It stores frames of bytes in any format that
 * says where a frame ends, which offsets it holds and whether its checksum is right.
 *
 * @packageDocumentation
 */
export {
  type ChecksummedFrame,
  checksummedFramePayload,
  checksummedFrames,
  encodeChecksummedFrame,
} from './checksummed-frames.ts';
export { LogError, type LogErrorCode, type LogErrorOptions, logErrorCodes } from './errors.ts';
export { createFrameHeader, type FrameFormat, type FrameHeader } from './frame-format.ts';
export { type FrameView, framesIn } from './frames-in.ts';
export type {
  AppendFrame,
  Log,
  LogCounters,
  LogDependencies,
  LogObserver,
  LogOptions,
  LogRead,
  LogSettings,
  OpenedLog,
  ReadRequest,
  RecoveryReport,
  RetainOptions,
  SyncPolicy,
  TimestampedFrame,
} from './log.ts';
export { createLogResources, type LogResources, type LogResourcesOptions } from './log-resources.ts';
export { openLog } from './open-log.ts';
