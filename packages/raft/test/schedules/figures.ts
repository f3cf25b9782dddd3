import type { RandomScheduleReport } from '../../src/testing/index.ts';

/** What many schedules came to together. */
export class Figures {
  schedules = 0;
  steps = 0;
  elections = 0;
  committed = 0;
  reads = 0;
  maxRecoveryTicks = 0;
  /** Schedules of changing members that ended where nobody can be elected. */
  stuck = 0;
  readonly faults: Record<string, number> = {};

  add(steps: number, report: RandomScheduleReport): void {
    this.schedules += 1;
    this.steps += steps;
    this.elections += report.elections;
    this.committed += report.committed;
    this.reads += report.reads;
    this.maxRecoveryTicks = Math.max(this.maxRecoveryTicks, report.recoveryTicks);
    if (!report.converged) this.stuck += 1;
    for (const [kind, count] of Object.entries(report.faults)) this.faults[kind] = (this.faults[kind] ?? 0) + count;
  }

  lines(seconds: number): readonly string[] {
    const row = (name: string, value: number): string => `${name.padEnd(28)} ${value.toLocaleString('en-US')}`;
    return [
      row('schedules', this.schedules),
      row('steps', this.steps),
      row('elections won', this.elections),
      row('entries committed', this.committed),
      row('reads answered', this.reads),
      ...Object.entries(this.faults).map(([kind, count]) => row(`fault: ${kind}`, count)),
      row('longest recovery, ticks', this.maxRecoveryTicks),
      row('stuck, as documented', this.stuck),
      row('seconds', Math.round(seconds)),
      row('schedules per second', Math.round(this.schedules / seconds)),
    ];
  }
}
