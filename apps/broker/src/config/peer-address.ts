import type { SocketAddress } from '@streambus/runtime';
import type { BrokerConfig } from './broker-config.ts';
import { formatSocketAddress, parseSocketAddress } from './socket-address.ts';

/** A broker of the cluster, and where the other brokers reach it. */
export interface PeerAddress {
  readonly id: number;
  readonly address: SocketAddress;
}

/**
 * Reads `ID@HOST:PORT`: `2@broker-2.example:9093`.
 *
 * @returns undefined when the text is none
 */
export function parsePeerAddress(text: string): PeerAddress | undefined {
  const match = /^([1-9][0-9]{0,9})@(.+)$/.exec(text);
  const address = parseSocketAddress(match?.[2] ?? '');
  return match === null || address === undefined || address.port === 0 ? undefined : { id: Number(match[1]), address };
}

/** The same text back. */
export function formatPeerAddress({ id, address }: PeerAddress): string {
  return `${id}@${formatSocketAddress(address)}`;
}

/** Where a broker listens for the others: as configured, or else where they are told to find it. Undefined: nowhere. */
export function peerListenOf({
  peerListen,
  peers,
  nodeId,
}: Pick<BrokerConfig, 'peerListen' | 'peers' | 'nodeId'>): SocketAddress | undefined {
  return peerListen ?? peers?.find(({ id }) => id === nodeId)?.address;
}
