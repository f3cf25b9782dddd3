import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { SocketAddress } from '@streambus/runtime';
import type { Peer } from '@streambus/transport';
import { eventually } from './deadline.ts';
import type { LedgerContent } from './ledger.ts';
import { machineMs } from './machine-time.ts';
import { NodeProcess } from './node-process.ts';
import type { ProcessNodeOptions, ProcessStatus } from './node-program.ts';

/** Below those that the system gives to whoever dials, so that a restarted process finds its own free. */
const port = 7100;
let hosts = 0;

/** A loopback address that no other test uses: Linux has 16 million. */
function freeAddress(): SocketAddress {
  const worker = (process.pid * 4 + threadId) & 0xffff;
  hosts++;
  return { host: `127.${1 + ((worker >>> 8) % 254)}.${worker & 0xff}.${hosts}`, port };
}

/** Who leads, and in which term. */
export interface Leadership {
  readonly leader: number;
  readonly term: number;
}

/** What a cluster is made of; all of it optional. */
export interface ProcessClusterOptions extends Pick<ProcessNodeOptions, 'raft' | 'transport'> {
  /** Nodes, with the ids from 1 on, and where each listens. Default: three, on this machine. */
  readonly peers?: readonly Peer[];
  /** The network that a node lives in. Default: this one. */
  readonly namespaceOf?: (id: number) => string;
  /** For the Node of each process. */
  readonly flags?: readonly string[];
}

/** Nodes in processes of their own, with folders on this machine's disk. */
export class ProcessCluster implements AsyncDisposable {
  readonly peers: readonly Peer[];
  readonly #options: ProcessClusterOptions;
  readonly #folder: string;
  /** By id, the present life of each. */
  readonly #nodes = new Map<number, NodeProcess>();
  readonly #past: NodeProcess[] = [];
  #loads = 0;

  private constructor(folder: string, options: ProcessClusterOptions) {
    this.#folder = folder;
    this.#options = options;
    this.peers = options.peers ?? [1, 2, 3].map((id) => ({ id, address: freeAddress() }));
  }

  /** Makes the processes and their folders; no node is started. */
  static async spawn(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(await mkdtemp(join(tmpdir(), 'raft-node-processes-')), options);
    await Promise.all(cluster.peers.map(({ id }) => cluster.#spawn(id)));
    return cluster;
  }

  /** Makes it, starts all nodes, and waits for their first leader. */
  static async start(options: ProcessClusterOptions = {}): Promise<ProcessCluster> {
    const cluster = await ProcessCluster.spawn(options);
    await cluster.startAll();
    await cluster.leadership();
    return cluster;
  }

  /** Those that live, by id. */
  get living(): readonly NodeProcess[] {
    return [...this.#nodes.values()].filter(({ lives }) => lives).sort((one, other) => one.id - other.id);
  }

  node(id: number): NodeProcess {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /** Where a node keeps what it keeps. */
  folderOf(id: number): string {
    return join(this.#folder, `${id}`);
  }

  /** The others that live. */
  others(id: number): readonly NodeProcess[] {
    return this.living.filter((node) => node.id !== id);
  }

  /** Starts the nodes of all processes at once. @returns when */
  async startAll(): Promise<number> {
    const atMs = machineMs();
    await Promise.all(this.living.map((node) => this.#startNode(node)));
    return atMs;
  }

  /** Starts a killed node on its folder. */
  async restart(id: number): Promise<NodeProcess> {
    const node = await this.#spawn(id);
    await this.#startNode(node);
    return node;
  }

  statuses(of: readonly NodeProcess[] = this.living): Promise<readonly ProcessStatus[]> {
    return Promise.all(of.map((node) => node.ask('status')));
  }

  /** Waits until nodes follow one leader that is among them. @param among - default: all that live */
  async leadership(among: readonly NodeProcess[] = this.living): Promise<Leadership> {
    const ids = among.map(({ id }) => id);
    const [first] = await eventually(
      () => this.statuses(among),
      ([one, ...others]) =>
        one !== undefined &&
        ids.includes(one.leader) &&
        others.every(({ leader, term }) => leader === one.leader && term === one.term),
    );
    return { leader: first?.leader ?? 0, term: first?.term ?? 0 };
  }

  /** A process gets so many clients. Default: every one that lives. */
  async load(clients: number, nodes: readonly NodeProcess[] = this.living): Promise<void> {
    const name = `${++this.#loads}`;
    await Promise.all(nodes.map((node) => node.ask('load', `${name}.${node.id}`, clients)));
  }

  /** Ends the load of all that live. */
  async endLoad(): Promise<void> {
    for (const node of this.living) node.acknowledged = { ...node.acknowledged, ...(await node.ask('endLoad')) };
  }

  /** The last entry of each client of any life of any node that was acknowledged. */
  get acknowledged(): Readonly<Record<string, number>> {
    return Object.assign({}, ...[...this.#past, ...this.#nodes.values()].map(({ acknowledged }) => acknowledged));
  }

  /** What every node that lives has applied of all that was committed up to now. */
  async ledgers(): Promise<readonly LedgerContent[]> {
    await this.leadership();
    return Promise.all(this.living.map((node) => node.ask('ledger')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#past, ...this.#nodes.values()].map((node) => node.kill()));
    await rm(this.#folder, { recursive: true });
  }

  /** Resolves when the process has loaded its program. */
  async #spawn(id: number): Promise<NodeProcess> {
    const before = this.#nodes.get(id);
    if (before !== undefined) this.#past.push(before);
    const { namespaceOf, flags } = this.#options;
    const node = new NodeProcess(id, before === undefined ? 0 : before.restarts + 1, namespaceOf?.(id), flags);
    this.#nodes.set(id, node);
    await node.ask('ready');
    return node;
  }

  #startNode(node: NodeProcess): Promise<void> {
    const { raft = {}, transport = {} } = this.#options;
    return node.ask('start', { nodeId: node.id, folder: this.folderOf(node.id), peers: this.peers, raft, transport });
  }
}
