import type { Operation, SequentialModel } from './history.ts';
import { Search } from './search.ts';

/** How long to search. */
export interface CheckOptions {
  /** Places tried before the search is given up. Default ten million, which is some seconds. */
  readonly maxSteps?: number;
}

/** What a check found. */
export type LinearizabilityReport<Input, Output> =
  | { readonly verdict: 'linearizable' }
  /** The search was given up. */
  | { readonly verdict: 'undecided' }
  | {
      readonly verdict: 'violated';
      /** As many operations as can be explained, in an order that explains them. */
      readonly explained: readonly Operation<Input, Output>[];
      /** What was answered next after those, and has no place behind them. */
      readonly unexplained: Operation<Input, Output>;
    };

const defaultMaxSteps = 10_000_000;

/**
 * Looks for an order in which the operations explain each other and none takes effect before its call or after its return: depth first,
 * never twice from the same place (Wing and Gong, 1993, with Lowe's memory of 2016, as Porcupine does it).
 */
export function checkLinearizable<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  { maxSteps = defaultMaxSteps }: CheckOptions = {},
): LinearizabilityReport<Input, Output> {
  const search = new Search(model, operations);
  for (let steps = 0; steps < maxSteps; steps++) {
    const verdict = search.goOn();
    if (verdict !== 'open') return verdict === 'found' ? { verdict: 'linearizable' } : search.violation();
  }
  return { verdict: 'undecided' };
}

/**
 * The same for a system of parts that have nothing to do with each other, each by itself: a history is linearizable when those of its parts
 * are (Herlihy and Wing, theorem 1), and they are quicker to check.
 *
 * @param keyOf - which part an operation is for
 * @returns the first violation, or that one could not be decided, or that there is none
 */
export function checkLinearizablePerKey<State, Input, Output, Key>(
  model: SequentialModel<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  keyOf: (operation: Operation<Input, Output>) => Key,
  options: CheckOptions = {},
): LinearizabilityReport<Input, Output> {
  let undecided: LinearizabilityReport<Input, Output> | undefined;
  for (const part of Map.groupBy(operations, keyOf).values()) {
    const report = checkLinearizable(model, part, options);
    if (report.verdict === 'violated') return report;
    if (report.verdict === 'undecided') undecided = report;
  }
  return undecided ?? { verdict: 'linearizable' };
}
