import { StreamBusError, type StreamBusErrorOptions } from '@streambus/runtime';

/**
 * Why a broker did not start, or cannot go on.
 *
 * - `BROKER_IDENTITY_MISMATCH`: the data folder belongs to another broker or cluster.
 * - `BROKER_IDENTITY_UNREADABLE`: the data folder does not say whose it is, though it should.
 * - `BROKER_NOT_REGISTERED`: the cluster's metadata refused this broker.
 * - `BROKER_REPLACED`: another process was registered under this broker's id, or the broker was removed; this one must not go on.
 * - `BROKER_STOPPING`: it is being stopped.
 * - `BROKER_PEER_UNREACHABLE`: another broker cannot be asked, or the connection with it was lost.
 * - `BROKER_PROCESS_ENDED`: a process of its own ended before clients could use it.
 * - `BROKER_PROCESS_SLOW`: the same, when it took too long.
 */
export const brokerErrorCodes = [
  'BROKER_IDENTITY_MISMATCH',
  'BROKER_IDENTITY_UNREADABLE',
  'BROKER_NOT_REGISTERED',
  'BROKER_REPLACED',
  'BROKER_STOPPING',
  'BROKER_PEER_UNREACHABLE',
  'BROKER_PROCESS_ENDED',
  'BROKER_PROCESS_SLOW',
] as const;

/** One of {@link brokerErrorCodes}. */
export type BrokerErrorCode = (typeof brokerErrorCodes)[number];

/** A broker's refusal to start, or to go on. */
export class BrokerError extends StreamBusError<BrokerErrorCode> {
  override readonly name = 'BrokerError';

  constructor(code: BrokerErrorCode, message: string, options: StreamBusErrorOptions = {}) {
    super(code, message, options);
  }
}
