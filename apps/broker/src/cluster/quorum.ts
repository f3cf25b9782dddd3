import { createHash } from 'node:crypto';
import { createMetadataLogStateMachine, createMetadataProposer } from '@streambus/codec';
import { createMetadataStateMachine, createMetadataStore, type MetadataStore } from '@streambus/metadata';
import { createRaftChannels, createRaftNode, type RaftNode, type RaftNodeObserver } from '@streambus/raft-node';
import { type AnyChannel, createTransport, type Transport } from '@streambus/transport';
import type { Closers } from '../broker/closers.ts';
import type { DataFolder } from '../broker/data-folder.ts';
import { limits } from '../broker/limits.ts';
import { type BrokerConfig, type PeerAddress, peerListenOf } from '../config/index.ts';
import { formatPeerAddress } from '../config/peer-address.ts';
import type { PeerRequests } from './peer-requests.ts';
import type { BrokerPorts } from './ports.ts';

/** This broker's part in the group that keeps the metadata. */
export interface Quorum {
  readonly node: RaftNode;
  readonly store: MetadataStore;
  /** The connections with the other brokers; undefined where there are none. */
  readonly transport: Transport | undefined;
}

/** What a quorum is started with. */
export interface QuorumOptions {
  readonly config: BrokerConfig;
  readonly folder: DataFolder;
  readonly observer: RaftNodeObserver;
  /** What the brokers ask each other beside the metadata. */
  readonly peers: PeerRequests;
  /** Ends the wait for the others. */
  readonly signal: AbortSignal;
  /** The node cannot go on. */
  readonly onFailed: (error: Error) => void;
}

/**
 * Starts the node and the store of the metadata; resolves when they show everything that was committed before. In a cluster that takes a
 * majority of its brokers.
 */
export async function startQuorum(options: QuorumOptions, ports: BrokerPorts, closers: Closers): Promise<Quorum> {
  const { config, folder, observer, peers, signal, onFailed } = options;
  const { disk, clock, random, logger } = ports;
  const { clusterId, nodeId, formed } = folder.identity;
  const machine = createMetadataStateMachine({ logger });
  const channels = createRaftChannels('metadata');
  const transport = createPeerTransport(config, clusterId, [...channels.all, peers.channel], ports);
  const node = createRaftNode(
    {
      clusterId,
      nodeId,
      storage: { folder: folder.raftFolder, whenEmpty: formed ? 'refuse' : 'bootstrap' },
      ...(config.peers !== undefined && { members: config.peers.map(({ id }) => id) }),
      maxQueuedProposalBytes: limits.maxQueuedProposalBytes,
    },
    {
      disk,
      clock,
      random,
      logger: logger.child({ part: 'raft' }),
      stateMachine: createMetadataLogStateMachine(machine),
      observer,
      ...(transport !== undefined && { network: { transport, channels } }),
    },
  );
  if (transport !== undefined) {
    closers.add(() => transport.stop());
    closers.add(() => peers.stop());
    peers.attach(transport);
    await transport.start();
  }
  closers.add(() => node.stop());
  node.subscribe((event) => {
    if (event.type === 'failed') onFailed(event.error);
  });
  await node.start();
  await node.readBarrier({ signal });
  await folder.markFormed();
  const { maxInflightCommands, maxQueuedCommands } = limits;
  const store = createMetadataStore(
    { maxInflightCommands, maxQueuedCommands },
    { proposer: createMetadataProposer(node), stateMachine: machine, clock, random, logger },
  );
  closers.add(() => store.close());
  return { node, store, transport };
}

/** Above what a fetcher asks for at once (10 MiB), with what goes around it. */
const fetchedBytes = 16 * 1024 * 1024;

function createPeerTransport(
  config: BrokerConfig,
  clusterId: string,
  channels: readonly AnyChannel[],
  { clock, random, network, logger }: BrokerPorts,
): Transport | undefined {
  const listen = peerListenOf(config);
  if (listen === undefined) return undefined;
  return createTransport(
    {
      clusterId,
      nodeId: config.nodeId,
      listen,
      peers: config.peers ?? [],
      channels,
      // A batch as large as a client may send goes through whole, behind as much as a fetcher asks for.
      maxMessageBytes: config.socketRequestMaxBytes + fetchedBytes,
      // Silence is noticed in time for the session to end with it.
      idleTimeoutMs: config.brokerSessionTimeoutMs,
      ...(config.listenInsecure && { plaintext: 'anywhere-without-encryption' as const }),
    },
    { clock, random, network, logger: logger.child({ part: 'peers' }) },
  );
}

/** 22 characters, as those of a cluster of one broker. */
const clusterIdLength = 22;

/**
 * A name that all brokers of a new cluster find without asking each other: it follows from the list that each of them has. Whoever forms another
 * cluster on the same addresses gives it a `cluster.id`; a folder of the first is refused by its storage's name then, not by the cluster's.
 */
export function clusterIdOf(peers: readonly PeerAddress[]): string {
  const text = peers.map(formatPeerAddress).join(',');
  return createHash('sha256').update(text).digest('base64url').slice(0, clusterIdLength);
}
