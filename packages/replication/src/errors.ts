import { LogError } from '@streambus/log';
import { StreamBusError, type StreamBusErrorOptions, toError } from '@streambus/runtime';

/**
 * Why a partition refused.
 *
 * - `PARTITION_NOT_LEADER`: this replica does not lead, or not in the epoch that was asked for.
 * - `PARTITION_NOT_ENOUGH_REPLICAS`: fewer replicas are in sync than `min.insync.replicas`; what was appended may yet be acknowledged.
 * - `PARTITION_TIMED_OUT`: not on every in-sync replica within the time that was given; it may yet be.
 * - `PARTITION_OFFSET_OUT_OF_RANGE`: no such offset; the message says which there are.
 * - `PARTITION_DAMAGED`: its files are not what was written; the message names file and position.
 * - `PARTITION_STORAGE_FAILED`: the disk refused; retriable when space may return.
 * - `PARTITION_CLOSED`: used after it was closed.
 */
export const partitionErrorCodes = [
  'PARTITION_NOT_LEADER',
  'PARTITION_NOT_ENOUGH_REPLICAS',
  'PARTITION_TIMED_OUT',
  'PARTITION_OFFSET_OUT_OF_RANGE',
  'PARTITION_DAMAGED',
  'PARTITION_STORAGE_FAILED',
  'PARTITION_CLOSED',
] as const;

/** One of {@link partitionErrorCodes}. */
export type PartitionErrorCode = (typeof partitionErrorCodes)[number];

/** A refusal by a partition. The message names topic and partition. */
export class PartitionError extends StreamBusError<PartitionErrorCode> {
  override readonly name = 'PartitionError';

  constructor(code: PartitionErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}

/**
 * What a log refused, as its partition says it; anything else stays what it is.
 *
 * @param name - topic and partition
 */
export function partitionErrorOf(name: string, thrown: unknown): Error {
  if (!(thrown instanceof LogError)) return toError(thrown);
  const { outcome, retriable } = thrown;
  return new PartitionError(codeOf(thrown), `${name}: ${thrown.message}`, { cause: thrown, outcome, retriable });
}

function codeOf(error: LogError): PartitionErrorCode {
  switch (error.code) {
    case 'LOG_OFFSET_OUT_OF_RANGE':
      return 'PARTITION_OFFSET_OUT_OF_RANGE';
    case 'LOG_DAMAGED':
      return 'PARTITION_DAMAGED';
    case 'LOG_TRUNCATED':
      return 'PARTITION_NOT_LEADER';
    case 'LOG_CLOSED':
      return 'PARTITION_CLOSED';
    default:
      return 'PARTITION_STORAGE_FAILED';
  }
}
