import { median, medianRatio, relativeSpread } from '../statistics.ts';
import { measurePair, startPair } from './pair.ts';
import type { NamedLoad, Plan } from './plan.ts';

/** What it costs to read all numbers a thousand times a second, on both sides. */
export interface MetricsCost {
  readonly load: string;
  readonly withoutPerSecond: number;
  readonly withoutSpread: number;
  readonly withPerSecond: number;
  readonly withSpread: number;
  /** Throughput with over throughput without: the middle of the rounds. */
  readonly ratio: number;
  /** Of both sides. */
  readonly readsPerSecond: number;
  /** Processor time of one reading. */
  readonly oneReadUs: number;
}

/** On each side. */
export const metricsReadsPerSecond = 1000;
const timedReads = 20_000;

/** Measures the transport without and with reading, in turns. */
export async function measureMetricsCost(load: NamedLoad, plan: Plan): Promise<MetricsCost> {
  await using pair = await startPair('streambus', false, `metrics-${load.messageBytes}`);
  await measurePair(pair, load, 0, plan.compileMs);
  const without: number[] = [];
  const withReads: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < plan.metricsRounds; round++) {
    for (const end of [pair.dialler, pair.listener]) await end.call('readMetrics', 0);
    without.push((await measurePair(pair, load, plan.warmUpMs, plan.windowMs)).messagesPerSecond);
    for (const end of [pair.dialler, pair.listener]) await end.call('readMetrics', metricsReadsPerSecond);
    const figures = await measurePair(pair, load, plan.warmUpMs, plan.windowMs);
    withReads.push(figures.messagesPerSecond);
    reads.push(figures.metricsReadsPerSecond);
  }
  return {
    load: load.name,
    withoutPerSecond: median(without),
    withoutSpread: relativeSpread(without),
    withPerSecond: median(withReads),
    withSpread: relativeSpread(withReads),
    ratio: medianRatio(withReads, without),
    readsPerSecond: median(reads),
    oneReadUs: await pair.dialler.call('timeMetrics', timedReads),
  };
}
