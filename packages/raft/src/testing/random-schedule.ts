import { assert, type Random } from '@streambus/runtime';
import { createSeededRandom } from '@streambus/runtime/testing';
import { ConfChangeTransition, ConfChangeType, type ConfChangeV2 } from '../conf-change.ts';
import { emptyBytes } from '../entry.ts';
import { isProposalDropped } from '../errors.ts';
import { type LogIndex, type NodeId, nodeId } from '../identifiers.ts';
import { contextKey } from '../read-only.ts';
import { hasConverged, hasUnheardVoter, isStuck } from './convergence.ts';
import { createMemoryCluster, type MemoryCluster } from './memory-cluster.ts';
import type { MemoryNode } from './memory-node.ts';
import {
  type FaultKind,
  noFaults,
  type RandomScheduleOptions,
  type RandomScheduleReport,
} from './random-schedule-report.ts';
import { SafetyCheck } from './safety-check.ts';

/**
 * Breaks a cluster at random (messages delayed, reordered, duplicated and lost; nodes stopped and restarted; links cut;
 * logs compacted; leadership transferred), then heals it and demands that it converges. The safety properties are held
 * after every step, and that no read is stale.
 *
 * Time passes on each node by itself; with `leaseBased` reads on all at once, as a lease demands of its clocks.
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

/** One kind of random event: how often it comes, against the others, and what it does. */
interface Action {
  readonly weight: number;
  readonly run: (node: MemoryNode) => void;
}

/**
 * How often the faults of one schedule may come. Each schedule draws its own from these: one with crashes and without a
 * lost message gets elsewhere than one with a little of everything.
 */
const faultWeights = [0, 1, 3, 8] as const;

