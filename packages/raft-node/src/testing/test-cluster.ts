import { assert, type Deferred, defer, type Logger } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type DiskLoss,
  type ManualClock,
  type MemoryDisk,
} from '@streambus/runtime/testing';
import type { Transport } from '@streambus/transport';
import { createMemoryTransportHub, type MemoryTransportHub } from '@streambus/transport/testing';
import { createRaftNode } from '../create-raft-node.ts';
import type { RaftNodeOptions } from '../options.ts';
import { createRaftChannels } from '../peers/raft-channels.ts';
import type { RaftNode } from '../raft-node.ts';
import type { StateMachine } from '../state-machine.ts';
import { createMortalDisk, type MortalDisk } from './mortal-disk.ts';

/** What a test may say; all of it optional. */
export interface TestClusterOptions extends Partial<Omit<RaftNodeOptions, 'nodeId' | 'storage' | 'members'>> {
  /** Nodes, with the ids from 1 on. Default 3. */
  readonly size?: number;
  /** Default 1. */
  readonly seed?: number;
  /** How long a message takes; default 0: it arrives in a later turn of the same moment. */
  readonly messageDelayMs?: number;
  /** Where nodes keep what they keep. Default `disk`. */
  readonly storage?: 'disk' | 'memory';
  readonly logger?: Logger;
}

/** One node of a {@link TestCluster}, in its present life or after it. */
export interface TestMember<Machine extends StateMachine> {
  readonly id: number;
  readonly disk: MemoryDisk;
  readonly node: RaftNode;
  readonly machine: Machine;
  /** Its disk answers nothing from now on, until the function that this gives is called. */
  stallDisk(): () => void;
}

/** Nodes with disks of memory that reach each other through a hub of memory. Nothing happens but while the clock is moved. */
export interface TestCluster<Machine extends StateMachine> extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly hub: MemoryTransportHub;
  /** The nodes that live, by id. */
  readonly living: readonly TestMember<Machine>[];
  member(id: number): TestMember<Machine>;
  /** Lets time pass until every living node follows one leader; gives its id. */
  leader(): Promise<number>;
  /** Ends a node as a loss of power does, or `loss`: its peers find nobody, and its disk has what was synced. */
  kill(id: number, loss?: DiskLoss): Promise<void>;
  /** Starts a killed node on what its disk has kept, or on an empty one; there it waits to be added to the cluster if it `joins`. */
  restart(id: number, options?: RestartOptions): Promise<void>;
}

/** On what a killed node starts. */
export interface RestartOptions {
  readonly onNewDisk?: boolean;
  readonly joins?: boolean;
}

/**
 * Starts a cluster and waits for its first leader.
 *
 * @param createMachine - makes the state machine of one life of one node
 */
export async function startTestCluster<Machine extends StateMachine>(
  createMachine: () => Machine,
  options: TestClusterOptions = {},
): Promise<TestCluster<Machine>> {
  const cluster = new ClusterOfMemory(createMachine, options);
  await cluster.start();
  return cluster;
}

const pollMs = 5;
const firstPort = 7001;

/** Holds operations of a disk back. */
class Gate {
  #closed: Deferred<void> | undefined;

  readonly pass = (): Promise<void> | void => this.#closed?.promise;

  /** @returns what opens it again */
  close(): () => void {
    const closed = defer<void>();
    this.#closed = closed;
    return () => {
      this.#closed = undefined;
      closed.resolve();
    };
  }
}

interface Life<Machine extends StateMachine> extends TestMember<Machine> {
  readonly mortalDisk: MortalDisk;
  readonly transport: Transport;
  readonly lives: number;
  readonly gate: Gate;
  alive: boolean;
}

class ClusterOfMemory<Machine extends StateMachine> implements TestCluster<Machine> {
  readonly clock: ManualClock = createManualClock();
  readonly hub: MemoryTransportHub;
  readonly #createMachine: () => Machine;
  readonly #options: Omit<TestClusterOptions, 'size' | 'seed' | 'messageDelayMs' | 'storage' | 'logger'>;
  readonly #storage: 'disk' | 'memory';
  readonly #logger: Logger | undefined;
  readonly #seed: number;
  readonly #ids: readonly number[];
  readonly #lives = new Map<number, Life<Machine>>();

