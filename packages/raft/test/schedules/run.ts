import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runRandomSchedule } from '../../src/testing/index.ts';
import { Figures } from './figures.ts';
import { scheduleOfSeed } from './schedule-of-seed.ts';

/**
 * `schedules --count N [--seed S]`: runs the random schedules of the seeds S to S+N-1 (default 1), names every seed that
 * fails, and prints figures; stopped early by a signal, those so far.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
  const count = Number(values.count ?? 2000);
  const first = Number(values.seed ?? 1);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first) || first < 0) {
    process.stderr.write('usage: schedules --count N [--seed S]\n');
    return 2;
  }
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (stopped = true));
  // Refused proposals are part of every schedule; their stacks take longer than the schedule itself.
  Error.stackTraceLimit = 0;
  const figures = new Figures();
  const failures: string[] = [];
  const started = performance.now();
  for (let seed = first; seed < first + count && !stopped; seed += 1) {
    runOne(seed, figures, failures);
    if ((seed - first) % 1000 === 999) await setImmediate();
    if ((seed - first + 1) % 50_000 === 0) process.stderr.write(`${seed - first + 1} schedules\n`);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${figures.lines(seconds).join('\n')}\nfailures                     ${failures.length}\n`);
  return failures.length === 0 ? 0 : 1;
}

function runOne(seed: number, figures: Figures, failures: string[]): void {
  const options = scheduleOfSeed(seed);
  try {
    figures.add(options.steps, runRandomSchedule(options));
  } catch (error) {
    const line = error instanceof Error ? error.message : String(error);
    failures.push(line);
    process.stdout.write(`FAIL ${line} (${JSON.stringify(options)})\n`);
  }
}

process.exitCode = await main();
