import type { ClientOperation } from '../clients/client-operation.ts';
import type { CreateInvariant } from './invariant.ts';

/** What was answered before something else was asked for has its place in the log before that. With the answers being those of the log, and
 * reads behind barriers, this is linearizability of whatever state machine, since its order is known.
 */
export const logOrder: CreateInvariant = (violated) => {
  const places = new Map<number, number>();
  /** The farthest place of what was answered before an operation was asked for. */
  const after = new Map<number, number>();
  let answeredUpTo = 0;
  return {
    name: 'Log Order',
    source: 'Herlihy and Wing, 1990: an order that respects that of calls and answers',
    onCalled({ id, isBarrier }: ClientOperation) {
      if (!isBarrier) after.set(id, answeredUpTo);
    },
    onApplied({ id }, { index, operation }) {
      if (places.has(operation)) return;
      places.set(operation, index);
      const before = after.get(operation) ?? 0;
      if (index < before)
        violated(`node ${id} applies operation ${operation} at ${index}; it was asked for after ${before}`);
    },
    onEnded({ id, state, isBarrier }) {
      if (state === 'answered' && !isBarrier) answeredUpTo = Math.max(answeredUpTo, places.get(id) ?? 0);
    },
  };
};
