import { setTimeout as elapse } from 'node:timers/promises';
import { timelineOf } from './failover.ts';
import { machineMs } from './machine-time.ts';
import type { Leadership, ProcessCluster } from './process-cluster.ts';

/** What a cluster did while its event loops were blocked now and then. */
export interface StalledLoad {
  readonly before: Leadership;
  readonly after: Leadership;
  readonly stalls: number;
  readonly longestStallMs: number;
  /** Whether a process was silent for so long that the others had to take it for lost: then the machine itself had no time for it. */
  readonly hadCause: boolean;
  /** Elections that somebody began, with or without success. */
  readonly campaigns: number;
  /** What was told meanwhile, but for the stalls themselves. */
  readonly timeline: readonly string[];
}

/** The default of 10 ticks of 100 ms, less the tick that may pass before a silence begins. */
const causeMs = 900;

/** Blocks the event loops of all processes at random for a while. The load goes on. */
export async function stallEventLoops(
  cluster: ProcessCluster,
  options: { readonly forMs: number; readonly maxStallMs: number; readonly seed: number },
): Promise<StalledLoad> {
  const before = await cluster.leadership();
  const marks = new Map(cluster.living.map((node) => [node, node.mark]));
  const sinceMs = machineMs();
  const { maxStallMs, seed } = options;
  await Promise.all(
    cluster.living.map((node) => node.ask('stall', { seed: seed * 1000 + node.id, maxStallMs, maxGapMs: maxStallMs })),
  );
  await elapse(options.forMs);
  await Promise.all(cluster.living.map((node) => node.ask('endStalls')));
  const after = await cluster.leadership();
  const told = [...marks].flatMap(([node, mark]) => node.events.slice(mark));
  const durations = told.flatMap((event) => (event.type === 'stall' ? [event.durationMs] : []));
  const longestStallMs = durations.reduce((longest, durationMs) => Math.max(longest, durationMs), 0);
  return {
    before,
    after,
    stalls: durations.length,
    longestStallMs,
    hadCause: longestStallMs > causeMs,
    campaigns: told.filter((event) => event.type === 'role' && event.role === 'preCandidate').length,
    timeline: timelineOf(marks, sinceMs),
  };
}
