import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why the transport refused its caller. What goes wrong on the network is not among them: that is logged, counted, and told to the
 * {@link TransportListener}.
 *
 * - `TRANSPORT_INVALID_OPTION`: an option, a channel or a peer is outside of what is allowed, or two of them do not fit together.
 * - `TRANSPORT_PLAINTEXT_REFUSED`: no TLS, and an address that is not loopback, and `plaintext` does not allow that.
 * - `TRANSPORT_CREDENTIALS`: a certificate, key or authority cannot be read, or the certificate is not one with which peers would accept this
 *   node: valid now, with its name, for both roles of TLS. What was in use before stays in use.
 * - `TRANSPORT_LISTEN`: the address cannot be bound (see `cause`).
 * - `TRANSPORT_STATE`: called before `start`, after `stop`, or twice.
 */
export const transportErrorCodes = [
  'TRANSPORT_INVALID_OPTION',
  'TRANSPORT_PLAINTEXT_REFUSED',
  'TRANSPORT_CREDENTIALS',
  'TRANSPORT_LISTEN',
  'TRANSPORT_STATE',
] as const;

/** One of {@link transportErrorCodes}. */
export type TransportErrorCode = (typeof transportErrorCodes)[number];

/** A refusal by the transport. */
export class TransportError extends StreamBusError<TransportErrorCode> {
  override readonly name = 'TransportError';

  constructor(code: TransportErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
