import { formatNumber, printTable } from '../table.ts';
import type { Aim } from './aims.ts';
import type { Comparison } from './compare.ts';
import type { HeartbeatComparison, HeartbeatFigures, StalledPeerComparison } from './heartbeats.ts';
import type { MetricsCost } from './metrics-cost.ts';

/** Everything that one run has measured. A part that was not asked for is missing. */
export interface TransportReport {
  readonly node: string;
  readonly cores: number;
  readonly loadAverage: readonly number[];
  readonly startedAt: string;
  readonly quick: boolean;
  readonly comparisons: Comparison[];
  readonly heartbeats: HeartbeatComparison[];
  stalledPeer?: StalledPeerComparison;
  readonly metricsCosts: MetricsCost[];
  aims: readonly Aim[];
}

const mega = (bytes: number): number => bytes / 1e6;
const mebi = (bytes: number): number => bytes / 2 ** 20;
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Both sides, the dialler first: in streams that is the sender. */
const both = (dialler: number, listener: number): string => `${formatNumber(dialler)} + ${formatNumber(listener)}`;

export function printComparison({ load, entries }: Comparison): void {
  const isRoundTrip = entries.some(({ p50Us }) => Number.isFinite(p50Us));
  printTable(
    load,
    [
      'over',
      isRoundTrip ? 'round trips/s' : 'messages/s',
      'spread',
      ...(isRoundTrip ? ['p50 us', 'p99 us'] : ['MB/s']),
      'CPU s per million',
      'MiB RSS',
    ],
    entries.map((one) => [
      one.name,
      one.messagesPerSecond,
      percent(one.spread),
      ...(isRoundTrip ? [one.p50Us, one.p99Us] : [mega(one.bytesPerSecond)]),
      both(one.diallerSecondsPerMillion, one.listenerSecondsPerMillion),
      both(mebi(one.diallerResidentBytes), mebi(one.listenerResidentBytes)),
    ]),
  );
}

export function printHeartbeats(
  comparisons: readonly HeartbeatComparison[],
  stalledPeer: StalledPeerComparison | undefined,
): void {
  for (const { isSecured, clock } of comparisons) {
    console.log(
      `\nClocks of the two processes${isSecured ? ', TLS' : ''}: ${(clock.offsetMs * 1000).toFixed(1)} us apart,` +
        ` by a round trip that took twice ${(clock.halfRoundTripMs * 1000).toFixed(1)} us`,
    );
  }
  const rows = comparisons.flatMap(({ isSecured, idle, loaded }) => [
    heartbeatRow(isSecured ? 'TLS' : 'plain', idle),
    heartbeatRow(isSecured ? 'TLS' : 'plain', loaded),
  ]);
  if (stalledPeer !== undefined) {
    const { idle, reading, stopped } = stalledPeer;
    rows.push(...[idle, reading, stopped].map((figures) => heartbeatRow('plain', figures)));
  }
  printTable(
    'Heartbeats every 10 ms, ms from send to handler. Apart: over a bare connection of their own between the same processes. Back: from the node that takes everything else',
    [
      'over',
      'beside',
      'p50',
      'p99',
      'max',
      'late p99',
      'apart p50',
      'apart p99',
      'back p50',
      'back p99',
      'back apart p99',
      'entries MB/s',
      'snapshots MB/s',
      'MiB sent',
    ],
    rows,
  );
}

function heartbeatRow(over: string, figures: HeartbeatFigures): (string | number)[] {
  const { condition, delay, late, apartDelay, backDelay, backApartDelay } = figures;
  return [
    over,
    condition,
    delay.p50Ms,
    delay.p99Ms,
    delay.maxMs,
    late.p99Ms,
    apartDelay.p50Ms,
    apartDelay.p99Ms,
    backDelay.p50Ms,
    backDelay.p99Ms,
    backApartDelay.p99Ms,
    mega(figures.entriesBytesPerSecond),
    mega(figures.snapshotBytesPerSecond),
    mebi(figures.snapshotBytes),
  ];
}

export function printMetricsCosts(costs: readonly MetricsCost[]): void {
  printTable(
    'Metrics read a thousand times a second by both sides, messages/s',
    ['load', 'without', 'spread', 'with', 'spread', 'with/without', 'reads/s', 'us/read'],
    costs.map((one) => [
      one.load,
      one.withoutPerSecond,
      percent(one.withoutSpread),
      one.withPerSecond,
      percent(one.withSpread),
      one.ratio.toFixed(3),
      one.readsPerSecond,
      one.oneReadUs,
    ]),
  );
}

export function printAims(aims: readonly Aim[]): void {
  printTable(
    'Aims',
    ['aim', 'wanted', 'measured', ''],
    aims.map(({ name, wanted, measured, verdict }) => [name, wanted, measured, verdict]),
  );
}
