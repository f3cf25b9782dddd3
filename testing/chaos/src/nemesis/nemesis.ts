import { setTimeout as elapse } from 'node:timers/promises';
import { machineMs } from '../processes/machine-time.ts';
import type { Fault } from './fault.ts';
import type { PlannedFault, Schedule } from './schedule.ts';

/** What a nemesis can do to a cluster. Each of it works in any state of a node: there is nothing to kill of a dead one. */
export interface Victims {
  readonly nodes: readonly number[];
  /** Whether its process runs and has started. */
  isWhole(node: number): boolean;
  kill(node: number): void;
  /** Starts a killed node on what its disk has. */
  restart(node: number): void;
  pause(node: number): void;
  resume(node: number): void;
  cut(from: number, to: number): void;
  mend(from: number, to: number): void;
}

/** A line of what was done. */
export interface JournalEntry {
  /** By the machine's monotonic clock. */
  readonly atMs: number;
  readonly what: string;
}

/** What was done. */
export interface Injected {
  readonly journal: readonly JournalEntry[];
  /** Faults by kind; and those that were left out, because more nodes were still down than they allow: a busy machine starts slowly. */
  readonly counts: Readonly<Record<string, number>>;
  /** By how much it was late at most, by its schedule. Milliseconds. */
  readonly maxDelayMs: number;
}

/** Does what a schedule says, when it says so, and takes all of it back in the end. */
export async function injectFaults({ faults, durationMs }: Schedule, victims: Victims): Promise<Injected> {
  const beganMs = machineMs();
  const journal: JournalEntry[] = [];
  const note = (what: string): void => void journal.push({ atMs: machineMs(), what });
  let maxDelayMs = 0;
  const until = async (atMs: number): Promise<void> => {
    await elapse(Math.max(0, beganMs + atMs - machineMs()));
    maxDelayMs = Math.max(maxDelayMs, machineMs() - beganMs - atMs);
  };
  const counts: Record<string, number> = {};
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  await Promise.all(
    faults.map(async (planned: PlannedFault) => {
      const { kind, atMs, untilMs, fault } = planned;
      await until(atMs);
      if (!isAllowed(planned, victims)) {
        count('left out');
        return;
      }
      note(describeFault(fault));
      begin(fault, victims);
      count(kind);
      await until(untilMs);
      note(`end of ${describeFault(fault)}`);
      takeBack(fault, victims);
    }),
  );
  await until(durationMs);
  note('everything is whole');
  return { journal, counts, maxDelayMs };
}

function isAllowed({ maxStruck, victims: chosen }: PlannedFault, victims: Victims): boolean {
  const others = victims.nodes.filter((node) => !chosen.includes(node) && !victims.isWhole(node));
  return others.length + chosen.length <= maxStruck;
}

function begin(fault: Fault, victims: Victims): void {
  switch (fault.type) {
    case 'kill':
      for (const node of fault.nodes) victims.kill(node);
      return;
    case 'pause':
      for (const node of fault.nodes) victims.pause(node);
      return;
    case 'cut':
      for (const [from, to] of fault.links) victims.cut(from, to);
  }
}

function takeBack(fault: Fault, victims: Victims): void {
  switch (fault.type) {
    case 'kill':
      for (const node of fault.nodes) victims.restart(node);
      return;
    case 'pause':
      for (const node of fault.nodes) victims.resume(node);
      return;
    case 'cut':
      for (const [from, to] of fault.links) victims.mend(from, to);
  }
}

/** A fault in words. */
function describeFault(fault: Fault): string {
  if (fault.type === 'cut') return `cut ${fault.links.map(([from, to]) => `${from}>${to}`).join(' ')}`;
  return `${fault.type} ${fault.nodes.join(' ')}`;
}
