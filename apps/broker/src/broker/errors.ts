import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why a broker did not start.
 *
 * - `BROKER_IDENTITY_MISMATCH`: the data folder belongs to another broker or cluster.
 * - `BROKER_IDENTITY_UNREADABLE`: the data folder does not say whose it is, though it should.
 * - `BROKER_NOT_REGISTERED`: the cluster's metadata refused this broker.
 */
export const brokerErrorCodes = [
  'BROKER_IDENTITY_MISMATCH',
  'BROKER_IDENTITY_UNREADABLE',
  'BROKER_NOT_REGISTERED',
] as const;

/** One of {@link brokerErrorCodes}. */
export type BrokerErrorCode = (typeof brokerErrorCodes)[number];

/** A broker's refusal to start. */
export class BrokerError extends StreamBusError<BrokerErrorCode> {
  override readonly name = 'BrokerError';

  constructor(code: BrokerErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
