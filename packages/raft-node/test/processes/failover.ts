import { setTimeout as elapse } from 'node:timers/promises';
import type { TimedEvent } from './node-process.ts';
import type { ProcessCluster } from './process-cluster.ts';

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
const steadyMs = 1500;

/** Takes a cluster under load its leader, and gives it back when the others have gone on. */
export async function failOver(cluster: ProcessCluster, loss: LeaderLoss, clients: number): Promise<Failover> {
  await elapse(steadyMs);
  const { leader, term } = await cluster.leadership();
  const lost = cluster.node(leader);
  const others = cluster.others(leader);
  const marks = others.map((node) => node.mark);
  const lostMs = loss === 'kill' ? lost.beginKill() : lost.freeze();
  const acknowledged = await Promise.race(
    others.map((node, at) => node.event('acknowledged', (event) => event.term > term, marks[at])),
  );
  const { leader: next } = await cluster.leadership(others);
  const timeline = others
    .flatMap((node, at) => node.events.slice(marks[at]).map((event) => ({ id: node.id, event })))
    .sort((one, other) => one.event.atMs - other.event.atMs)
    .map(({ id, event }) => describe(id, event, lostMs));
  if (loss === 'kill') await reviveKilled(cluster, leader, clients);
  else lost.thaw();
  await cluster.leadership();
  return { lost: leader, next, durationMs: acknowledged.atMs - lostMs, timeline };
}

/** Starts it again, with clients of its own, and waits until the first of these has an answer. */
export async function reviveKilled(cluster: ProcessCluster, id: number, clients: number): Promise<void> {
  await cluster.node(id).kill();
  const node = await cluster.restart(id);
  await cluster.load(clients, [node]);
  await node.event('acknowledged', () => true);
}

function describe(id: number, { atMs, ...event }: TimedEvent, sinceMs: number): string {
  const { type, ...rest } = event;
  const what = event.type === 'log' ? `${event.message} ${JSON.stringify(event.fields)}` : JSON.stringify(rest);
  return `${(atMs - sinceMs).toFixed(0).padStart(5)} node ${id}: ${type === 'log' ? '' : `${type} `}${what}`;
}
