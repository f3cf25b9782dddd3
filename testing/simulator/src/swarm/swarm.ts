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
  /** No seed is begun after so many milliseconds of real time, once {@link minSeeds} were. */
  readonly maxMs: number;
  /** Default 0. */
  readonly minSeeds?: number;
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
    const isLate = performance.now() - beganMs >= options.maxMs && next - options.from >= (options.minSeeds ?? 0);
    return stops || isLate || next >= end ? undefined : next++;
  };
  const onReport = (report: RunReport): void => {
    tally.add(report);
    options.onReport?.(report);
    options.onRun?.(tally);
  };
  const count = Math.min(options.workers, options.seeds);
  await Promise.all(Array.from({ length: count }, () => runWorker(options.planted, takeSeed, onReport)));
  return tally;
}

/** Gives a worker one seed after the other, until there are no more. */
function runWorker(
  planted: string | undefined,
  takeSeed: () => number | undefined,
  onReport: (report: RunReport) => void,
): Promise<void> {
  const workerData: WorkerSettings = { planted };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    // Wherever this runs, its workers run the sources.
    execArgv: ['--conditions=@streambus/source'],
  });
  return new Promise((resolve, reject) => {
    let seed: number | undefined;
    let hangs: NodeJS.Timeout | undefined;
    const giveNext = (): void => {
      clearTimeout(hangs);
      seed = takeSeed();
      if (seed === undefined) {
        worker.terminate().then(() => resolve(), reject);
        return;
      }
      hangs = setTimeout(() => {
        const error = new Error(`seed ${seed} does not end within ${hangsAfterMs} ms`);
        worker.terminate().then(() => reject(error), reject);
      }, hangsAfterMs);
      worker.postMessage(seed);
    };
    worker.on('message', (message: RunReport | 'ready') => {
      if (message !== 'ready') onReport(message);
      giveNext();
    });
    worker.on('error', (cause) => {
      clearTimeout(hangs);
      reject(new Error(`seed ${seed} ended its worker: ${cause}`, { cause }));
    });
  });
}
