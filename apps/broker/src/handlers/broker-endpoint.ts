import type { Broker } from '@streambus/metadata';
import type { SocketAddress } from '@streambus/runtime';

/** The listener that clients use. */
export const kafkaListener = 'kafka';

/**
 * Where a client reaches a broker: this one at the address by which the client has just reached it, others as they are
 * registered.
 */
export function brokerEndpoint(
  broker: Broker,
  ownNodeId: number,
  advertised: SocketAddress,
): { readonly host: string; readonly port: number } {
  if (broker.brokerId === ownNodeId) return { host: advertised.host, port: advertised.port };
  const endpoint = broker.endpoints.find(({ listener }) => listener === kafkaListener) ?? broker.endpoints[0];
  return { host: endpoint?.host ?? '', port: endpoint?.port ?? -1 };
}