class Schedule {
  readonly #options: RandomScheduleOptions;
  readonly #random: Random;
  readonly #cluster: MemoryCluster;
  readonly #safety: SafetyCheck;
  readonly #actions: readonly Action[];
  readonly #totalWeight: number;
  readonly #faults: Record<FaultKind, number> = noFaults();
  /** At most so many messages are delivered at once. */
  readonly #maxBurst: number;
  /** One of this many deliveries is out of order. */
  readonly #reorderOneIn: number;
  readonly #delayed = new Set<NodeId>();
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
      raft: {
        electionTimeoutTicks: this.#electionTimeoutTicks,
        maxInflightMessages: 4,
        // Entries that travel one by one get to some members and not to others.
        maxMessageBytes: this.#pick([0, 64]),
        ...options.raft,
      },
    });
    this.#safety = new SafetyCheck(this.#cluster);
    this.#actions = this.#chooseActions();
    this.#totalWeight = this.#actions.reduce((sum, { weight }) => sum + weight, 0);
    this.#maxBurst = this.#pick([1, 3, 8]);
    this.#reorderOneIn = this.#pick([2, 10, 1000]);
    // Most schedules begin with a leader: what goes wrong with one takes longer than finding it.
    if (this.#random.below(4) > 0) this.#cluster.elect(1);
  }

  step(): void {
    let draw = this.#random.below(this.#totalWeight);
    const action = this.#actions.find(({ weight }) => {
      draw -= weight;
      return draw < 0;
    });
    const node = this.#pick(this.#cluster.nodes);
    action?.run(node);
    this.#look(node, 0);
  }

  recover(): RandomScheduleReport {
    const cluster = this.#cluster;
    this.#heal();
    for (const node of cluster.nodes) if (!node.running) cluster.restart(node.id);
    const recoveryTicks = cluster.tickUntil(() => hasConverged(cluster) || this.#isStuck(), maxRecoveryTicks);
    this.#safety.check();
    const leader = cluster.leader();
    return {
      committed: this.#safety.committedIndex,
      term: leader?.raft.term ?? 0,
      elections: this.#safety.elections,
      reads: this.#reads,
      faults: this.#faults,
      recoveryTicks,
      converged: hasConverged(cluster),
    };
  }

  #chooseActions(): readonly Action[] {
    const cluster = this.#cluster;
    const membership = this.#options.membershipChanges === true ? 16 : 0;
    return [
      { weight: 40, run: () => this.#deliverSome() },
      { weight: this.#pick([0, 10, 20]), run: () => this.#flow() },
      { weight: this.#pick([0, 8, 25]), run: (node) => this.#depose(node) },
      { weight: 20, run: (node) => this.#work(node) },
      this.#passTime(),
      { weight: 15, run: (node) => this.#propose(this.#leaderOr(node)) },
      { weight: membership, run: (node) => this.#changeMembers(this.#leaderOr(node)) },
      { weight: 8, run: (node) => this.#read(this.#leaderOr(node)) },
      { weight: 4, run: () => this.#heal() },
      { weight: 4, run: ({ id, running }) => running || cluster.restart(id) },
      ...this.#chooseFaults(),
    ];
  }

  #heal(): void {
    this.#cluster.heal();
    this.#delayed.clear();
  }

  #passTime(): Action {
    const cluster = this.#cluster;
    const weight = this.#pick([10, 25, 60]);
    return { weight, run: this.#leases ? () => cluster.tickAll() : ({ id }) => cluster.tick(id) };
  }

  #chooseFaults(): readonly Action[] {
    const cluster = this.#cluster;
    const running = (kind: FaultKind, run: (node: MemoryNode) => void) => (node: MemoryNode) => {
      if (node.running) this.#inject(kind, () => run(node));
    };
    const inFlight = (kind: FaultKind, run: (position: number) => void) => () => {
      if (cluster.inFlight.length > 0) this.#inject(kind, () => run(this.#somePosition()));
    };
    const runs = [
      (node: MemoryNode) => this.#inject('delay', () => this.#delayed.delete(node.id) || this.#delayed.add(node.id)),
      inFlight('drop', (position) => cluster.drop(position)),
      inFlight('duplicate', (position) => cluster.duplicate(position)),
      (node: MemoryNode) => this.#breakLinks(node),
      (node: MemoryNode) => this.#stopOrStart(node),
      running('compact', (node) => node.compact()),
      (node: MemoryNode) => this.#campaign(node),
      running('forgetLeader', (node) => node.raft.forgetLeader()),
      (node: MemoryNode) => this.#transferOrSuspect(node),
    ];
    return runs.map((run) => ({ weight: this.#pick(faultWeights), run }));
  }

  #inject(kind: FaultKind, run: () => void): void {
    this.#faults[kind] += 1;
    run();
  }

  /** A lease that is wrong shows between one election timeout and two: that has to be some time. */
  get #electionTimeoutTicks(): number {
    return this.#leases ? 8 : 3;
  }

  get #leases(): boolean {
    return this.#options.raft?.readOnlyMode === 'leaseBased';
  }

  /**
   * A burst of deliveries, each with the receiver's work: otherwise nothing would ever be finished between two faults.
   */
  #deliverSome(): void {
    for (let count = 1 + this.#random.below(this.#maxBurst); count > 0; count -= 1) {
      const { inFlight } = this.#cluster;
      let position = this.#somePosition();
      for (let to = inFlight[position]?.to; to !== undefined && this.#delayed.has(to); to = inFlight[position]?.to) {
        position += 1;
      }
      const receiver = inFlight[position]?.to;
      if (receiver === undefined) return;
      this.#cluster.deliver(position);
      this.#work(this.#cluster.node(receiver));
    }
  }

  /** Some nodes get on with each other, as if the others' network were slow: what they agree on, the others miss. */
  #flow(): void {
    const group = this.#cluster.nodes.filter(({ id }) => !this.#delayed.has(id) && this.#random.below(3) > 0);
    for (let rounds = 1 + this.#random.below(3); rounds > 0; rounds -= 1) {
      for (const node of group) this.#workAll(node);
      let position = 0;
      for (let left = this.#cluster.inFlight.length; left > 0; left -= 1) {
        const to = this.#cluster.inFlight[position]?.to;
        if (group.some(({ id }) => id === to)) this.#cluster.deliver(position);
        else position += 1;
      }
    }
    for (const node of group) this.#look(node, 0);
  }

  /** Somebody stands against a leader that was not heard for a while, and may not notice. */
  #depose(candidate: MemoryNode): void {
    for (const node of this.#cluster.nodes) {
      const { raft, id } = node;
      if (raft.role !== 'leader' || id === candidate.id) continue;
      // What only it has may come back with it.
      if (this.#random.below(2) === 0) this.#propose(node);
      if (this.#random.below(4) > 0) this.#inject('delay', () => this.#delayed.add(id));
    }
    this.#delayed.delete(candidate.id);
    for (let ticks = this.#random.below(this.#electionTimeoutTicks * 2); ticks > 0; ticks -= 1) this.#cluster.tickAll();
    this.#campaign(candidate);
    // Rivals ask for votes of one term, and whoever voted may have stopped in between.
    if (this.#random.below(3) === 0) this.#campaign(this.#pick(this.#cluster.nodes));
    for (let flows = this.#random.below(4); flows > 0; flows -= 1) {
      this.#flow();
      if (this.#random.below(4) === 0) this.#stopOrStart(this.#pick(this.#cluster.nodes));
    }
    this.#read(this.#leaderOr(candidate));
  }

  #campaign(node: MemoryNode): void {
    if (node.running) this.#inject('campaign', () => node.raft.campaign());
  }

  #workAll(node: MemoryNode): void {
    const sentBefore = this.#cluster.inFlight.length;
    this.#cluster.process(node.id);
    while (node.pendingAppends > 0) this.#cluster.processAppend(node.id);
    while (node.pendingApplies > 0) this.#cluster.processApply(node.id);
    this.#look(node, sentBefore);
  }

  #work(node: MemoryNode): void {
    const sentBefore = this.#cluster.inFlight.length;
    if (this.#random.below(3) > 0) this.#cluster.process(node.id);
    if (this.#random.below(2) > 0) this.#cluster.processAppend(node.id);
    if (this.#random.below(2) > 0) this.#cluster.processApply(node.id);
    this.#look(node, sentBefore);
  }

  /** Holds what must hold of a node that something happened to, and of what it has sent. */
  #look(node: MemoryNode, sentBefore: number): void {
    for (const message of this.#cluster.inFlight.slice(sentBefore)) this.#safety.checkSent(message);
    this.#checkReads(node);
    this.#safety.check([node]);
  }

  /** Half of the time somebody who takes itself for the leader: others can only pass things on. */
  #leaderOr(node: MemoryNode): MemoryNode {
    const leaders = this.#cluster.nodes.filter(({ running, raft }) => running && raft.role === 'leader');
    return leaders.length === 0 || this.#random.below(2) === 0 ? node : this.#pick(leaders);
  }

  #propose(node: MemoryNode): void {
    this.#proposals += 1;
    const data = new Uint8Array(this.#random.below(40)).fill(this.#proposals & 0xff);
    this.#try(node, () => node.raft.propose([data]));
  }

  #changeMembers(node: MemoryNode): void {
    const change = this.#change();
    this.#try(node, () => node.raft.proposeConfChange(change));
  }

  #change(): ConfChangeV2 {
    const types = [ConfChangeType.addNode, ConfChangeType.removeNode, ConfChangeType.addLearnerNode] as const;
    const transitions = Object.values(ConfChangeTransition);
    if (this.#random.below(2) === 0) return this.#replaceMembers();
    const count = this.#random.below(3);
    const changes = Array.from({ length: count }, () => ({
      type: this.#pick(types),
      nodeId: nodeId(1 + this.#random.below(this.#cluster.nodes.length)),
    }));
    const transition = count === 0 ? ConfChangeTransition.auto : this.#pick(transitions);
    return { transition, changes, context: emptyBytes };
  }

  /** Whoever is a voter now, about half of all nodes shall be then. */
  #replaceMembers(): ConfChangeV2 {
    const { addNode, removeNode } = ConfChangeType;
    const changes = this.#cluster.nodes.map(({ id }) => ({ type: this.#pick([addNode, removeNode]), nodeId: id }));
    const { jointImplicit, jointExplicit } = ConfChangeTransition;
    return { transition: this.#pick([jointImplicit, jointExplicit]), changes, context: emptyBytes };
  }

  #breakLinks(node: MemoryNode): void {
    const ids = this.#cluster.nodes.map(({ id }) => id);
    const draw = this.#random.below(3);
    if (draw === 0) {
      this.#inject('cutLink', () => this.#cluster.cut(node.id, this.#pick(ids)));
      return;
    }
    const some = ids.filter(() => this.#random.below(2) === 0);
    this.#inject('partition', () => this.#cluster.partition([some, ids.filter((id) => !some.includes(id))]));
  }

  #stopOrStart(node: MemoryNode): void {
    if (!node.running || this.#random.below(2) === 0) this.#inject('restart', () => this.#cluster.restart(node.id));
    else this.#inject('crash', () => this.#cluster.crash(node.id));
  }

  #read(node: MemoryNode): void {
    const context = new TextEncoder().encode(`read ${this.#askedReads.size}`);
    this.#askedReads.set(contextKey(context), this.#safety.committedIndex);
    if (node.running) node.raft.readIndex(context);
  }

  #transferOrSuspect(node: MemoryNode): void {
    if (!node.running) return;
    const other = this.#pick(this.#cluster.nodes).id;
    if (this.#random.below(2) === 0) this.#inject('transfer', () => node.raft.transferLeadership(other));
    else if (other !== node.id) this.#inject('unreachable', () => node.raft.reportUnreachable(other));
  }

  /** A read sees at least what was committed when it was asked for (section 6.4). */
  #checkReads(node: MemoryNode): void {
    for (const { index, context } of node.takeReadStates()) {
      this.#reads += 1;
      const atLeast = this.#askedReads.get(contextKey(context));
      assert(atLeast !== undefined && index >= atLeast, () => {
        return `a read at ${index} misses what was committed up to ${atLeast} when it was asked for`;
      });
    }
  }

  #isStuck(): boolean {
    const { membershipChanges, raft } = this.#options;
    if (membershipChanges !== true) return false;
    const ignoresEarlierTerms = raft?.preVote === false && raft.checkQuorum === false;
    return isStuck(this.#cluster) || (ignoresEarlierTerms && hasUnheardVoter(this.#cluster));
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
    if (count === 0 || this.#random.below(this.#reorderOneIn) > 0) return 0;
    const position = this.#random.below(count);
    if (position > 0) this.#faults.reorder += 1;
    return position;
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#random.below(values.length)];
    assert(value !== undefined, 'there is nothing to pick from');
    return value;
  }
}
