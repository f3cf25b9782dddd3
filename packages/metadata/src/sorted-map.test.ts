import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySortedMap, type SortedMap, sortedMapOf } from './sorted-map.ts';

const changes = fc.array(
  fc.record({ key: fc.integer({ min: 0, max: 40 }), remove: fc.boolean(), value: fc.integer() }),
  { maxLength: 200 },
);

describe('a sorted map', () => {
  it('does what a sorted plain map does, and never changes an earlier version', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const plain = new Map<number, number>();
        const versions: [SortedMap<number, number>, string][] = [];
        let sorted = emptySortedMap<number, number>();
        for (const { key, remove, value } of steps) {
          if (remove) plain.delete(key);
          else plain.set(key, value);
          sorted = remove ? sorted.delete(key) : sorted.set(key, value);
          versions.push([sorted, JSON.stringify([...sorted])]);
          expect(sorted.get(key)).toBe(plain.get(key));
          expect(sorted.has(key)).toBe(plain.has(key));
        }
        expect(sorted.size).toBe(plain.size);
        expect([...sorted]).toEqual([...plain].sort(([one], [other]) => one - other));
        expect([...sorted.keys()]).toEqual([...plain.keys()].sort((one, other) => one - other));
        for (const [version, text] of versions) expect(JSON.stringify([...version])).toBe(text);
        expect([...sortedMapOf(plain)]).toEqual([...sorted]);
      }),
    );
  });

  it('stays shallow: 20,000 ascending keys leave a depth near the logarithm', () => {
    let sorted = emptySortedMap<number, number>();
    let comparisons = 0;
    const counted = (key: number): number => {
      const toPrimitive = (): number => {
        comparisons += 1;
        return key;
      };
      return { [Symbol.toPrimitive]: toPrimitive } as unknown as number;
    };
    for (let key = 0; key < 20_000; key += 1) sorted = sorted.set(key, key);
    comparisons = 0;
    sorted = sorted.set(counted(20_000), 1);
    // 2.4 times the logarithm is the bound of a tree balanced so.
    expect(comparisons).toBeLessThan(2 * 2.4 * Math.log2(20_000));
  });

  it('returns itself when nothing is deleted', () => {
    const map = sortedMapOf<string, number>([['a', 1]]);
    expect(map.delete('b')).toBe(map);
  });
});
