import { medianRatio } from '../statistics.ts';
import type { Cell } from './compare.ts';
import { type WayIn, waysIn } from './contender.ts';

/** What was to be reached, and what was. */
export interface Aim {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly verdict: 'met' | 'MISSED';
}

const leastSpeed = 2;
const mostLatency = 0.5;
const judgedDepths = [64, 1024];

/** Judges what was measured of both; nothing when etcd was not. */
export function judge(cells: readonly Cell[]): Aim[] {
  return judgedDepths.flatMap((inFlight) => waysIn.flatMap((wayIn) => judgePair(cells, wayIn, inFlight)));
}

function judgePair(cells: readonly Cell[], wayIn: WayIn, inFlight: number): Aim[] {
  const of = (name: string): Cell | undefined =>
    cells.find((cell) => cell.contender === name && cell.wayIn === wayIn && cell.inFlight === inFlight);
  const [ours, theirs] = [of('StreamBus'), of('etcd')];
  if (ours === undefined || theirs === undefined) return [];
  const ratio = (value: (round: Cell['rounds'][number]) => number): number =>
    medianRatio(ours.rounds.map(value), theirs.rounds.map(value));
  const speed = ratio((round) => round.operationsPerSecond);
  const latency = ratio((round) => round.p99Ms);
  const where = `${inFlight} in flight, on a ${wayIn}`;
  return [
    aim(`${where}: throughput of etcd's`, `at least ${leastSpeed} x`, speed, speed >= leastSpeed),
    aim(`${where}: p99 of etcd's`, `at most ${mostLatency} x`, latency, latency <= mostLatency),
  ];
}

function aim(name: string, wanted: string, measured: number, isMet: boolean): Aim {
  return { name, wanted, measured: `${measured.toFixed(2)} x`, verdict: isMet ? 'met' : 'MISSED' };
}
