import type { CreateInvariant } from './invariant.ts';

/** A barrier lets through only when the local state shows everything that anybody was answered, or has read, before it was asked for. */
export const readBarrier: CreateInvariant = (violated) => {
  const places = new Map<number, number>();
  const wanted = new Map<number, number>();
  let answeredUpTo = 0;
  return {
    name: 'Read Barrier',
    source: 'Ongaro, dissertation, section 6.4',
    onApplied(_node, { index, operation }) {
      places.set(operation, index);
    },
    onCalled({ id, isBarrier }) {
      if (isBarrier) wanted.set(id, answeredUpTo);
    },
    onEnded({ id, isBarrier, state, readIndex = 0, answeredBy }) {
      if (state !== 'answered') return;
      if (!isBarrier) {
        answeredUpTo = Math.max(answeredUpTo, places.get(id) ?? 0);
        return;
      }
      answeredUpTo = Math.max(answeredUpTo, readIndex);
      const atLeast = wanted.get(id) ?? 0;
      if (readIndex < atLeast) {
        violated(
          `node ${answeredBy} reads at ${readIndex}, behind a barrier that was asked for when ${atLeast} was answered`,
        );
      }
    },
  };
};
