import { type FaultKind, faultKinds } from '../faults/fault-kinds.ts';
import { emptyFigures, type Figures } from '../run/figures.ts';
import type { RunReport } from '../run/run-seed.ts';
import type { SubjectType } from '../subjects/subject.ts';

/** A run in which something did not hold. */
export interface FailedRun {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

/** What many runs came to. */
export class Tally {
  runs = 0;
  events = 0;
  virtualMs = 0;
  /** The virtual time of the shortest run in which all held. */
  shortestMs = Number.POSITIVE_INFINITY;
  slowestConvergenceMs = 0;
  /** How many clusters were for what. */
  readonly subjects: Record<SubjectType, number> = { registers: 0, metadata: 0 };
  readonly figures: Figures = emptyFigures();
  readonly faults: Record<FaultKind, number> = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<
    FaultKind,
    number
  >;
  /** Seeds of clusters that wait for the vote of one that was removed: known and kept. */
  readonly stuck: number[] = [];
  readonly failed: FailedRun[] = [];

  add(report: RunReport): void {
    const { seed, configuration, events, virtualMs, figures, faults, convergedAfterMs, violation } = report;
    this.runs++;
    this.subjects[configuration.subject]++;
    if (violation === undefined) this.shortestMs = Math.min(this.shortestMs, virtualMs);
    this.events += events;
    this.virtualMs += virtualMs;
    this.slowestConvergenceMs = Math.max(this.slowestConvergenceMs, convergedAfterMs);
    for (const name of Object.keys(figures) as (keyof Figures)[]) this.figures[name] += figures[name];
    for (const kind of faultKinds) this.faults[kind] += faults[kind];
    if (report.isStuck) this.stuck.push(seed);
    if (violation !== undefined) this.failed.push({ seed, ...violation });
  }

  /** A run that came to no report. */
  addCrash(seed: number, message: string): void {
    this.runs++;
    this.failed.push({ seed, invariant: 'No Uncaught Error', message, atMs: Number.NaN });
  }

  /** Kinds of faults that no run has seen. */
  get absentFaults(): readonly FaultKind[] {
    return faultKinds.filter((kind) => this.faults[kind] === 0);
  }
}
