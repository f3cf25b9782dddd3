import type { Workload } from '../clients/workload.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Life } from '../cluster/member.ts';
import { Violation } from '../invariants/invariant.ts';
import type { World } from '../world/world.ts';
import type { Configuration } from './configuration.ts';
import type { Judge } from './judge.ts';
import { waitsForARemovedVoter } from './removed-voter.ts';
import type { Trace } from './trace.ts';

/** What is to converge. */
export interface ConvergenceParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly workload: Workload;
  readonly configuration: Configuration;
  readonly judge: Judge;
  readonly trace: Trace;
}

const name = 'Liveness';
const lookEveryUs = 20_000;

/**
 * Waits until all nodes are there, follow one leader, have applied the same, and nobody waits for anything; then demands that every node takes
 * a proposal at once, that leadership does not change without a cause, and that nothing is left in any queue.
 *
 * @returns the virtual milliseconds that it took to converge; undefined when it never will, as {@link waitsForARemovedVoter}
 * @throws Violation when it takes too long
 */
export async function awaitConvergence(parts: ConvergenceParts): Promise<number | undefined> {
  const { world, cluster, configuration, trace } = parts;
  const beganUs = world.nowUs;
  const limitMs = convergenceLimitMs(configuration);
  let nextLookUs = 0;
  const converged = await world.runUntil(
    () => {
      if (world.nowUs < nextLookUs) return false;
      nextLookUs = world.nowUs + lookEveryUs;
      return whyNotConverged(parts) === undefined;
    },
    beganUs + limitMs * 1000,
  );
  if (!converged) {
    for (const { node, process } of cluster.lives) {
      trace.line(process.name, () =>
        JSON.stringify(node.status(), (_key, value) => (value instanceof Map ? [...value] : value)),
      );
    }
  }
  if (!converged && cluster.leader === undefined && waitsForARemovedVoter(cluster.lives)) {
    trace.line('run', 'waits for the vote of one that was removed');
    return undefined;
  }
  if (!converged) throw new Violation(name, `${limitMs} ms after it was healed ${whyNotConverged(parts)}`);
  const tookMs = (world.nowUs - beganUs) / 1000;
  trace.line('run', `has converged after ${tookMs} ms`);
  await demandService(parts);
  return tookMs;
}

/** Everything that may have to run into its time-out once, and some elections on top. */
function convergenceLimitMs({ node, transport, clients }: Configuration): number {
  const electionTimeoutMs = node.tickIntervalMs * node.electionTimeoutTicks;
  const { idleTimeoutMs, connectTimeoutMs, maxBackoffMs } = transport;
  return idleTimeoutMs + 2 * (connectTimeoutMs + maxBackoffMs) + 10 * electionTimeoutMs + 3 * clients.deadlineMs;
}

/** What runs of the nodes that belong to the cluster as its leader has it. */
export function membersOf(cluster: Cluster): readonly Life[] {
  const members = belonging(cluster);
  return cluster.lives.filter(({ watch }) => members.includes(watch.id));
}

/** The ids of the nodes that belong to the cluster as its leader has it, but for those whose disk is lost. */
function belonging(cluster: Cluster): readonly number[] {
  const status = cluster.leader?.life?.node.status();
  if (status === undefined) return [];
  const { voters, learners, votersOutgoing, learnersNext } = status.members;
  const ids = new Set<number>([...voters, ...learners, ...votersOutgoing, ...learnersNext]);
  return [...ids].filter((id) => cluster.member(id).blemishes.flipped === undefined);
}

function whyNotConverged({ cluster, workload }: ConvergenceParts): string | undefined {
  const expected = belonging(cluster);
  if (expected.length === 0) return 'nobody leads';
  // Somebody was stopped while a change was under way that brought it back.
  for (const id of expected) if (!cluster.member(id).alive) cluster.member(id).boot();
  const lives = membersOf(cluster);
  if (lives.length < expected.length) return `of nodes ${expected.join(', ')} only ${lives.length} run`;
  if (!workload.idle) return 'clients still wait';
  const statuses = lives.map(({ node }) => node.status());
  const [first] = statuses;
  for (const { nodeId, phase, leader, applied, lastIndex, queuedProposals, waitingReads, members } of statuses) {
    if (phase !== 'running') return `node ${nodeId} is ${phase}`;
    if (leader === 0 || leader !== first?.leader) {
      return `node ${nodeId} follows ${leader}, node ${first?.nodeId} ${first?.leader}`;
    }
    if (applied !== first?.lastIndex || lastIndex !== applied) {
      return `node ${nodeId} has applied ${applied} of ${lastIndex}; node ${first?.nodeId} has ${first?.lastIndex}`;
    }
    if (members.votersOutgoing.length > 0) return `node ${nodeId} is in a joint configuration`;
    if (queuedProposals > 0 || waitingReads > 0) {
      return `node ${nodeId} has ${queuedProposals} proposals and ${waitingReads} reads`;
    }
  }
  return undefined;
}

async function demandService(parts: ConvergenceParts): Promise<void> {
  const { world, cluster, configuration, judge } = parts;
  const before = judge.figures.elections;
  for (const life of membersOf(cluster)) {
    const answer = await outcomeOf(world, life);
    if (answer !== 'answered')
      throw new Violation(name, `in a healthy cluster node ${life.watch.id} does not serve: ${answer}`);
  }
  await world.run(5 * configuration.node.tickIntervalMs * configuration.node.electionTimeoutTicks * 1000);
  const changes = judge.figures.elections - before;
  if (changes > 0)
    throw new Violation(name, `${changes} changes of leader in a healthy cluster that nothing happens to`);
  const why = whyNotConverged(parts);
  if (why !== undefined) throw new Violation(name, `in a healthy cluster that nothing happens to ${why}`);
}

const serviceLimitUs = 2_000_000;

/** A proposal that no register notices. */
async function outcomeOf(world: World, life: Life): Promise<string> {
  let outcome = `no answer in ${serviceLimitUs / 1000} ms`;
  life.process.wakeAfter(0, 'input', () => {
    life.node.openSession().then(
      () => {
        outcome = 'answered';
      },
      (error: Error) => {
        outcome = error.message;
      },
    );
  });
  await world.runUntil(() => !outcome.startsWith('no answer'), world.nowUs + serviceLimitUs);
  return outcome;
}
