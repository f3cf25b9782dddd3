import { readFileSync } from 'node:fs';
import { fuzz } from './fuzz.ts';
import { integerOptions } from './integer-options.ts';
import { printReport } from './print-report.ts';

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const numbers = integerOptions(args, {
    frames: 1_000_000,
    seed: 1,
    idle: 10_000,
    misbehaving: 100,
    'large-rounds': 20,
  });
  const report = await fuzz({
    frames: numbers.frames,
    seed: numbers.seed,
    idleConnections: numbers.idle,
    idleAtOnce: Math.min(5000, Math.floor((openFilesLimit() - 1000) / 2)),
    misbehaving: numbers.misbehaving,
    largeRounds: numbers['large-rounds'],
    onProgress: (line) => console.error(line),
  });
  printReport(report);
  return report.problems.length === 0 ? 0 : 1;
}

/** Node raises its own limit to the hard one at its start. */
function openFilesLimit(): number {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? 4096 : Number(match[1]);
  } catch {
    return 4096;
  }
}
