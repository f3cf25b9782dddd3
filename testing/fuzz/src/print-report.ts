import type { FuzzReport } from './fuzz.ts';

/** Prints what a run has found, for people. */
export function printReport(report: FuzzReport): void {
  const { counts, rest, rssMib, heartbeatMs, witness } = report;
  const total = Object.values(counts.frames).reduce((sum, one) => sum + one, 0);
  const rows: readonly (readonly [string, string])[] = [
    ['frames', `${total} in ${report.seconds.toFixed(0)} s`],
    ...entries(counts.frames, '  '),
    ['large requests', `${Object.values(counts.large).reduce((sum, one) => sum + one, 0)}`],
    ...entries(counts.large, '  '),
    ['answers', `${counts.answers}`],
    ['connections', `${counts.connections}, ${counts.ended} ended by the broker, ${counts.givenUp} given up`],
    ['idle connections open together', `${rest.idleOpenTogether}`],
    ...entries(rest.ended, 'ended of those '),
    ...entries(report.refused, 'ended or refused: '),
    ['topics removed', `${rest.topicsRemoved}`],
    ['log lines', `${report.logLines.warn} warnings, ${report.logLines.error} errors`],
    [
      'memory',
      `${rssMib.start} MiB before, ${rssMib.max} at most (bound ${rssMib.bound}), ${rssMib.unused} right after, ${rssMib.end} when garbage is collected`,
    ],
    [
      'heartbeat beside',
      `median ${heartbeatMs.median.toFixed(1)} ms, p99 ${heartbeatMs.p99.toFixed(1)} ms, max ${heartbeatMs.max.toFixed(1)} ms of ${heartbeatMs.count}`,
    ],
    ['event loop at a standstill', `${heartbeatMs.standstill.toFixed(0)} ms of processor time at most`],
    [`witness (${witness.client})`, `${witness.rounds} rounds, the slowest ${witness.slowestMs.toFixed(0)} ms`],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(48)} ${value}`);
  if (report.problems.length === 0) console.log('all is well');
  for (const problem of report.problems) console.log(`PROBLEM: ${problem}`);
}

function entries(record: Readonly<Record<string, number>>, prefix: string): [string, string][] {
  return Object.entries(record).map(([name, value]) => [`${prefix}${name}`, `${value}`]);
}
