import { assert } from '@streambus/runtime';
import { createSeededRandom } from '@streambus/runtime/testing';
import { createConfState } from '../conf-state.ts';
import { isProposalDropped, isRaftError } from '../errors.ts';
import { type NodeId, nodeId } from '../identifiers.ts';
import { type Message, MessageType } from '../message.ts';
import { createInitialSnapshot } from '../snapshot.ts';
import { MemoryNode, type SharedOptions } from './memory-node.ts';

/** How to make a {@link MemoryCluster}. */
export interface MemoryClusterOptions {
  /** How many voters it begins with, numbered from 1. */
  readonly voters: number;
  /** How many learners, numbered after the voters. Default 0. */
  readonly learners?: number;
  /** Nodes that run, numbered after the learners, and belong to no cluster yet. Default 0. */
  readonly spares?: number;
  /** Draws all election timeouts. */
  readonly seed: number;
  /** What all nodes have in common; `electionTimeoutTicks` defaults to 10, `heartbeatTimeoutTicks` to 1. */
  readonly raft?: Partial<SharedOptions>;
}

/**
 * A cluster in memory in which nothing happens by itself: a script decides what is delivered, lost, written and
 * applied, and when time passes. The same script on the same seed goes the same way.
 */
export interface MemoryCluster {
  /** Every node, by ascending id. */
  readonly nodes: readonly MemoryNode[];
  /** Messages between nodes that were sent and not yet delivered or dropped, oldest first. */
  readonly inFlight: readonly Message[];
  /** The node of this number; throws where there is none. */
  node(id: number): MemoryNode;
  /** The running node that leads the highest term, if one does. */
  leader(): MemoryNode | undefined;

  /** Time passes on one node. */
  tick(id: number, ticks?: number): void;
  /** Time passes on every running node, once. */
  tickAll(): void;
  /** Does what the node's next ready says, if it has one; its messages go in flight. */
  process(id: number): void;
  /** Lets the node's append thread do its oldest write (asynchronous form). */
  processAppend(id: number): void;
  /** Lets the node's apply thread do its oldest batch (asynchronous form). */
  processApply(id: number): void;
  /** Delivers one message in flight; it is lost where the link is cut or the receiver does not run. */
  deliver(position?: number): void;
  /** Loses one message in flight; of a snapshot its sender hears. */
  drop(position?: number): void;
  /** Puts a second copy of a message in flight. */
  duplicate(position?: number): void;

  /** From now on messages from one node to the other are lost; the other way is another link. */
  cut(from: number, to: number): void;
  /** Only nodes of the same group hear each other. */
  partition(groups: readonly (readonly number[])[]): void;
  /** Every link works again. */
  heal(): void;
  /** The node stops, losing all but its storage. */
  crash(id: number): void;
  /** The node starts on its storage. */
  restart(id: number): void;

  /** Processes and delivers until nothing is left to do, without time passing. */
  settle(): void;
  /**
   * Lets time pass, settling at each tick, until the condition holds.
   *
   * @returns the ticks it took
   * @throws InvariantError after `maxTicks`
   */
  tickUntil(condition: () => boolean, maxTicks: number): number;
  /** Makes the node campaign, and settles; throws unless it leads then. */
  elect(id: number): MemoryNode;
}

/** Makes a {@link MemoryCluster} whose nodes all follow nobody. */
export function createMemoryCluster(options: MemoryClusterOptions): MemoryCluster {
  return new ScriptedCluster(options);
}

const maxSettleRounds = 10_000;

class ScriptedCluster implements MemoryCluster {
  readonly nodes: readonly MemoryNode[];
  readonly #inFlight: Message[] = [];
  readonly #cutLinks = new Set<string>();

  constructor(options: MemoryClusterOptions) {
    const { voters, learners = 0, spares = 0, seed } = options;
    const shared: SharedOptions = { electionTimeoutTicks: 10, heartbeatTimeoutTicks: 1, ...options.raft };
    const random = createSeededRandom(seed);
    const ids = (from: number, count: number): NodeId[] => Array.from({ length: count }, (_, at) => nodeId(from + at));
    const initial = createInitialSnapshot(createConfState(ids(1, voters), ids(voters + 1, learners)));
    const members = ids(1, voters + learners).map((id) => new MemoryNode(id, shared, random.fork(), initial));
    const others = ids(voters + learners + 1, spares).map((id) => new MemoryNode(id, shared, random.fork(), undefined));
    this.nodes = [...members, ...others];
  }

  get inFlight(): readonly Message[] {
    return this.#inFlight;
  }

  node(id: number): MemoryNode {
    const node = this.nodes[id - 1];
    assert(node !== undefined, () => `there is no node ${id}; there are 1 to ${this.nodes.length}`);
    return node;
  }

