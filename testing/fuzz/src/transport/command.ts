import { integerOptions } from '../integer-options.ts';
import { fuzzTransport } from './fuzz-transport.ts';
import { printTransportReport } from './print-transport-report.ts';

/** @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const numbers = integerOptions(args, { bytes: 10_000_000, seed: 1 });
  const report = await fuzzTransport({ ...numbers, onProgress: (line) => console.error(line) });
  printTransportReport(report);
  return report.problems.length === 0 ? 0 : 1;
}
