import { describe, expect, it } from 'vitest';
import { judge } from './aims.ts';
import type { MetricsCost } from './metrics-cost.ts';
import type { TransportReport } from './report.ts';

describe('the cost of metrics', () => {
  it('is judged by how far the rounds without them lie apart', () => {
    expect(verdictsOf({ ratio: 0.99, withoutSpread: 0.04 })).toEqual(['met']);
    expect(verdictsOf({ ratio: 0.97, withoutSpread: 0.04 })).toEqual(['MISSED']);
  });

  it('is not judged where they lie so far apart that they would hide it', () => {
    expect(verdictsOf({ ratio: 0.97, withoutSpread: 0.3 })).toEqual(['unclear']);
  });
});

function verdictsOf({ ratio, withoutSpread }: Pick<MetricsCost, 'ratio' | 'withoutSpread'>): string[] {
  const cost: MetricsCost = {
    load: 'some',
    withoutPerSecond: 100,
    withoutSpread,
    withPerSecond: 100 * ratio,
    withSpread: withoutSpread,
    ratio,
    readsPerSecond: 2000,
    oneReadUs: 1,
  };
  const report: TransportReport = {
    node: process.version,
    cores: 2,
    loadAverage: [],
    startedAt: '',
    quick: true,
    comparisons: [],
    heartbeats: [],
    metricsCosts: [cost],
    aims: [],
  };
  return judge(report).map(({ verdict }) => verdict);
}
