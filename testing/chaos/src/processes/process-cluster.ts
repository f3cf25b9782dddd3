import type { Peer } from '@streambus/transport';
import type { Api, Remote } from '@streambus-testing/harness';
import { Namespaces } from '@streambus-testing/namespaces';
import type { Victims } from '../nemesis/nemesis.ts';
import { NodeLife } from './node-life.ts';

/** Below those that the system gives to whoever dials, so that a restarted process finds its own free. */
const port = 7200;

/** What a cluster is made of. */
export interface ProcessClusterOptions<Functions extends Api<Functions>> {
  readonly size: number;
  /** Whether its network can be cut, for which it takes one of its own. */
  readonly cuttable: boolean;
  /** Runs one node. */
  readonly program: URL;
  /** Starts the node of a process that has just begun. */
  readonly start: (remote: Remote<Functions>, node: number, peers: readonly Peer[]) => Promise<unknown>;
}

/** Nodes in processes of their own, for a nemesis to play with. */
export class ProcessCluster<Functions extends Api<Functions>> implements Victims, AsyncDisposable {
  readonly nodes: readonly number[];
  /** How many processes there were. */
  lives = 0;
  /** Processes that ended though nobody wanted it, in words. */
  readonly deaths: string[] = [];
  readonly #options: ProcessClusterOptions<Functions>;
  readonly #namespaces: Namespaces | undefined;
  readonly #peers: readonly Peer[];
  readonly #present = new Map<number, NodeLife<Functions>>();
  /** Processes that have loaded the program: a node that is started again has not to wait for that. */
  readonly #spares = new Map<number, NodeLife<Functions>>();
  /** How many faults have cut a link. */
  readonly #cuts = new Map<string, number>();
  readonly #forget: () => void;

  constructor(options: ProcessClusterOptions<Functions>) {
    this.#options = options;
    this.nodes = Array.from({ length: options.size }, (_, index) => index + 1);
    this.#namespaces = options.cuttable ? new Namespaces(options.size) : undefined;
    this.#peers = this.#namespaces?.peers ?? this.nodes.map((id) => ({ id, address: loopback(id) }));
    // A process that is stopped does not see that it is alone.
    const killAll = (): void => {
      for (const life of this.#all) life.kill();
    };
    process.once('exit', killAll);
    this.#forget = () => process.off('exit', killAll);
  }

  /** Starts all nodes; resolves when they take part. */
  async start(): Promise<void> {
    for (const node of this.nodes) this.restart(node);
    await this.started();
  }

  /** Resolves when every node has started that is to run. */
  async started(): Promise<void> {
    await Promise.all([...this.#present.values()].map((life) => life.started));
  }

  /** The present process of a node. */
  remote(node: number): Remote<Functions> {
    const life = this.#present.get(node);
    if (life === undefined) throw new Error(`node ${node} was never started`);
    return life.remote;
  }

  kill(node: number): void {
    this.#present.get(node)?.kill();
  }

  restart(node: number): void {
    const before = this.#present.get(node);
    if (before !== undefined && !before.killed) return;
    const life = this.#spares.get(node) ?? this.#spawn(node);
    this.lives++;
    this.#present.set(node, life);
    life.start(async (remote) => {
      // Two processes of one node there are never: the folder is locked, and the address taken.
      await before?.remote.ended;
      await this.#options.start(remote, node, this.#peers);
    });
    life.started.catch((error: unknown) => {
      if (!life.killed) this.deaths.push(`node ${node} has not started: ${error}`);
    });
    this.#spares.set(node, this.#spawn(node));
  }

  isWhole(node: number): boolean {
    return this.#present.get(node)?.isWhole === true;
  }

  pause(node: number): void {
    this.#present.get(node)?.pause();
  }

  resume(node: number): void {
    this.#present.get(node)?.resume();
  }

  cut(from: number, to: number): void {
    const link = `${from} ${to}`;
    const count = this.#cuts.get(link) ?? 0;
    this.#cuts.set(link, count + 1);
    if (count > 0) return;
    if (this.#namespaces === undefined) throw new Error('this network cannot be cut');
    this.#namespaces.cut(from, to);
  }

  mend(from: number, to: number): void {
    const link = `${from} ${to}`;
    const count = this.#cuts.get(link) ?? 0;
    this.#cuts.set(link, count - 1);
    if (count === 1) this.#namespaces?.mend(from, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const life of this.#all) life.kill();
    await Promise.all(this.#all.map((life) => life.remote.ended));
    this.#namespaces?.[Symbol.dispose]();
    this.#forget();
  }

  get #all(): readonly NodeLife<Functions>[] {
    return [...this.#present.values(), ...this.#spares.values()];
  }

  #spawn(node: number): NodeLife<Functions> {
    const life = new NodeLife<Functions>(this.#options.program, `node ${node}`, this.#namespaces?.nameOf(node));
    void life.remote.ended.then((how) => {
      if (!life.killed) this.deaths.push(`a process of node ${node} has ended by itself: ${how}`);
    });
    return life;
  }
}

/** A loopback address that no other process uses: Linux has 16 million. */
function loopback(node: number): { readonly host: string; readonly port: number } {
  const own = process.pid & 0xffff;
  return { host: `127.${1 + ((own >>> 8) % 254)}.${own & 0xff}.${200 + node}`, port };
}
