import { createMetadataLogStateMachine, createMetadataProposer } from '@streambus/codec';
import { createMetadataStateMachine, createMetadataStore, type MetadataStore } from '@streambus/metadata';
import { createRaftChannels, createRaftNode, type RaftNode } from '@streambus/raft-node';
import type { LogFields, Logger, SocketAddress } from '@streambus/runtime';
import { createNodeDisk, createNodeNetwork, nodeClock, nodeRandom } from '@streambus/runtime/node';
import { createTransport, type Peer, type Transport } from '@streambus/transport';

/** What a node of a cluster is given. */
export interface MetadataNodeOptions {
  /** From 1. */
  readonly nodeId: number;
  /** How many nodes the cluster begins with. */
  readonly size: number;
  /** A folder of its own. */
  readonly folder: string;
  /** As the store's option of that name. */
  readonly maxInflightCommands: number;
  /** How long a command may take in all. Milliseconds. */
  readonly timeoutMs: number;
}

/** What a broker is beneath its Kafka side, on this process's real disk and sockets: a transport, a Raft node, a store of metadata. */
export class MetadataNode {
  readonly raft: RaftNode;
  readonly store: MetadataStore;
  readonly #transport: Transport;

  constructor({ nodeId, size, folder, maxInflightCommands, timeoutMs }: MetadataNodeOptions) {
    const clusterId = 'metadata-cluster';
    const logger = createStderrLogger({ nodeId });
    const ports = { clock: nodeClock, random: nodeRandom, logger };
    const channels = createRaftChannels();
    const listen = { host: '127.0.0.1', port: 0 };
    this.#transport = createTransport(
      { clusterId, nodeId, listen, channels: channels.all },
      { ...ports, network: createNodeNetwork() },
    );
    const stateMachine = createMetadataStateMachine({ logger });
    this.raft = createRaftNode(
      { clusterId, nodeId, members: Array.from({ length: size }, (_, index) => index + 1), storage: { folder } },
      {
        ...ports,
        disk: createNodeDisk(),
        network: { transport: this.#transport, channels },
        stateMachine: createMetadataLogStateMachine(stateMachine),
      },
    );
    this.store = createMetadataStore(
      { maxInflightCommands, timeoutMs },
      { ...ports, proposer: createMetadataProposer(this.raft), stateMachine },
    );
  }

  /** @returns where its peers reach it */
  async listen(): Promise<SocketAddress> {
    await this.#transport.start();
    const { address } = this.#transport;
    if (address === undefined) throw new Error('the transport has started and has no address');
    return address;
  }

  /** Takes part. */
  async join(peers: readonly Peer[]): Promise<void> {
    this.#transport.setPeers(peers);
    await this.raft.start();
  }

  async stop(): Promise<void> {
    this.store.close();
    await this.raft.stop();
    await this.#transport.stop();
  }
}

/** Says on stderr what nobody should have to read; that a peer was lost is not among it, as the end of a cluster is that. */
function createStderrLogger(always: LogFields): Logger {
  const at = (level: string) => (fields: LogFields, message: string) => {
    process.stderr.write(`${level}: ${message} ${JSON.stringify({ ...always, ...fields })}\n`);
  };
  return {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: at('error'),
    child: (fields) => createStderrLogger({ ...always, ...fields }),
  };
}
