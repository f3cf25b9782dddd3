import { formatNumber, printTable } from '../table.ts';
import type { Aim } from './aims.ts';
import type { Cell } from './compare.ts';

/** Everything that one run has measured. */
export interface MetadataReport {
  readonly node: string;
  readonly cores: number;
  readonly loadAverage: readonly number[];
  readonly startedAt: string;
  readonly quick: boolean;
  /** Of one operation, in either. */
  readonly operationBytes: number;
  readonly startMs: Readonly<Record<string, number>>;
  readonly cells: readonly Cell[];
  readonly aims: readonly Aim[];
}

export function printCells(cells: readonly Cell[]): void {
  printTable(
    'Operations that are durable on a majority, applied, and answered. Processor: microseconds for one in the process with the load + in all others',
    ['in flight', 'cluster', 'at a', 'ops/s', 'spread', 'p50 ms', 'p99 ms', 'p99.9 ms', 'processor us', 'MiB RSS'],
    cells.map((cell) => [
      String(cell.inFlight),
      cell.contender,
      cell.wayIn,
      cell.operationsPerSecond,
      `${(cell.spread * 100).toFixed(0)} %`,
      cell.p50Ms,
      cell.p99Ms,
      cell.p999Ms,
      `${formatNumber(cell.clientUs)} + ${formatNumber(cell.othersUs)}`,
      cell.residentBytes / 2 ** 20,
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
