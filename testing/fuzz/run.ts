/** `pnpm fuzz --frames N --seed S`: treats a broker badly, prints what that did, and ends with 1 if it should not have. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fuzz } from './src/fuzz.ts';
import { printReport } from './src/print-report.ts';

const { values } = parseArgs({
  // pnpm hands on the `--` in front of what is meant for the script.
  args: process.argv.slice(2).filter((one, index) => index > 0 || one !== '--'),
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    idle: { type: 'string', default: '10000' },
    misbehaving: { type: 'string', default: '100' },
    'large-rounds': { type: 'string', default: '20' },
  },
});
const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
for (const [name, value] of Object.entries(numbers)) {
  if (Number.isSafeInteger(value) && value >= 0) continue;
  console.error(`--${name} is ${value}; it must be an integer of at least 0`);
  process.exit(2);
}
const { frames = 0, seed = 0, idle = 0, misbehaving = 0 } = numbers;
// So that the broker ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const report = await fuzz({
  frames,
  seed,
  idleConnections: idle,
  idleAtOnce: Math.min(5000, Math.floor((openFilesLimit() - 1000) / 2)),
  misbehaving,
  largeRounds: numbers['large-rounds'] ?? 1,
  onProgress: (line) => console.error(line),
});
printReport(report);
process.exit(report.problems.length === 0 ? 0 : 1);

/** Node raises its own limit to the hard one at its start. */
function openFilesLimit(): number {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? 4096 : Number(match[1]);
  } catch {
    return 4096;
  }
}
