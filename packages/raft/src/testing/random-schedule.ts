import { assert, type Random } from '@streambus/runtime';
import { createSeededRandom } from '@streambus/runtime/testing';
import { ConfChangeTransition, ConfChangeType, type ConfChangeV2 } from '../conf-change.ts';
import { emptyBytes } from '../entry.ts';
import { isProposalDropped } from '../errors.ts';
import { type LogIndex, nodeId } from '../identifiers.ts';
import { contextKey } from '../read-only.ts';
import { createMemoryCluster, type MemoryCluster } from './memory-cluster.ts';
import type { MemoryNode, SharedOptions } from './memory-node.ts';
import { SafetyCheck } from './safety-check.ts';

/** What a random schedule may do. */
export interface RandomScheduleOptions {
  /** Decides everything. */
  readonly seed: number;
  /** Voters at the beginning. */
  readonly voters: number;
  /** How many random steps before the network heals. */
  readonly steps: number;
  /** Whether nodes 1 to `voters` + 2 join and leave. Default false. */
  readonly membershipChanges?: boolean;
  /** What all nodes have in common. */
  readonly raft?: Partial<SharedOptions>;
}

/** What came of it. */
export interface RandomScheduleReport {
  /** The highest index committed. */
  readonly committed: LogIndex;
  /** The highest term. */
  readonly term: number;
  /** Reads that were answered. */
  readonly reads: number;
  /** Ticks from the end of the faults to a leader with every voter caught up. */
  readonly recoveryTicks: number;
}

/**
 * Breaks a cluster at random (messages delayed, reordered, duplicated and lost; nodes stopped and restarted; links cut; logs
 * compacted; leadership transferred), then heals it and demands that it converges. The safety properties are held after every step.
 *
 * @throws InvariantError with the seed and the step when something does not hold
 */
