import { DiskError, StreamBusError, type StreamBusErrorOptions, toError } from '@streambus/runtime';

/**
 * Why a log refused.
 *
 * - `LOG_DAMAGED`: bytes that were durable are missing or wrong, or a bad frame lies before a good one. The message names the
 *   file and the byte. Nothing was changed.
 * - `LOG_INVALID_OPTION`: an option is outside of what is allowed, or does not fit what is on disk.
 * - `LOG_QUEUE_FULL`: `maxQueuedBytes` are waiting to be written. Nothing was taken. Retriable.
 * - `LOG_FULL`: the disk has no space. What was queued was cut back: it certainly is not in the log. Retriable.
 * - `LOG_TOO_MANY_FILES`: no file descriptor was left to open a segment with. What was queued is not in the log. Retriable.
 * - `LOG_FRAME_TOO_LARGE`: a frame larger than `maxFrameBytes`.
 * - `LOG_OFFSET_OUT_OF_RANGE`: an offset below the start or above the end of the log.
 * - `LOG_TRUNCATED`: the frame that was waited for was cut off by `truncateSuffix` or `reset`.
 * - `LOG_BUSY`: an append while `truncateSuffix` or `reset` is under way. Retriable.
 * - `LOG_FAILED`: a write or sync failed in a way that leaves open what is on disk. The log takes nothing more until it is
 *   opened anew; reads go on. For what was waiting the outcome is unknown; for appends made later it is rejected.
 * - `LOG_DISK`: the disk refused to read, open, remove or rename, for a reason without a code of its own here (see `cause`). The log
 *   goes on. Retriable.
 * - `LOG_CLOSED`: the log was closed or destroyed.
 */
export const logErrorCodes = [
  'LOG_DAMAGED',
  'LOG_INVALID_OPTION',
  'LOG_QUEUE_FULL',
  'LOG_FULL',
  'LOG_TOO_MANY_FILES',
  'LOG_FRAME_TOO_LARGE',
  'LOG_OFFSET_OUT_OF_RANGE',
  'LOG_TRUNCATED',
  'LOG_BUSY',
  'LOG_FAILED',
  'LOG_DISK',
  'LOG_CLOSED',
] as const;

/** One of {@link logErrorCodes}. */
export type LogErrorCode = (typeof logErrorCodes)[number];

/** What a {@link LogError} says beside its message. */
export interface LogErrorOptions extends StreamBusErrorOptions {
  /** The file at fault, where there is one. */
  readonly file?: string;
  /** The byte in {@link file} at which the fault begins. */
  readonly position?: number;
}

/** A refusal by a log. */
export class LogError extends StreamBusError<LogErrorCode> {
  override readonly name = 'LogError';
  /** The file at fault; set with `LOG_DAMAGED`. */
  readonly file: string | undefined;
  /** The byte in {@link file} at which the fault begins; set with `LOG_DAMAGED`. */
  readonly position: number | undefined;

  constructor(code: LogErrorCode, message: string, options: LogErrorOptions = {}) {
    super(code, message, options);
    this.file = options.file;
    this.position = options.position;
  }
}

/** The funnel from what a disk threw: a refusal of the disk becomes one of the log, anything else stays what it is. */
export function toLogError(thrown: unknown, doing: string, options: LogErrorOptions = {}): Error {
  if (!(thrown instanceof DiskError)) return toError(thrown);
  const message = `${doing}: ${thrown.message}`;
  return new LogError(logCodeOf(thrown), message, { retriable: true, ...options, cause: thrown });
}

function logCodeOf(error: DiskError): LogErrorCode {
  if (error.code === 'DISK_FULL') return 'LOG_FULL';
  return error.code === 'DISK_TOO_MANY_FILES' ? 'LOG_TOO_MANY_FILES' : 'LOG_DISK';
}
