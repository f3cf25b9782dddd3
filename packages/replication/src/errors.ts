import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why a partition refused.
 *
 * - `PARTITION_NOT_LEADER`: this replica does not lead, or not in the epoch that was asked for.
 * - `PARTITION_OFFSET_OUT_OF_RANGE`: no such offset; the message says which there are.
 * - `PARTITION_DAMAGED`: its files are not what was written; the message names file and position.
 * - `PARTITION_STORAGE_FAILED`: the disk refused; retriable when space may return.
 * - `PARTITION_CLOSED`: used after it was closed.
 */
export const partitionErrorCodes = [
  'PARTITION_NOT_LEADER',
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
