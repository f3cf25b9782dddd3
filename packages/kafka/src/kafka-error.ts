import { StreamBusError } from '@streambus/runtime';
import { type ErrorCode, errorCodes } from './error-codes.ts';

/**
 * What can be wrong with bytes or values of the Kafka protocol.
 *
 * - `KAFKA_TRUNCATED`: the bytes end, or a length or count says more than is left.
 * - `KAFKA_MALFORMED`: a length, count, varint or tag that the protocol does not allow.
 * - `KAFKA_TRAILING_BYTES`: bytes follow the end of a message.
 * - `KAFKA_NUMBER_TOO_LARGE`: an int64 that a JavaScript number does not hold exactly (beyond ±(2^53-1)).
 * - `KAFKA_TOO_MANY_ELEMENTS`: a message with more list elements than the decoder was told to build.
 * - `KAFKA_FRAME_TOO_LARGE`: a frame announces more bytes than its connection may send.
 * - `KAFKA_UNKNOWN_API`: an API key that no schema is declared for.
 * - `KAFKA_UNSUPPORTED_VERSION`: a version outside of those that the schema describes.
 * - `KAFKA_INVALID_VALUE`: a value to encode is not of its field's type or range.
 * - `KAFKA_UNSUPPORTED_RECORD_FORMAT`: records older than format v2 (magic 2).
 * - `KAFKA_CORRUPT_BATCH`: a record batch whose length, CRC or counts do not agree with its bytes.
 * - `KAFKA_INVALID_RECORD`: a record batch that is whole and says something that is not allowed.
 * - `KAFKA_INVALID_TIMESTAMP`: a record batch with timestamps outside of what its topic allows.
 * - `KAFKA_BATCH_TOO_LARGE`: a record batch over the size limit, or records that decompress to more than the limit.
 * - `KAFKA_UNKNOWN_COMPRESSION`: a compression type that the protocol does not name.
 * - `KAFKA_COMPRESSION_FAILED`: compressed records that their codec cannot read, or a codec that cannot be loaded.
 */
export const kafkaErrorCodes = [
  'KAFKA_TRUNCATED',
  'KAFKA_MALFORMED',
  'KAFKA_TRAILING_BYTES',
  'KAFKA_NUMBER_TOO_LARGE',
  'KAFKA_TOO_MANY_ELEMENTS',
  'KAFKA_FRAME_TOO_LARGE',
  'KAFKA_UNKNOWN_API',
  'KAFKA_UNSUPPORTED_VERSION',
  'KAFKA_INVALID_VALUE',
  'KAFKA_UNSUPPORTED_RECORD_FORMAT',
  'KAFKA_CORRUPT_BATCH',
  'KAFKA_INVALID_RECORD',
  'KAFKA_INVALID_TIMESTAMP',
  'KAFKA_BATCH_TOO_LARGE',
  'KAFKA_UNKNOWN_COMPRESSION',
  'KAFKA_COMPRESSION_FAILED',
] as const;

/** One of {@link kafkaErrorCodes}. */
export type KafkaErrorCode = (typeof kafkaErrorCodes)[number];

/** The protocol's own error code to answer with. */
const answers: Readonly<Record<KafkaErrorCode, ErrorCode>> = {
  KAFKA_TRUNCATED: errorCodes.INVALID_REQUEST,
  KAFKA_MALFORMED: errorCodes.INVALID_REQUEST,
  KAFKA_TRAILING_BYTES: errorCodes.INVALID_REQUEST,
  KAFKA_NUMBER_TOO_LARGE: errorCodes.INVALID_REQUEST,
  KAFKA_TOO_MANY_ELEMENTS: errorCodes.INVALID_REQUEST,
  KAFKA_FRAME_TOO_LARGE: errorCodes.INVALID_REQUEST,
  KAFKA_UNKNOWN_API: errorCodes.UNSUPPORTED_VERSION,
  KAFKA_UNSUPPORTED_VERSION: errorCodes.UNSUPPORTED_VERSION,
  KAFKA_INVALID_VALUE: errorCodes.UNKNOWN_SERVER_ERROR,
  KAFKA_UNSUPPORTED_RECORD_FORMAT: errorCodes.UNSUPPORTED_FOR_MESSAGE_FORMAT,
  KAFKA_CORRUPT_BATCH: errorCodes.CORRUPT_MESSAGE,
  KAFKA_INVALID_RECORD: errorCodes.INVALID_RECORD,
  KAFKA_INVALID_TIMESTAMP: errorCodes.INVALID_TIMESTAMP,
  KAFKA_BATCH_TOO_LARGE: errorCodes.MESSAGE_TOO_LARGE,
  KAFKA_UNKNOWN_COMPRESSION: errorCodes.UNSUPPORTED_COMPRESSION_TYPE,
  KAFKA_COMPRESSION_FAILED: errorCodes.CORRUPT_MESSAGE,
};

/** The one error class of this package. Nothing that arrives from outside makes it throw anything else. */
export class KafkaError extends StreamBusError<KafkaErrorCode> {
  override readonly name = 'KafkaError';

  constructor(code: KafkaErrorCode, message: string, cause?: unknown) {
    super(code, message, { cause });
  }

  /** The protocol's error code (`errorCodes`) that says this to a client. */
  get protocolCode(): ErrorCode {
    return answers[this.code];
  }
}
