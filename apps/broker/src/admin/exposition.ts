import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { FamilyFacts, Histogram, LabelValues, MetricFamily } from './meters.ts';

/** Series of one family that a scrape shows; the rest is left out and counted. */
const maxSeriesPerFamily = 10_000;

/** One line of a scrape, as prom-client prints it. */
interface ExposedValue {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Everything that a scrape shows. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * Shows the broker's families and the process's own (processor, memory, garbage collection, event-loop delay) through
 * prom-client. The broker's are read at each scrape; nothing is copied in between.
 */
export function createExposition(families: () => readonly MetricFamily[]): Exposition {
  const ofProcess = processMetrics();
  return {
    contentType: ofProcess.contentType,
    async text() {
      const broker = new Registry();
      let leftOut = 0;
      for (const family of families()) {
        const { values, omitted } = readFamily(family);
        leftOut += omitted;
        register(broker, family, family.type, values);
      }
      register(broker, leftOutFacts, 'gauge', [{ labels: {}, value: leftOut }]);
      return `${await broker.metrics()}\n${await ofProcess.metrics()}`;
    },
  };
}

let processRegistry: Registry | undefined;

/** One for the whole process, however many brokers run in it: its observers measure the process and never end. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

const leftOutFacts: FamilyFacts = {
  name: 'streambus_scrape_omitted_series',
  help: `Series that this scrape leaves out, because a metric shows at most ${maxSeriesPerFamily}.`,
  labelNames: [],
};

/**
 * Hands prom-client values that were read already. A registry asks a metric only for `get`; the classes that its types
 * demand would want to hold the values themselves.
 */
function register(registry: Registry, facts: FamilyFacts, type: string, values: readonly ExposedValue[]): void {
  const metric = { name: facts.name, get: () => ({ name: facts.name, help: facts.help, type, values }) };
  registry.registerMetric(metric as unknown as Metric);
}

function readFamily(family: MetricFamily): { readonly values: readonly ExposedValue[]; readonly omitted: number } {
  const values: ExposedValue[] = [];
  let series = 0;
  if (family.type === 'histogram') {
    for (const { labels, value } of family.collect()) {
      series += 1;
      if (series <= maxSeriesPerFamily) values.push(...exposeHistogram(family, namedLabels(family, labels), value));
    }
  } else {
    for (const { labels, value } of family.collect()) {
      series += 1;
      if (series <= maxSeriesPerFamily) values.push({ labels: namedLabels(family, labels), value });
    }
  }
  return { values, omitted: Math.max(0, series - maxSeriesPerFamily) };
}

function* exposeHistogram(
  family: FamilyFacts & { readonly exposedScale: number },
  labels: Readonly<Record<string, string>>,
  histogram: Histogram,
): Generator<ExposedValue> {
  const { name, exposedScale } = family;
  let atOrBelow = 0;
  for (const [bucket, bound] of histogram.bounds.entries()) {
    atOrBelow += histogram.counts[bucket] ?? 0;
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: scaled(bound, exposedScale) }, value: atOrBelow };
  }
  yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: histogram.count };
  yield { metricName: `${name}_sum`, labels, value: scaled(histogram.sum, exposedScale) };
  yield { metricName: `${name}_count`, labels, value: histogram.count };
}

/** 0.1 ms is 0.0001 s, not 0.00010000000000000002. */
function scaled(value: number, scale: number): number {
  return Number((value * scale).toPrecision(15));
}

function namedLabels(family: FamilyFacts, labels: LabelValues): Readonly<Record<string, string>> {
  return Object.fromEntries(family.labelNames.map((name, index) => [name, labels[index] ?? '']));
}
