import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why the broker ends a connection in place of answering.
 *
 * - `REQUEST_UNSUPPORTED`: an API or a version that ApiVersions does not list.
 */
export const requestErrorCodes = ['REQUEST_UNSUPPORTED'] as const;

/** One of {@link requestErrorCodes}. */
export type RequestErrorCode = (typeof requestErrorCodes)[number];

/** A request for which the protocol has no answer but the end of the connection. */
export class RequestError extends StreamBusError<RequestErrorCode> {
  override readonly name = 'RequestError';

  constructor(code: RequestErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
