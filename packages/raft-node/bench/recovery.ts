/**
 * How long a killed node takes to start again, in a new process, on the log that it has left: until it takes part, until its state machine has
 * everything, and on what the time goes.
 *
 *     pnpm --filter @streambus/raft-node recovery [--entries 100000] [--bytes 100] [--rounds 5]
 *
 * Aim: less than a second from `start()` until it takes part.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAgain, writeAndKill } from '../test/recovery/recovery-process.ts';
import type { RecoveryFigures, RecoveryTask } from '../test/recovery/recovery-program.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '100000' },
    bytes: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '5' },
  },
});
const aimMs = 1000;
const entries = Number(values.entries);
const entryBytes = Number(values.bytes);
const noSnapshot = 2 ** 31 - 1;
const cases: readonly (readonly [string, Omit<RecoveryTask, 'folder'>])[] = [
  [
    'without a snapshot, in large records',
    { snapshotAfterEntries: noSnapshot, write: { entries, entryBytes, clients: 64, outstanding: 64 } },
  ],
  [
    'without a snapshot, in small records',
    { snapshotAfterEntries: noSnapshot, write: { entries, entryBytes, clients: 16, outstanding: 1 } },
  ],
  ['with snapshots, by the defaults', { write: { entries, entryBytes, clients: 64, outstanding: 64 } }],
];

const folder = await mkdtemp(join(tmpdir(), 'raft-node-recovery-'));
try {
  for (const [at, [what, { write, ...options }]] of cases.entries()) {
    const task = { folder: join(folder, `${at}`), ...options };
    const written = await writeAndKill({ ...task, ...(write === undefined ? {} : { write }) });
    if (written.entries !== entries) throw new Error(`${written.entries} entries were applied of ${entries}`);
    const starts: RecoveryFigures[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const figures = await startAgain(task);
      if (figures.entries !== entries) throw new Error(`${figures.entries} entries are left of ${entries}`);
      starts.push(figures);
    }
    print(what, starts);
  }
} finally {
  await rm(folder, { recursive: true });
}

function print(what: string, starts: readonly RecoveryFigures[]): void {
  starts = starts.toSorted((one, other) => one.readyMs - other.readyMs);
  const middle = starts[starts.length >>> 1] as RecoveryFigures;
  const worst = starts.at(-1) as RecoveryFigures;
  const named = Object.entries(middle.phasesMs);
  const rest = named.reduce((left, [, ms]) => left - ms, middle.readyMs);
  const phases = [...named.map(([name, ms]) => [name.replace(/Ms$/, ''), ms] as const), ['rest', rest] as const];
  const shares = phases.map(
    ([name, ms]) => `${name} ${ms.toFixed(0)} ms (${((ms / middle.readyMs) * 100).toFixed(0)} %)`,
  );
  const isMet = worst.readyMs < aimMs;
  console.log(
    `${entries} entries of ${entryBytes} bytes ${what}, ${starts.length} starts at a load of ${loadavg()[0]?.toFixed(1)}:`,
  );
  console.log(
    `  takes part after ${middle.readyMs.toFixed(0)} ms, at worst ${worst.readyMs.toFixed(0)} ms (aim ${aimMs}: ${isMet ? 'met' : 'missed'})`,
  );
  console.log(`  which takes ${middle.readyCpuMs.toFixed(0)} ms of processor time, on all threads`);
  console.log(`  of which ${shares.join(', ')}`);
  console.log(`  has applied everything after ${middle.appliedMs.toFixed(0)} ms`);
}
