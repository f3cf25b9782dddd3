import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why bytes could not be read, or a value could not be written.
 *
 * - `CODEC_MALFORMED`: the bytes are cut off, or are no protobuf.
 * - `CODEC_NUMBER_TOO_LARGE`: a 64-bit number is above 2^53-1.
 * - `CODEC_VALUE_INVALID`: well-formed, but a field has a value that it cannot have, or one that must be there is missing.
 * - `CODEC_FORMAT_UNSUPPORTED`: written by a later version, in a format that this one does not know.
 * - `CODEC_NOT_ENCODABLE`: a value to be written does not fit its field.
 */
export const codecErrorCodes = [
  'CODEC_MALFORMED',
  'CODEC_NUMBER_TOO_LARGE',
  'CODEC_VALUE_INVALID',
  'CODEC_FORMAT_UNSUPPORTED',
  'CODEC_NOT_ENCODABLE',
] as const;

/** One of {@link codecErrorCodes}. */
export type CodecErrorCode = (typeof codecErrorCodes)[number];

/** A refusal by an encoder or a decoder. The message names the field, its value, and what is allowed. */
export class CodecError extends StreamBusError<CodecErrorCode> {
  override readonly name = 'CodecError';

  constructor(code: CodecErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
