import type { Message } from '@streambus/raft';
import {
  createRaftChannels,
  createRaftNode,
  type RaftChannels,
  type RaftNode,
  RaftNodeError,
  type RaftTransport,
  type StateMachine,
} from '@streambus/raft-node';
import { lookInside } from '@streambus/raft-node/testing';
import { assert, toError } from '@streambus/runtime';
import type { DiskLoss, SeededRandom } from '@streambus/runtime/testing';
import { createTransport, type Transport } from '@streambus/transport';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Machine, SimulatedNetwork } from '../network/simulated-network.ts';
import type { Configuration } from '../run/configuration.ts';
import type { Trace } from '../run/trace.ts';
import { beginSubject, createSubject, type Subject } from '../subjects/subject.ts';
import { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { type Blemishes, NodeWatch } from './node-watch.ts';
import type { ClusterObserver } from './observer.ts';

/** What a member needs of its cluster. */
export interface MemberParts {
  readonly id: number;
  /** Everybody who may be there. */
  readonly ids: readonly number[];
  /** The first voters. */
  readonly voters: readonly number[];
  readonly configuration: Configuration;
  readonly world: World;
  readonly network: SimulatedNetwork;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly observer: ClusterObserver;
}

/** What runs in one life of a member. */
export interface Life {
  readonly process: SimulatedProcess;
  readonly watch: NodeWatch;
  readonly node: RaftNode;
  readonly transport: Transport;
  readonly subject: Subject;
  readonly channels: RaftChannels;
  /** Whether it takes part. */
  started: boolean;
  /** Whether it has ended its work, or could not begin it. */
  failed: boolean;
}

const port = 7000;
const clusterId = 'simulated';
const folder = '/raft';

/** Where a member is reached. */
export function hostOf(id: number): string {
  return `10.0.0.${id}`;
}

/** A machine that a node of the cluster lives on, again and again. */
export class Member {
  readonly id: number;
  readonly machine: Machine;
  readonly disk: SimulatedDisk;
  readonly blemishes: Blemishes = { errors: 0, flipped: undefined };
  /** Its disk is damaged, so it stays away. */
  isLost = false;
  readonly #parts: MemberParts;
  #lives = 0;
  #process: SimulatedProcess | undefined;
  #life: Life | undefined;

  constructor(parts: MemberParts) {
    const { id, network, world, random, configuration } = parts;
    this.id = id;
    this.#parts = parts;
    this.machine = network.machine(hostOf(id));
    this.disk = new SimulatedDisk(world, random.fork(), configuration.disk);
  }

  /** Whether it is one of the voters that the cluster begins with. */
  get isFirst(): boolean {
    return this.#parts.voters.includes(this.id);
  }

  /** What runs now; undefined while nothing does, and in the moment in which its process begins. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** What runs its code now, or is about to; undefined while it is dead. */
  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /** Whether a process is there, be it about to begin, held or failed. */
  get alive(): boolean {
    return this.#process !== undefined;
  }

  /** Starts a process on what the disk has. */
  boot(): void {
    const { world, network, trace } = this.#parts;
    assert(!this.alive, () => `node ${this.id} is booted while it runs`);
    this.#lives++;
    trace.line(`node ${this.id}`, `boots, life ${this.#lives}`);
    network.boot(this.machine);
    const process = this.#createProcess();
    this.#process = process;
    world.after(0, () => process.wake('input', () => this.#begin(process)));
  }

  /** Ends the process as `kill -9` does, or with the power of its machine. */
  kill(loss: DiskLoss): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#parts.trace.line(`node ${this.id}`, `dies; of what was not synced its disk loses: ${loss}`);
    this.#process = undefined;
    this.#life = undefined;
    process.kill();
    this.#parts.network.endProcess(this.machine, loss !== 'none');
    this.disk.crash(loss);
  }

  #createProcess(): SimulatedProcess {
    const { world, random, configuration } = this.#parts;
    const { clockDriftPpm } = configuration;
    const rate = 1_000_000 + random.below(2 * clockDriftPpm + 1) - clockDriftPpm;
    return new SimulatedProcess(`node ${this.id}`, world, random.fork(), { rate, wallStartMs: Date.UTC(2025, 0, 1) });
  }

  #begin(process: SimulatedProcess): void {
    const { observer, trace, configuration } = this.#parts;
    const channels = createRaftChannels();
    const watch = new NodeWatch(this.id, this.#lives, this.blemishes);
    const subject = createSubject(configuration, process, {
      onApplied: (applied) => observer.onApplied(watch, applied),
      onRestored: (index, digest) => observer.onRestored(watch, index, digest),
      onDelta: (delta, state) => observer.onDelta(watch, delta, state),
    });
    const logger = trace.loggerOf(process.name);
    const transport = this.#createTransport(process, channels, logger);
    const node = this.#createNode(
      process,
      channels,
      subject.stateMachine,
      this.#observed(transport, channels, watch),
      logger,
    );
    beginSubject(subject, node);
    const life: Life = { process, watch, node, transport, subject, channels, started: false, failed: false };
    this.#life = life;
    node.subscribe((event) => {
      observer.onEvent(watch, event);
      if (event.type === 'failed') this.#fail(life, event.error);
    });
    transport
      .start()
      .then(() => node.start())
      .then(
        () => this.#started(life),
        (thrown) => this.#fail(life, toError(thrown)),
      );
  }

  #started(life: Life): void {
    const inside = lookInside(life.node);
    if (inside === undefined) return;
    life.started = true;
    life.watch.begin(inside.raft, inside.log);
    this.#parts.observer.onStarted(life.watch);
  }

  #fail(life: Life, error: Error): void {
    life.failed = true;
    this.#parts.trace.line(`node ${this.id}`, `fails: ${error.message}`);
    const known =
      error instanceof RaftNodeError ? error : new RaftNodeError('RAFT_NODE_BROKEN', error.message, { cause: error });
    this.#parts.observer.onFailed(life.watch, known);
  }

  #createTransport(
    process: SimulatedProcess,
    channels: RaftChannels,
    logger: ReturnType<Trace['loggerOf']>,
  ): Transport {
    const { ids, configuration, network } = this.#parts;
    return createTransport(
      {
        ...configuration.transport,
        clusterId,
        nodeId: this.id,
        incarnation: this.#lives,
        listen: { host: this.machine.host, port },
        peers: ids.map((id) => ({ id, address: { host: hostOf(id), port } })),
        channels: channels.all,
        plaintext: 'anywhere-without-encryption',
        pingIntervalMs: Math.floor(configuration.transport.idleTimeoutMs / 3),
        handshakeTimeoutMs: configuration.transport.connectTimeoutMs,
      },
      {
        clock: process.clock,
        random: process.random,
        network: network.portOf(process, this.machine),
        ...(logger && { logger }),
      },
    );
  }

  #createNode(
    process: SimulatedProcess,
    channels: RaftChannels,
    stateMachine: StateMachine,
    transport: RaftTransport,
    logger: ReturnType<Trace['loggerOf']>,
  ): RaftNode {
    const { voters, configuration } = this.#parts;
    const isVoter = voters.includes(this.id);
    return createRaftNode(
      {
        ...configuration.node,
        clusterId,
        nodeId: this.id,
        storage: { folder, whenEmpty: isVoter ? 'bootstrap' : 'join' },
        ...(isVoter && { members: voters }),
      },
      {
        disk: this.disk.portOf(process),
        clock: process.clock,
        random: process.random,
        stateMachine,
        network: { transport, channels },
        ...(logger && { logger }),
      },
    );
  }

  /** The transport, but somebody hears what the node says. */
  #observed(transport: Transport, channels: RaftChannels, watch: NodeWatch): RaftTransport {
    const { observer } = this.#parts;
    return {
      send: (to, channel, message) => {
        const isRaft = (channel as unknown) === channels.urgent || (channel as unknown) === channels.append;
        if (isRaft) observer.onSent(watch, message as Message);
        return transport.send(to, channel, message);
      },
      receive: (channel, handler) => transport.receive(channel, handler),
      subscribe: (listener) => transport.subscribe(listener),
      connectedPeers: () => transport.connectedPeers(),
    };
  }
}
