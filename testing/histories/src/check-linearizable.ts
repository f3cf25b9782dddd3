import { EventList, type HistoryEvent } from './event-list.ts';
import type { Operation, SequentialModel } from './history.ts';
import { OperationSet, Visited } from './visited.ts';

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

interface Step<State> {
  readonly call: HistoryEvent;
  readonly stateBefore: State;
}

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
  const events = new EventList(operations);
  const taken = new OperationSet(operations.length);
  const visited = new Visited();
  const path: Step<State>[] = [];
  let longest: readonly number[] = [];
  let stuckAt = -1;
  let state = model.initial;
  let at = events.first;
  for (let steps = 0; !events.allAnsweredTaken; steps++) {
    if (steps > maxSteps) return { verdict: 'undecided' };
    const next = at?.isCall === true ? tryNext(at) : undefined;
    if (at?.isCall === true) {
      at = next ?? at.next;
      continue;
    }
    // A return whose operation has no place yet: one that was placed before stands in the way.
    if (at !== undefined && path.length >= longest.length) {
      longest = path.map(({ call }) => call.operation);
      stuckAt = at.operation;
    }
    const last = path.pop();
    if (last === undefined) return violated(operations, longest, stuckAt);
    state = last.stateBefore;
    taken.flip(last.call.operation);
    events.putBack(last.call);
    at = last.call.next;
  }
  return { verdict: 'linearizable' };

  /** @returns where to go on when the operation can take effect now and that was not tried before */
  function tryNext(call: HistoryEvent): HistoryEvent | undefined {
    const operation = operations[call.operation] as Operation<Input, Output>;
    const output = operation.returnedAt === undefined ? undefined : operation.output;
    const stepped = model.step(state, operation.input, output);
    if (stepped === undefined) return undefined;
    taken.flip(call.operation);
    if (!visited.add(taken, model.keyOf(stepped.state))) {
      taken.flip(call.operation);
      return undefined;
    }
    path.push({ call, stateBefore: state });
    state = stepped.state;
    events.take(call);
    // Where all is taken there is no first, and the loop ends.
    return events.first ?? call;
  }
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

function violated<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  longest: readonly number[],
  stuckAt: number,
): LinearizabilityReport<Input, Output> {
  return {
    verdict: 'violated',
    explained: longest.map((at) => operations[at] as Operation<Input, Output>),
    unexplained: operations[stuckAt] as Operation<Input, Output>,
  };
}
