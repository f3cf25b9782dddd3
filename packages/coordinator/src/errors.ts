import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Kafka's names of the errors that a group coordinator answers with. The broker maps a name to its number on the wire.
 *
 * Source: https://kafka.apache.org/protocol.html#protocol_error_codes
 */
export const groupErrorNames = [
  'NONE',
  'UNKNOWN_SERVER_ERROR',
  'OFFSET_METADATA_TOO_LARGE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'ILLEGAL_GENERATION',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'UNKNOWN_MEMBER_ID',
  'INVALID_SESSION_TIMEOUT',
  'REBALANCE_IN_PROGRESS',
  'INVALID_REQUEST',
  'NON_EMPTY_GROUP',
  'GROUP_ID_NOT_FOUND',
  'MEMBER_ID_REQUIRED',
  'GROUP_MAX_SIZE_REACHED',
  'FENCED_INSTANCE_ID',
  'GROUP_SUBSCRIBED_TO_TOPIC',
] as const;

/** One of {@link groupErrorNames}; `NONE` is success. */
export type GroupErrorName = (typeof groupErrorNames)[number];

/**
 * Why this package refused, beside the protocol's own answers.
 *
 * - `COORDINATOR_OPTION_INVALID`: an option is outside of what is allowed; the message names it, its value and the range.
 * - `COORDINATOR_CALL_CANCELLED`: the caller's signal was aborted while its call waited. Outcome `unknown`.
 * - `COORDINATOR_CLOSED`: used after it was closed.
 * - `COORDINATOR_RECORD_INVALID`: a record of the offsets log cannot be read; the message names its offset and the field.
 * - `COORDINATOR_NOT_LEADER`: thrown by an {@link OffsetsLog} that may not append to this partition (any more).
 * - `PRODUCER_ID_UNAVAILABLE`: no block of producer ids came in time, or its source failed. Retriable.
 * - `PRODUCER_ID_QUEUE_FULL`: more callers wait for a producer id than is allowed. Retriable.
 */
export const coordinatorErrorCodes = [
  'COORDINATOR_OPTION_INVALID',
  'COORDINATOR_CALL_CANCELLED',
  'COORDINATOR_CLOSED',
  'COORDINATOR_RECORD_INVALID',
  'COORDINATOR_NOT_LEADER',
  'PRODUCER_ID_UNAVAILABLE',
  'PRODUCER_ID_QUEUE_FULL',
] as const;

/** One of {@link coordinatorErrorCodes}. */
export type CoordinatorErrorCode = (typeof coordinatorErrorCodes)[number];

/** A refusal by this package. */
export class CoordinatorError extends StreamBusError<CoordinatorErrorCode> {
  override readonly name = 'CoordinatorError';

  constructor(code: CoordinatorErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
