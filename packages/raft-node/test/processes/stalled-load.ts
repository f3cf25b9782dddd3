import { setTimeout as elapse } from 'node:timers/promises';
import { timelineOf } from './failover.ts';
import type { Leadership, ProcessCluster } from './process-cluster.ts';
import { machineMs } from './stalls.ts';

/** What a cluster did while its event loops were blocked now and then. */
export interface StalledLoad {
  readonly before: Leadership;
  readonly after: Leadership;
  readonly stalls: number;
  readonly longestStallMs: number;
  /** Elections that somebody began, with or without success. */
  readonly campaigns: number;
  /** What was told meanwhile, but for the stalls themselves. */
  readonly timeline: readonly string[];
}

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
  return {
    before,
    after,
    stalls: durations.length,
    longestStallMs: Math.max(...durations),
    campaigns: told.filter((event) => event.type === 'role' && event.role === 'preCandidate').length,
    timeline: timelineOf(marks, sinceMs),
  };
}
