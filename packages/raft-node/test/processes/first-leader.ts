import type { Leadership, ProcessCluster } from './process-cluster.ts';

/** How a cluster began. */
export interface FirstLeader {
  readonly leadership: Leadership;
  /** From the moment at which the nodes were told to start, in processes that had loaded their programs, until each knew the leader. */
  readonly leaderMs: number;
}

/** Starts the nodes of processes that have none yet. */
export async function measureFirstLeader(cluster: ProcessCluster): Promise<FirstLeader> {
  const startedMs = await cluster.startAll();
  const leadership = await cluster.leadership();
  const learntMs = cluster.living.map(({ events }) => events.findLast(({ type }) => type === 'leader')?.atMs ?? 0);
  return { leadership, leaderMs: Math.max(...learntMs) - startedMs };
}
