import { setTimeout as elapse } from 'node:timers/promises';
import type { NodeProcess, TimedEvent } from './node-process.ts';
import type { Leadership, ProcessCluster } from './process-cluster.ts';

/** How a leader is lost: its process ends as in a crash, or it stays and does not run. */
export type LeaderLoss = 'kill' | 'freeze';

/** One leader lost, and what came of it. */
export interface Failover {
  readonly lost: number;
  readonly next: number;
  /** From the loss to the first acknowledgement of an entry of the next leader's, to whichever client. */
  readonly durationMs: number;
  /** What the others told meanwhile, with milliseconds since the loss. */
  readonly timeline: readonly string[];
}

/** A connection that lived so long is dialled again at once; a cluster that loses its leader more often has other worries. */
const steadyMs = 700;

/** Takes a cluster under load its leader, and gives it back when the others have gone on. */
export async function failOver(cluster: ProcessCluster, loss: LeaderLoss, clients: number): Promise<Failover> {
  await elapse(steadyMs);
  const { leader, term } = await cluster.leadership();
  const lost = cluster.node(leader);
  const others = cluster.others(leader);
  const marks = new Map(others.map((node) => [node, node.mark]));
  const lostMs = loss === 'kill' ? lost.beginKill() : lost.freeze();
  const acknowledged = await Promise.race(
    others.map((node) => node.event('acknowledged', (event) => event.term > term, marks.get(node))),
  );
  const { leader: next } = await cluster.leadership(others);
  const timeline = timelineOf(marks, lostMs);
  if (loss === 'kill') await revive(cluster, leader, clients);
  else lost.thaw();
  await cluster.leadership();
  return { lost: leader, next, durationMs: acknowledged.atMs - lostMs, timeline };
}

/** Kills a follower under load, and starts it again. @returns who leads then */
export async function restartFollower(cluster: ProcessCluster, clients: number): Promise<Leadership> {
  const { leader } = await cluster.leadership();
  // Now this one, now that one.
  const [follower] = cluster.others(leader).toSorted((one, other) => one.restarts - other.restarts);
  if (follower === undefined) throw new Error('there is no follower');
  follower.beginKill();
  await revive(cluster, follower.id, clients);
  return cluster.leadership();
}

/** Starts a killed node with clients of its own, and waits until the first of these has an answer. */
async function revive(cluster: ProcessCluster, id: number, clients: number): Promise<void> {
  await cluster.node(id).kill();
  const node = await cluster.restart(id);
  await cluster.load(clients, [node]);
  await node.event('acknowledged', () => true);
}

/** What nodes have told, each from its mark on, in order. */
export function timelineOf(marks: ReadonlyMap<NodeProcess, number>, sinceMs: number): readonly string[] {
  return [...marks]
    .flatMap(([node, mark]) => node.events.slice(mark).map((event) => ({ id: node.id, event })))
    .sort((one, other) => one.event.atMs - other.event.atMs)
    .map(({ id, event }) => `${(event.atMs - sinceMs).toFixed(0).padStart(6)} ms, node ${id}: ${describe(event)}`);
}

function describe({ atMs: _, ...event }: TimedEvent): string {
  if (event.type === 'log') return `${event.message} ${JSON.stringify(event.fields)}`;
  const { type, ...rest } = event;
  return `${type} ${JSON.stringify(rest)}`;
}