export function runRandomSchedule(options: RandomScheduleOptions): RandomScheduleReport {
  const schedule = new Schedule(options);
  let step = 0;
  try {
    for (; step < options.steps; step += 1) schedule.step();
    return schedule.recover();
  } catch (error) {
    throw new Error(`seed ${options.seed}, step ${step}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

const maxRecoveryTicks = 400;

class Schedule {
  readonly #options: RandomScheduleOptions;
  readonly #random: Random;
  readonly #cluster: MemoryCluster;
  readonly #safety: SafetyCheck;
  /** By context: what had been committed when the read was asked for. */
  readonly #askedReads = new Map<string, LogIndex>();
  #proposals = 0;
  #reads = 0;

  constructor(options: RandomScheduleOptions) {
    this.#options = options;
    this.#random = createSeededRandom(options.seed);
    this.#cluster = createMemoryCluster({
      voters: options.voters,
      spares: options.membershipChanges === true ? 2 : 0,
      seed: options.seed + 1,
      raft: { electionTimeoutTicks: 3, maxInflightMessages: 4, maxMessageBytes: 64, ...options.raft },
    });
    this.#safety = new SafetyCheck(this.#cluster);
  }

  step(): void {
    const node = this.#pick(this.#cluster.nodes);
    const sentBefore = this.#cluster.inFlight.length;
    const touched = this.#act(node, this.#random.below(1000)) ?? node;
    if (this.#random.below(3) > 0) this.#work(touched);
    // Messages are appended: what is new is at the end, a copy of an old one included.
    for (let at = Math.max(0, sentBefore - 1); at < this.#cluster.inFlight.length; at += 1) {
      const message = this.#cluster.inFlight[at];
      if (message !== undefined) this.#safety.checkSent(message);
    }
    this.#checkReads(touched);
    this.#safety.check([touched]);
  }

  recover(): RandomScheduleReport {
    const cluster = this.#cluster;
    cluster.heal();
    for (const node of cluster.nodes) if (!node.running) cluster.restart(node.id);
    const recoveryTicks = cluster.tickUntil(() => this.#converged(), maxRecoveryTicks);
    this.#safety.check();
    const leader = cluster.leader();
    return {
      committed: this.#safety.committedIndex,
      term: leader?.raft.term ?? 0,
      reads: this.#reads,
      recoveryTicks,
    };
  }

  /** One random event; returns the node that it was about where that is another one. */
  #act(node: MemoryNode, draw: number): MemoryNode | undefined {
    if (draw < 480) return this.#deliver();
    if (draw < 620) this.#work(node);
    else if (draw < 740) this.#cluster.tick(node.id);
    else if (draw < 850) this.#propose(node);
    else if (draw < 880) this.#cluster.drop(this.#somePosition());
    else if (draw < 900) this.#cluster.duplicate(this.#somePosition());
    else if (draw < 915) this.#network(node);
    else if (draw < 930) this.#stopOrStart(node);
    else if (draw < 965) this.#read(node);
    else if (draw < 980) node.compact();
    else this.#command(node);
    return undefined;
  }

  #deliver(): MemoryNode | undefined {
    const position = this.#somePosition();
    const to = this.#cluster.inFlight[position]?.to;
    this.#cluster.deliver(position);
    return to === undefined ? undefined : this.#cluster.node(to);
  }

  #work(node: MemoryNode): void {
    if (this.#random.below(3) > 0) this.#cluster.process(node.id);
    if (this.#random.below(2) > 0) this.#cluster.processAppend(node.id);
    if (this.#random.below(2) > 0) this.#cluster.processApply(node.id);
  }

  #propose(node: MemoryNode): void {
    this.#proposals += 1;
    const change = this.#options.membershipChanges === true && this.#random.below(4) === 0 ? this.#change() : undefined;
    const data = new Uint8Array(this.#random.below(40)).fill(this.#proposals & 0xff);
    this.#try(node, () => {
      if (change === undefined) node.raft.propose([data]);
      else node.raft.proposeConfChange(change);
    });
  }

  #change(): ConfChangeV2 {
    const types = [ConfChangeType.addNode, ConfChangeType.removeNode, ConfChangeType.addLearnerNode] as const;
    const transitions = Object.values(ConfChangeTransition);
    const count = this.#random.below(3);
    const changes = Array.from({ length: count }, () => ({
      type: this.#pick(types),
      nodeId: nodeId(1 + this.#random.below(this.#cluster.nodes.length)),
    }));
    const transition = count === 0 ? ConfChangeTransition.auto : this.#pick(transitions);
    return { transition, changes, context: emptyBytes };
  }

  #network(node: MemoryNode): void {
    const draw = this.#random.below(3);
    const other = this.#pick(this.#cluster.nodes);
    if (draw === 0) this.#cluster.heal();
    else if (draw === 1) this.#cluster.cut(node.id, other.id);
    else
      this.#cluster.partition([[node.id], this.#cluster.nodes.filter(({ id }) => id !== node.id).map(({ id }) => id)]);
  }

  #stopOrStart(node: MemoryNode): void {
    if (!node.running || this.#random.below(2) === 0) this.#cluster.restart(node.id);
    else this.#cluster.crash(node.id);
  }

  #read(node: MemoryNode): void {
    const context = new TextEncoder().encode(`read ${this.#askedReads.size}`);
    this.#askedReads.set(contextKey(context), this.#safety.committedIndex);
    if (node.running) node.raft.readIndex(context);
  }

  #command(node: MemoryNode): void {
    if (!node.running) return;
    const other = this.#pick(this.#cluster.nodes).id;
    switch (this.#random.below(4)) {
      case 0:
        node.raft.transferLeadership(other);
        break;
      case 1:
        node.raft.forgetLeader();
        break;
      case 2:
        if (other !== node.id) node.raft.reportUnreachable(other);
        break;
      default:
        node.raft.campaign();
    }
  }

  /** A read sees at least what was committed when it was asked for (section 6.4). */
  #checkReads(node: MemoryNode): void {
    for (const { index, context } of node.takeReadStates()) {
      this.#reads += 1;
      const atLeast = this.#askedReads.get(contextKey(context));
      if (this.#options.raft?.readOnlyMode === 'leaseBased') continue;
      assert(atLeast !== undefined && index >= atLeast, () => {
        return `a read at ${index} misses what was committed up to ${atLeast} when it was asked for`;
      });
    }
  }

  #converged(): boolean {
    const leader = this.#cluster.leader();
    if (leader === undefined) return false;
    const { commit, term } = leader.raft;
    if (leader.termAt(commit) !== term || leader.appliedIndex !== commit) return false;
    return leader.confState.voters.every((id) => this.#cluster.node(id).appliedIndex === commit);
  }

  #try(node: MemoryNode, action: () => void): void {
    if (!node.running) return;
    try {
      action();
    } catch (error) {
      if (!isProposalDropped(error)) throw error;
    }
  }

  #somePosition(): number {
    const count = this.#cluster.inFlight.length;
    // Mostly in order: a network that always reorders never lets a pipeline form.
    return count === 0 || this.#random.below(3) > 0 ? 0 : this.#random.below(count);
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#random.below(values.length)];
    assert(value !== undefined, 'there is nothing to pick from');
    return value;
  }
}