  leader(): MemoryNode | undefined {
    const leaders = this.nodes.filter(({ running, raft }) => running && raft.role === 'leader');
    return leaders.sort((a, b) => b.raft.term - a.raft.term)[0];
  }

  tick(id: number, ticks = 1): void {
    const node = this.node(id);
    for (let ticked = 0; node.running && ticked < ticks; ticked += 1) node.raft.tick();
  }

  tickAll(): void {
    for (const { id } of this.nodes) this.tick(id);
  }

  process(id: number): void {
    const node = this.node(id);
    if (node.running && node.raft.hasReady()) this.#send(node.processReady());
  }

  processAppend(id: number): void {
    const node = this.node(id);
    this.#answer(node, node.processAppend());
  }

  processApply(id: number): void {
    const node = this.node(id);
    this.#answer(node, node.processApply());
  }

  deliver(position = 0): void {
    const message = this.#take(position);
    if (message === undefined) return;
    const receiver = this.nodes[message.to - 1];
    if (receiver?.running !== true || this.#cutLinks.has(link(message.from, message.to))) {
      this.#lose(message);
      return;
    }
    this.#step(receiver, message);
    if (message.type === MessageType.snapshot) this.#reportSnapshot(message, 'finished');
  }

  drop(position = 0): void {
    const message = this.#take(position);
    if (message !== undefined) this.#lose(message);
  }

  duplicate(position = 0): void {
    const message = this.#inFlight[position];
    if (message !== undefined) this.#inFlight.push(message);
  }

  cut(from: number, to: number): void {
    this.#cutLinks.add(link(from, to));
  }

  partition(groups: readonly (readonly number[])[]): void {
    this.heal();
    const groupOf = (id: number): number => groups.findIndex((group) => group.includes(id));
    for (const { id: from } of this.nodes) {
      for (const { id: to } of this.nodes) {
        const together = groupOf(from) >= 0 && groupOf(from) === groupOf(to);
        if (from !== to && !together) this.cut(from, to);
      }
    }
  }

  heal(): void {
    this.#cutLinks.clear();
  }

  crash(id: number): void {
    this.node(id).crash();
  }

  restart(id: number): void {
    this.node(id).restart();
  }

  settle(): void {
    for (let round = 0; this.#settleOnce(); round += 1) {
      assert(round < maxSettleRounds, () => `the cluster is not quiet after ${maxSettleRounds} rounds`);
    }
  }

  tickUntil(condition: () => boolean, maxTicks: number): number {
    for (let ticks = 0; ticks <= maxTicks; ticks += 1) {
      this.settle();
      if (condition()) return ticks;
      this.tickAll();
    }
    assert(false, () => `the condition does not hold after ${maxTicks} ticks`);
    return maxTicks;
  }

  elect(id: number): MemoryNode {
    const node = this.node(id);
    node.raft.campaign();
    this.settle();
    assert(node.raft.role === 'leader', () => `node ${id} campaigned and is ${node.raft.role}`);
    return node;
  }

  /** One round of everything; returns whether there was anything. */
  #settleOnce(): boolean {
    let acted = this.#inFlight.length > 0;
    for (const node of this.nodes) {
      if (!node.running) continue;
      if (node.raft.hasReady()) {
        this.process(node.id);
        acted = true;
      }
      for (; node.pendingAppends > 0; acted = true) this.processAppend(node.id);
      for (; node.pendingApplies > 0; acted = true) this.processApply(node.id);
    }
    for (let count = this.#inFlight.length; count > 0; count -= 1) this.deliver();
    return acted;
  }

  #send(messages: readonly Message[]): void {
    this.#inFlight.push(...messages);
  }

  /** A thread's responses: those for the node itself do not take the network. */
  #answer(node: MemoryNode, responses: readonly Message[]): void {
    for (const response of responses) {
      if (response.to === node.id) this.#step(node, response);
      else this.#inFlight.push(response);
    }
  }

  #take(position: number): Message | undefined {
    return this.#inFlight.splice(position, 1)[0];
  }

  #step(node: MemoryNode, message: Message): void {
    try {
      node.raft.step(message);
    } catch (error) {
      // A network has nobody to tell of a refusal.
      if (!isProposalDropped(error) && !isRaftError(error, 'RAFT_PEER_UNKNOWN')) throw error;
    }
  }

  #lose(message: Message): void {
    if (message.type === MessageType.snapshot) this.#reportSnapshot(message, 'failed');
  }

  #reportSnapshot(message: Message, status: 'finished' | 'failed'): void {
    const sender = this.nodes[message.from - 1];
    if (sender?.running === true) sender.raft.reportSnapshot(message.to, status);
  }
}

function link(from: number, to: number): string {
  return `${from}>${to}`;
}
