import type { TlsCredentials } from '@streambus/runtime';
import { createNodeNetwork, createNodeTls, nodeClock, nodeRandom } from '@streambus/runtime/node';
import {
  bytesCodec,
  createTransport,
  defineChannel,
  type Transport,
  type TransportOptions,
} from '@streambus/transport';
import { type Contender, type Endpoint, type EndpointHandlers, host, maxQueuedBytes } from './endpoint.ts';

/** A transport on this machine. */
export function createBenchTransport(
  options: Omit<TransportOptions, 'clusterId' | 'tls'>,
  credentials: TlsCredentials | undefined,
): Transport {
  const tls = credentials === undefined ? {} : { tls: { credentials } };
  return createTransport(
    { clusterId: 'bench', ...options, ...tls },
    { clock: nodeClock, random: nodeRandom, network: createNodeNetwork(), tls: createNodeTls() },
  );
}

const channel = defineChannel<Uint8Array>({
  name: 'messages',
  codec: bytesCodec,
  maxQueuedMessages: 16_384,
  maxQueuedBytes,
});

const diallingId = 1;
const listeningId = 2;
/** The node with the lower id dials, so nobody looks here. */
const nowhere = { host, port: 1 };

/** The transport. */
export const streambusContender: Contender = {
  async listen(handlers, credentials) {
    const peers = [{ id: diallingId, address: nowhere }];
    const options = { nodeId: listeningId, listen: { host, port: 0 }, peers, channels: [channel] };
    const transport = createBenchTransport(options, credentials);
    const connected = endpointOf(transport, diallingId, handlers);
    await transport.start();
    if (transport.address === undefined) throw new Error('the transport does not listen');
    return { port: transport.address.port, connected };
  },

  async connect(port, handlers, credentials) {
    const peers = [{ id: listeningId, address: { host, port } }];
    const transport = createBenchTransport({ nodeId: diallingId, peers, channels: [channel] }, credentials);
    const connected = endpointOf(transport, listeningId, handlers);
    await transport.start();
    return connected;
  },
};

function endpointOf(transport: Transport, peer: number, handlers: EndpointHandlers): Promise<Endpoint> {
  const connected = Promise.withResolvers<Endpoint>();
  transport.receive(channel, (_from, message) => handlers.onMessage(message));
  transport.subscribe({
    onPeerUp: () =>
      connected.resolve({
        send: (message) => transport.send(peer, channel, message) === 'queued',
        readMetrics: () => transport.metrics(),
      }),
    onRoom: () => handlers.onRoom(),
  });
  return connected.promise;
}
