import { createSeededRandom } from '@streambus/runtime/testing';
import { Workload } from '../clients/workload.ts';
import { Cluster } from '../cluster/cluster.ts';
import type { FaultKind } from '../faults/fault-kinds.ts';
import { Nemesis } from '../faults/nemesis.ts';
import { Violation } from '../invariants/invariant.ts';
import { World } from '../world/world.ts';
import { type Configuration, configurationOf } from './configuration.ts';
import { awaitConvergence, membersOf } from './convergence.ts';
import type { Figures } from './figures.ts';
import { lookAtGauges } from './gauges.ts';
import { Judge } from './judge.ts';
import { createTrace, noTrace } from './trace.ts';

/** What became of a run. */
export interface RunReport {
  readonly seed: number;
  readonly configuration: Configuration;
  /** Runs that went the same way have the same. */
  readonly digest: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly figures: Figures;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** Virtual time from the healing to convergence. */
  readonly convergedAfterMs: number;
  /** It can never converge, in a way that is known and kept: see `removed-voter.ts`. */
  readonly isStuck: boolean;
  /** What did not hold. */
  readonly violation: { readonly invariant: string; readonly message: string; readonly atMs: number } | undefined;
}

/** How to run. */
export interface RunOptions {
  /** Takes a readable trace, line by line. */
  readonly print?: (line: string) => void;
  /** With a line for every message of Raft's. Default false. */
  readonly messages?: boolean;
  readonly configuration?: Configuration;
}

/** How long clients go on after everything was healed. */
const afterHealingMs = 5000;

/** Runs one cluster: breaks it, heals it, and demands that it converges. */
export async function runSeed(
  seed: number,
  { print, messages = false, configuration = configurationOf(seed) }: RunOptions = {},
): Promise<RunReport> {
  const world = new World();
  const trace = print === undefined ? noTrace : createTrace(world, messages, print);
  trace.line('run', () => JSON.stringify(configuration, (_key, value) => (value instanceof Set ? [...value] : value)));
  const random = createSeededRandom(seed);
  const judge = new Judge(world, trace);
  const cluster = new Cluster({ configuration, world, random: random.fork(), trace, observer: judge });
  const nemesis = new Nemesis({
    world,
    cluster,
    random: random.fork(),
    trace,
    kinds: configuration.faults,
    everyMs: configuration.faultEveryMs,
    firstVoters: configuration.size,
    figures: judge.figures,
  });
  const workload = new Workload({
    world,
    cluster,
    random: random.fork(),
    subject: configuration.subject,
    traits: configuration.clients,
    observer: judge,
    figures: judge.figures,
    trace,
  });
  world.afterEvent = () => {
    cluster.look();
    judge.assertNoViolation();
  };
  judge.superviseWith(cluster, random.fork());
  let convergedAfterMs: number | undefined = 0;
  let violation: RunReport['violation'];
  try {
    cluster.boot();
    lookAtGauges({ world, cluster, configuration, judge });
    workload.start();
    nemesis.start();
    await world.run(configuration.breakMs * 1000);
    nemesis.heal();
    await world.run(afterHealingMs * 1000);
    workload.stop();
    convergedAfterMs = await awaitConvergence({ world, cluster, workload, configuration, judge, trace });
    judge.atEnd(convergedAfterMs === undefined ? [] : membersOf(cluster).map(({ watch }) => watch));
  } catch (thrown) {
    const invariant = thrown instanceof Violation ? thrown.invariant : 'No Uncaught Error';
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    violation = {
      invariant,
      message: thrown instanceof Violation ? thrown.message : message,
      atMs: world.nowUs / 1000,
    };
    trace.line('run', () => `violated: ${violation?.message}`);
  }
  return {
    seed,
    configuration,
    digest: world.digest,
    events: world.events,
    virtualMs: world.nowUs / 1000,
    figures: judge.figures,
    faults: nemesis.counts,
    convergedAfterMs: convergedAfterMs ?? 0,
    isStuck: convergedAfterMs === undefined,
    violation,
  };
}
