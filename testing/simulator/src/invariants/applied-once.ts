import type { CreateInvariant } from './invariant.ts';

/** No operation takes effect at two places of the log, however often it was proposed in its session, forwarded or retried. */
export const appliedOnce: CreateInvariant = (violated) => {
  const places = new Map<number, number>();
  const lastIndexes = new Map<string, number>();
  return {
    name: 'Applied Once',
    source: 'Ongaro, dissertation, section 6.3',
    onApplied({ id, life }, { index, operation }) {
      const place = places.get(operation);
      if (place === undefined) places.set(operation, index);
      else if (place !== index) violated(`node ${id} applies operation ${operation} at ${place} and at ${index}`);
      const key = `${id}/${life}`;
      const last = lastIndexes.get(key) ?? 0;
      if (index <= last) violated(`node ${id} applies entry ${index} after entry ${last}`);
      lastIndexes.set(key, index);
    },
  };
};
