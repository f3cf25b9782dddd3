import { threadId } from 'node:worker_threads';
import type { SocketAddress } from '@streambus/runtime';
import type { Peer } from '@streambus/transport';
import { TransportProcess } from './process-handle.ts';
import type { ProcessTransportOptions } from './transport-process.ts';

/** Below those that the system gives to whoever dials, so that a restarted process finds its own free. */
const port = 7000;
let hosts = 0;

/** A loopback address that no other test uses: Linux has 16 million. */
export function freeAddress(): SocketAddress {
  const worker = (process.pid * 4 + threadId) & 0xffff;
  hosts++;
  return { host: `127.${1 + ((worker >>> 8) % 254)}.${worker & 0xff}.${hosts}`, port };
}

/** Addresses for the nodes 1 to `count`. */
export function freeAddresses(count: number): readonly Peer[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, address: freeAddress() }));
}

/** What most tests want of a node; the rest they say. */
export function nodeOptions(
  nodeId: number,
  peers: readonly Peer[],
  options: Partial<ProcessTransportOptions> = {},
): ProcessTransportOptions {
  const listen = peers.find(({ id }) => id === nodeId)?.address;
  return {
    clusterId: 'processes',
    nodeId,
    ...(listen === undefined ? {} : { listen }),
    peers,
    channels: [{ name: 'work' }],
    maxBackoffMs: 500,
    ...options,
  };
}

/** Some nodes, ended together. */
export class Cluster implements AsyncDisposable {
  readonly peers: readonly Peer[];
  readonly #options: Partial<ProcessTransportOptions>;
  readonly #all: TransportProcess[] = [];

  /** @param count - nodes that know each other; none is started @param options - of each */
  constructor(count: number, options: Partial<ProcessTransportOptions> = {}) {
    this.peers = freeAddresses(count);
    this.#options = options;
  }

  /** Where a node is to listen. */
  address(nodeId: number): SocketAddress {
    const peer = this.peers.find(({ id }) => id === nodeId);
    if (peer === undefined) throw new Error(`there is no node ${nodeId} in this cluster`);
    return peer.address;
  }

  /** Starts a node. @param namespace - the network that it lives in, if not this one */
  async start(
    nodeId: number,
    options: Partial<ProcessTransportOptions> = {},
    namespace?: string,
  ): Promise<TransportProcess> {
    const started = this.spawn(nodeId, namespace);
    await started.start(this.optionsOf(nodeId, options));
    return started;
  }

  /** Makes the process of a node, without a transport yet. */
  spawn(nodeId: number, namespace?: string): TransportProcess {
    const made = new TransportProcess(nodeId, namespace);
    this.#all.push(made);
    return made;
  }

  optionsOf(nodeId: number, options: Partial<ProcessTransportOptions> = {}): ProcessTransportOptions {
    return nodeOptions(nodeId, this.peers, { ...this.#options, ...options });
  }

  /** Starts all of them; resolves when each is connected with each. */
  async startAll(): Promise<readonly TransportProcess[]> {
    const nodes = await Promise.all(this.peers.map(({ id }) => this.start(id)));
    await Promise.all(nodes.flatMap((node) => nodes.filter(({ id }) => id !== node.id).map(({ id }) => node.up(id))));
    return nodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((node) => node.kill()));
  }
}

/** Starts two nodes and waits until they are connected. */
export async function startPair(
  cluster: Cluster,
  options: { readonly 1?: Partial<ProcessTransportOptions>; readonly 2?: Partial<ProcessTransportOptions> } = {},
): Promise<readonly [TransportProcess, TransportProcess]> {
  const pair = await Promise.all([cluster.start(1, options[1]), cluster.start(2, options[2])]);
  await Promise.all([pair[0].up(2), pair[1].up(1)]);
  return pair;
}
