import type { Gap } from '../run/availability.ts';
import type { ChaosReport } from '../run/run-chaos.ts';

const maxFindings = 10;

/** A report for people. */
export function describeReport(report: ChaosReport): string {
  const { kind, seed, durationMs, findings, folder } = report;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const gap = ({ fromMs, durationMs: ms }: Gap): string => `${seconds(ms)}, from ${seconds(fromMs)} on`;
  const rows: readonly (readonly [string, string])[] = [
    ['nemesis', `${kind}, seed ${seed}, ${seconds(durationMs)}`],
    ['faults', list(report.faults)],
    ['they were late by at most', seconds(report.maxDelayMs)],
    ...Object.entries(report.tally).map(([what, outcomes]) => [what, list(outcomes)] as const),
    ['longest time without an answer', gap(report.longestGap)],
    ['the same while a majority was whole', gap(report.longestMinorityGap)],
    ['until an answer after anything went', gap(report.longestReturn)],
    ['until every node served in the end', seconds(report.recoveryMs)],
    ...Object.entries(report.figures).map(([what, figure]) => [what, `${figure}`] as const),
    ['the check took', seconds(report.checkMs)],
    ['verdict', verdictOf(report)],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  const shown = findings.slice(0, maxFindings).map((finding) => `\n${finding}`);
  const where = folder === undefined ? [] : [`\nhistories, disks and diaries are in ${folder}`];
  return [...rows.map(([what, text]) => `${what.padEnd(width)}  ${text}`), ...shown, ...where].join('\n');
}

function verdictOf({ findings }: ChaosReport): string {
  if (findings.length > 0) return `${findings.length} things do not hold`;
  return 'linearizable, applied once, nothing acknowledged lost, all nodes equal and serving';
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}
