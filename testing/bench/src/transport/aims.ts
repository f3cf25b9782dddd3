import { type Comparison, type EntryName, speedRatio } from './compare.ts';
import type { HeartbeatFigures } from './heartbeats.ts';
import { type MetricsCost, metricsReadsPerSecond } from './metrics-cost.ts';
import { loads } from './plan.ts';
import type { TransportReport } from './report.ts';

/** What was to be reached, and what was. */
export interface Aim {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  /** `unclear`: the rounds lie so far apart that they would hide a miss. */
  readonly verdict: 'met' | 'MISSED' | 'unclear';
}

const mostBeyondIdleMs = 10;
const gRpcRatio = 3;
/** Rounds that lie farther apart than that do not show a small cost. */
const mostNoise = 0.05;

/** Judges all that a report has figures for. */
export function judge(report: Omit<TransportReport, 'aims'>): Aim[] {
  const of = (wanted: string): Comparison | undefined => report.comparisons.find(({ load }) => load === wanted);
  const aims: Aim[] = [];
  for (const [load, most] of [
    [loads.roundTrips.name, 1.3],
    [loads.bulk.name, 1.2],
  ] as const) {
    const comparison = of(load);
    if (comparison !== undefined) aims.push(timesAtMost(comparison, 'StreamBus', 'node:net', most));
  }
  for (const comparison of report.comparisons) aims.push(timesFaster(comparison));
  for (const { isSecured, idle, loaded } of report.heartbeats) {
    aims.push(
      ...beyond(`heartbeats beside a full connection${isSecured ? ', TLS' : ''}, beyond idle, p99`, idle, loaded),
    );
  }
  if (report.stalledPeer !== undefined) {
    const { idle, stopped } = report.stalledPeer;
    aims.push(...beyond('heartbeats to others beside a peer that is stopped, beyond idle, p99', idle, stopped));
  }
  for (const cost of report.metricsCosts) aims.push(noCost(cost));
  return aims;
}

function timesAtMost(comparison: Comparison, ours: EntryName, theirs: EntryName, most: number): Aim {
  const times = speedRatio(comparison, theirs, ours);
  return {
    name: `${comparison.load}: time of ${theirs}'s`,
    wanted: `at most ${most} x`,
    measured: `${times.toFixed(2)} x`,
    verdict: verdict(times <= most),
  };
}

function timesFaster(comparison: Comparison): Aim {
  const times = speedRatio(comparison, 'StreamBus', 'gRPC-js');
  const bare = speedRatio(comparison, 'node:net', 'gRPC-js');
  return {
    name: `${comparison.load}: speed of gRPC-js's`,
    wanted: `at least ${gRpcRatio} x`,
    measured: `${times.toFixed(2)} x (node:net ${bare.toFixed(2)} x)`,
    verdict: verdict(times >= gRpcRatio),
  };
}

function noCost({ load, ratio, withoutSpread, oneReadUs }: MetricsCost): Aim {
  const noise = withoutSpread / 2;
  const processorShare = (oneReadUs * metricsReadsPerSecond) / 1e6;
  return {
    name: `metrics read a thousand times a second, ${load}`,
    wanted: `within +-${(noise * 100).toFixed(1)} %, the noise`,
    measured: `${((ratio - 1) * 100).toFixed(1)} % (${(processorShare * 100).toFixed(2)} % of a processor)`,
    verdict: noise > mostNoise ? 'unclear' : verdict(ratio >= 1 - noise),
  };
}

function beyond(name: string, calm: HeartbeatFigures, loaded: HeartbeatFigures): Aim[] {
  const aim = (nameOfWay: string, way: 'delay' | 'backDelay', apart: 'apartDelay' | 'backApartDelay'): Aim => {
    const ms = loaded[way].p99Ms - calm[way].p99Ms;
    const apartMs = loaded[apart].p99Ms - calm[apart].p99Ms;
    return {
      name: nameOfWay,
      wanted: `below ${mostBeyondIdleMs} ms`,
      measured: `${ms.toFixed(2)} ms (apart ${apartMs.toFixed(2)} ms)`,
      verdict: verdict(ms < mostBeyondIdleMs),
    };
  };
  return [aim(name, 'delay', 'apartDelay'), aim(`${name}, back`, 'backDelay', 'backApartDelay')];
}

function verdict(isMet: boolean): Aim['verdict'] {
  return isMet ? 'met' : 'MISSED';
}
