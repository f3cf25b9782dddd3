import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runSeed } from '../run/run-seed.ts';
import { describeFailure, describeTally } from '../swarm/describe-tally.ts';
import { runSwarm } from '../swarm/swarm.ts';

const usage = `pnpm sim --seed N [--trace] [--messages]        runs one seed; with a readable trace, with a line for every message
pnpm sim --seeds N [--from S] [--minutes M]     runs many, on all processors; ends with 1 if one fails
    [--workers W] [--stop-at-first] [--plant BUG]`;

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      messages: { type: 'boolean', default: false },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      workers: { type: 'string' },
      'stop-at-first': { type: 'boolean', default: false },
      plant: { type: 'string' },
    },
  });
  if (values.seed !== undefined) return await replay(integer('seed', values.seed), values);
  if (values.seeds === undefined && values.minutes === undefined) {
    console.error(usage);
    return 2;
  }
  return await swarm(values);
}

async function replay(
  seed: number,
  {
    trace,
    messages,
    plant: bug,
  }: { readonly trace: boolean; readonly messages: boolean; readonly plant?: string | undefined },
): Promise<number> {
  if (bug !== undefined) throw new Error('--plant goes with --seeds; to replay, give --from the seed and --seeds 1');
  const wantsTrace = trace || messages;
  const report = await runSeed(seed, wantsTrace ? { print: (line) => console.log(line), messages } : {});
  const { configuration: _configuration, ...rest } = report;
  console.log(JSON.stringify(rest, undefined, 2));
  return report.violation === undefined ? 0 : 1;
}

interface SwarmArguments {
  readonly seeds?: string | undefined;
  readonly from: string;
  readonly minutes?: string | undefined;
  readonly workers?: string | undefined;
  readonly 'stop-at-first': boolean;
  readonly plant?: string | undefined;
}

async function swarm(values: SwarmArguments): Promise<number> {
  const beganMs = performance.now();
  let toldMs = beganMs;
  let toldFailures = 0;
  const tally = await runSwarm({
    from: integer('from', values.from),
    seeds: values.seeds === undefined ? Number.MAX_SAFE_INTEGER : integer('seeds', values.seeds),
    maxMs: values.minutes === undefined ? Number.POSITIVE_INFINITY : integer('minutes', values.minutes) * 60_000,
    workers: values.workers === undefined ? availableParallelism() : integer('workers', values.workers),
    stopAtFirst: values['stop-at-first'],
    ...(values.plant !== undefined && { planted: values.plant }),
    onRun: ({ runs, failed: failures }) => {
      for (const failed of failures.slice(toldFailures)) console.error(describeFailure(failed));
      toldFailures = failures.length;
      const nowMs = performance.now();
      if (nowMs - toldMs < 10_000) return;
      toldMs = nowMs;
      console.error(`${runs} seeds after ${Math.round((nowMs - beganMs) / 1000)} s, ${failures.length} failed`);
    },
  });
  console.log(describeTally(tally, performance.now() - beganMs));
  return tally.failed.length === 0 ? 0 : 1;
}

function integer(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} is ${text}; it must be an integer from 0`);
  return value;
}
