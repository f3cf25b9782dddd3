import { once } from 'node:events';
import { createRaftChannels, createRaftNode } from '@streambus/raft-node';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport } from '@streambus/transport';
import Fastify from 'fastify';
import { KeyValueMachine } from './key-value-machine.ts';
import { addRoutes } from './routes.ts';
import { openWriter } from './writer.ts';

const { KV_ID = '1', KV_MEMBERS = '127.0.0.1:7001', KV_HTTP = '127.0.0.1:8001', KV_DATA = 'data' } = process.env;
const clusterId = 'replicated-kv';
const nodeId = Number(KV_ID);
const peers = KV_MEMBERS.split(',').map((member, index) => ({ id: index + 1, address: toAddress(member) }));
const listen = peers.find(({ id }) => id === nodeId)?.address;
if (listen === undefined) throw new Error(`KV_ID is ${KV_ID}; KV_MEMBERS has nodes 1 to ${peers.length}`);

const http = Fastify({ logger: true, bodyLimit: 256 * 1024 });
const ports = { clock: nodeClock, random: nodeRandom, logger: http.log };
const channels = createRaftChannels();
await using transport = createTransport(
  { clusterId, nodeId, listen, peers, channels: channels.all },
  { ...ports, network: createNodeNetwork() },
);
const machine = new KeyValueMachine();
await using node = createRaftNode(
  { clusterId, nodeId, members: peers.map(({ id }) => id), storage: { folder: KV_DATA } },
  { ...ports, disk: createNodeDisk(), network: { transport, channels }, stateMachine: machine },
);

// What has failed must be restarted, by whoever watches this process.
node.subscribe(({ type }) => type === 'failed' && process.exit(1));
await transport.start();
await node.start();
addRoutes(http, node, machine, await openWriter(node));
await http.listen(toAddress(KV_HTTP));
await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
await http.close();

function toAddress(text: string) {
  const { hostname: host, port } = new URL(`tcp://${text}`);
  return { host, port: Number(port) };
}
