import { assert } from '@streambus/runtime';

/**
 * Meters that cost the hot path an addition, and the families that a scrape reads them through. Nothing here knows
 * prom-client: it is loaded when somebody can scrape.
 */

/** A number that only grows. */
export interface Counter {
  readonly value: number;
  /** @param amount - at least 0, default 1 */
  add(amount?: number): void;
}

/** How many observations fell at or below each of a few fixed bounds. */
export interface Histogram {
  /** The upper bounds, ascending, without the last one that is infinite. */
  readonly bounds: readonly number[];
  /** Observations per bucket, not summed up; one more than there are bounds. */
  readonly counts: Readonly<Float64Array>;
  readonly sum: number;
  readonly count: number;
  observe(value: number): void;
}

/** The values of a family's labels, in the order of their names. */
export type LabelValues = readonly string[];

/** One series of a family at the time of a scrape. */
export interface Sample<Value> {
  readonly labels: LabelValues;
  readonly value: Value;
}

/** What all metric families say about themselves. The name ends in the unit, as Prometheus wants it. */
export interface FamilyFacts {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** A metric as a scrape sees it. */
export type MetricFamily =
  | (FamilyFacts & { readonly type: 'counter' | 'gauge'; collect(): Iterable<Sample<number>> })
  | (FamilyFacts & {
      readonly type: 'histogram';
      /** What an observed value is multiplied by for the scrape: the hot path measures in ms, Prometheus shows seconds. */
      readonly exposedScale: number;
      collect(): Iterable<Sample<Histogram>>;
    });

/** One meter per combination of label values, made when first asked for. Keep what {@link with} returns. */
export interface Meters<Meter> {
  with(...labels: LabelValues): Meter;
  /** Drops every series whose first labels are these, such as those of a deleted topic. */
  forget(...labels: LabelValues): void;
  series(): Iterable<Sample<Meter>>;
}

/** Makes a counter at 0. */
export function createCounter(): Counter {
  let value = 0;
  return {
    get value() {
      return value;
    },
    add(amount = 1) {
      value += amount;
    },
  };
}

class FixedHistogram implements Histogram {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    // The bounds are few and most observations are small: walking is faster than halving.
    while (bucket < bounds.length && value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }
}

/** Makes an empty histogram. @param bounds - ascending */
export function createHistogram(bounds: readonly number[]): Histogram {
  assert(
    bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? bound)),
    () => `histogram bounds ${bounds.join(', ')} must ascend`,
  );
  return new FixedHistogram(bounds);
}

/** Makes a set of meters told apart by labels. */
export function createMeters<Meter>(labelNames: readonly string[], make: () => Meter): Meters<Meter> {
  const byKey = new Map<string, Sample<Meter>>();
  return {
    with(...labels) {
      assert(
        labels.length === labelNames.length,
        () => `labels [${labels.join(', ')}] must be one each for [${labelNames.join(', ')}]`,
      );
      const key = labels.join('\0');
      let sample = byKey.get(key);
      if (sample === undefined) {
        sample = { labels, value: make() };
        byKey.set(key, sample);
      }
      return sample.value;
    },
    forget(...labels) {
      for (const [key, sample] of byKey) {
        if (labels.every((label, index) => sample.labels[index] === label)) byKey.delete(key);
      }
    },
    series: () => byKey.values(),
  };
}