  constructor(createMachine: () => Machine, settings: TestClusterOptions) {
    const { size = 3, seed = 1, messageDelayMs = 0, storage = 'disk', logger, ...options } = settings;
    this.#createMachine = createMachine;
    this.#options = options;
    this.#storage = storage;
    this.#logger = logger;
    this.#seed = seed;
    this.#ids = Array.from({ length: size }, (_, index) => index + 1);
    this.hub = createMemoryTransportHub({
      clock: this.clock,
      random: createSeededRandom(seed),
      minDelayMs: messageDelayMs,
    });
  }

  get living(): readonly TestMember<Machine>[] {
    return [...this.#lives.values()].filter(({ alive }) => alive).sort((one, other) => one.id - other.id);
  }

  async start(): Promise<void> {
    await this.clock.until(Promise.all(this.#ids.map((id) => this.#first(id))));
    await this.leader();
  }

  member(id: number): TestMember<Machine> {
    return this.#life(id);
  }

  async leader(): Promise<number> {
    for (;;) {
      const leaders = new Set(this.living.map(({ node }) => Number(node.status().leader)));
      const [leader] = leaders;
      if (leaders.size === 1 && leader !== undefined && leader !== 0 && this.#life(leader).alive) return leader;
      await this.clock.advance(pollMs);
    }
  }

  async kill(id: number, loss: DiskLoss = 'unsynced'): Promise<void> {
    const life = this.#life(id);
    assert(life.alive, `node ${id} is killed while it is dead`);
    life.alive = false;
    this.hub.kill(id);
    life.mortalDisk.kill();
    life.disk.crash(loss);
    await this.clock.until(life.node.stop());
  }

  async restart(id: number, { onNewDisk = false, joins = false }: RestartOptions = {}): Promise<void> {
    const { disk, gate, lives } = this.#life(id);
    const next = onNewDisk ? createMemoryDisk({ beforeOperation: gate.pass }) : disk;
    await this.clock.until(this.#begin(id, next, gate, lives + 1, joins));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { alive, node, transport } of this.#lives.values()) {
      if (!alive) continue;
      await this.clock.until(node.stop());
      await this.clock.until(transport.stop());
    }
  }

  #first(id: number): Promise<void> {
    const gate = new Gate();
    return this.#begin(id, createMemoryDisk({ beforeOperation: gate.pass }), gate, 1);
  }

  async #begin(id: number, disk: MemoryDisk, gate: Gate, lives: number, joins = false): Promise<void> {
    const clusterId = 'test';
    const channels = createRaftChannels();
    const transport = this.hub.createTransport({
      clusterId,
      nodeId: id,
      incarnation: lives,
      listen: addressOf(id),
      peers: this.#ids.map((peer) => ({ id: peer, address: addressOf(peer) })),
      channels: channels.all,
    });
    const machine = this.#createMachine();
    const mortalDisk = createMortalDisk(disk);
    const whenEmpty = joins ? ('join' as const) : ('bootstrap' as const);
    const storage = this.#storage === 'memory' ? ('memory' as const) : { folder: '/raft', whenEmpty };
    const members = joins ? {} : { members: this.#ids };
    const node = createRaftNode(
      { clusterId, nodeId: id, storage, ...members, ...this.#options },
      {
        disk: mortalDisk,
        clock: this.clock,
        random: createSeededRandom(this.#seed * 1000 + id * 10 + lives),
        stateMachine: machine,
        network: { transport, channels },
        ...(this.#logger === undefined ? {} : { logger: this.#logger }),
      },
    );
    const stallDisk = (): (() => void) => gate.close();
    this.#lives.set(id, { id, disk, mortalDisk, gate, node, machine, stallDisk, transport, lives, alive: true });
    await transport.start();
    await node.start();
  }

  #life(id: number): Life<Machine> {
    const life = this.#lives.get(id);
    assert(life !== undefined, `there is no node ${id}`);
    return life;
  }
}

function addressOf(id: number): { readonly host: string; readonly port: number } {
  return { host: '127.0.0.1', port: firstPort + id };
}
