import { Worker } from 'node:worker_threads';
import type { RunReport } from '../run/run-seed.ts';
import { Tally } from './tally.ts';

/** What a worker is told at its beginning. */
export interface WorkerSettings {
  /** The name of a bug to plant. */
  readonly planted: string | undefined;
}

/** What to run. */
export interface SwarmOptions {
  readonly from: number;
  readonly seeds: number;
  /** No seed is begun after so many milliseconds of real time. */
  readonly maxMs: number;
  readonly workers: number;
  /** Stops at the first run that fails. */
  readonly stopAtFirst: boolean;
  readonly planted?: string;
  readonly onRun?: (tally: Tally) => void;
  /** In the order in which they end. */
  readonly onReport?: (report: RunReport) => void;
}

/** A run that takes so long in real time does not end. */
const hangsAfterMs = 180_000;

/** Runs many seeds on several workers. */
export async function runSwarm(options: SwarmOptions): Promise<Tally> {
  const tally = new Tally();
  const beganMs = performance.now();
  let next = options.from;
  const end = options.from + options.seeds;
  const takeSeed = (): number | undefined => {
    const stops = options.stopAtFirst && tally.failed.length > 0;
    const isLate = performance.now() - beganMs >= options.maxMs;
    return stops || isLate || next >= end ? undefined : next++;
  };
  const onReport = (report: RunReport): void => {
    tally.add(report);
    options.onReport?.(report);
    options.onRun?.(tally);
  };
  const onCrash = (seed: number, message: string): void => {
    tally.addCrash(seed, message);
    options.onRun?.(tally);
  };
  const count = Math.min(options.workers, options.seeds);
  const seeds: SeedSource = { take: takeSeed, onReport, onCrash };
  await Promise.all(Array.from({ length: count }, () => runWorkers(options.planted, seeds)));
  return tally;
}

/** Where workers get their seeds, and who hears what became of them. */
interface SeedSource {
  take(): number | undefined;
  onReport(report: RunReport): void;
  /** A run ended its worker, or did not end. */
  onCrash(seed: number, message: string): void;
}

/** Runs one worker after the other: each until there are no more seeds, or until one of them ends it. */
async function runWorkers(planted: string | undefined, seeds: SeedSource): Promise<void> {
  while ((await runWorker(planted, seeds)) === 'crashed');
}

/** Gives a worker one seed after the other. @throws Error when it cannot begin */
function runWorker(planted: string | undefined, seeds: SeedSource): Promise<'finished' | 'crashed'> {
  const workerData: WorkerSettings = { planted };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    // Wherever this runs, its workers run the sources.
    execArgv: ['--conditions=@streambus/source'],
  });
  return new Promise((resolve, reject) => {
    let seed: number | undefined;
    let hangs: NodeJS.Timeout | undefined;
    const end = (how: 'finished' | 'crashed'): void => {
      clearTimeout(hangs);
      worker.terminate().then(() => resolve(how), reject);
    };
    const crash = (what: string): void => {
      if (seed !== undefined) seeds.onCrash(seed, what);
      end('crashed');
    };
    worker.on('message', (message: RunReport | 'ready') => {
      clearTimeout(hangs);
      if (message !== 'ready') seeds.onReport(message);
      seed = seeds.take();
      if (seed === undefined) {
        end('finished');
        return;
      }
      hangs = setTimeout(() => crash(`does not end within ${hangsAfterMs} ms`), hangsAfterMs);
      worker.postMessage(seed);
    });
    worker.on('error', (cause) => {
      if (seed === undefined) reject(cause);
      else crash(`ended its worker: ${cause}`);
    });
  });
}
