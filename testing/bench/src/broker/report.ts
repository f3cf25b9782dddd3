import { printTable } from '../table.ts';
import type { ClientFigures } from './real-clients.ts';
import type { StartTimes } from './start-up.ts';
import type { FetchComparison, ProduceComparison } from './throughput.ts';

/** Everything that one run has measured. A part that was not asked for is missing. */
export interface BrokerReport {
  readonly node: string;
  readonly cores: number;
  readonly loadAverage: readonly number[];
  readonly startedAt: string;
  readonly quick: boolean;
  starts?: readonly StartTimes[];
  idleResidentBytes?: number;
  produce?: readonly ProduceComparison[];
  fetch?: readonly FetchComparison[];
  clients?: readonly ClientFigures[];
  /** What could not be measured here, and why. */
  readonly skipped: string[];
}

const mega = (bytes: number): number => bytes / 1e6;
const thousand = (count: number): number => count / 1e3;
const mebi = (bytes: number): number => bytes / 2 ** 20;

export function printStarts({ starts = [], idleResidentBytes = Number.NaN }: BrokerReport): void {
  printTable(
    'Spawn to ready, ms',
    ['folder', 'starts', 'median', 'min', 'max', 'own clock'],
    starts.map((one) => [one.folder, `${one.starts}`, one.medianMs, one.minMs, one.maxMs, one.reportedMedianMs]),
  );
  console.log(`Resident memory when idle: ${mebi(idleResidentBytes).toFixed(1)} MiB`);
}

export function printProduce(comparisons: readonly ProduceComparison[]): void {
  printTable(
    'Produce, raw client: the broker beside a bare Node server that only writes, and the disk alone (us/req: processor time of the server)',
    [
      'flush',
      'records',
      'MB/s',
      'k rec/s',
      'p50 ms',
      'p99 ms',
      'us/req',
      'bare MB/s',
      'p50 ms',
      'p99 ms',
      'us/req',
      'disk MB/s',
      'broker/bare',
    ],
    comparisons.map(({ policy, shape, broker, bare, diskBytesPerSecond, ratio }) => [
      policy,
      shape,
      mega(broker.bytesPerSecond),
      thousand(broker.recordsPerSecond),
      broker.p50Ms,
      broker.p99Ms,
      broker.processorUs,
      mega(bare.bytesPerSecond),
      bare.p50Ms,
      bare.p99Ms,
      bare.processorUs,
      mega(diskBytesPerSecond),
      percent(ratio),
    ]),
  );
}

export function printFetch(comparisons: readonly FetchComparison[]): void {
  printTable(
    'Fetch, raw client: the broker beside a bare Node server that only sends a file',
    ['records', 'from', 'MB/s', 'bare MB/s', 'broker/bare'],
    comparisons.map(({ shape, from, brokerBytesPerSecond, bareBytesPerSecond, ratio }) => [
      shape,
      from,
      mega(brokerBytesPerSecond),
      mega(bareBytesPerSecond),
      percent(ratio),
    ]),
  );
}

export function printClients(figures: readonly ClientFigures[]): void {
  printTable(
    'Real clients, acks=all: produce at full speed, latency of one record at a time, then read all of it',
    [
      'flush',
      'client',
      'bytes',
      'k rec/s',
      'MB/s',
      'p50 ms',
      'p99 ms',
      'alone p50',
      'alone p99',
      'read k/s',
      'read MB/s',
      'MiB RSS',
    ],
    figures.map((one) => [
      one.policy,
      one.client,
      `${one.recordBytes}`,
      thousand(one.producedRecordsPerSecond),
      mega(one.producedBytesPerSecond),
      one.loadedP50Ms,
      one.loadedP99Ms,
      one.aloneP50Ms,
      one.aloneP99Ms,
      thousand(one.consumedRecordsPerSecond),
      mega(one.consumedBytesPerSecond),
      mebi(one.residentBytes),
    ]),
  );
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`.padStart('broker/bare'.length);
}
