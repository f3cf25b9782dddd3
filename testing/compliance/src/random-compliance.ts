import { InvariantError, type Random, randomUuid } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';

/** The suite of the Random port. */
export function describeRandomCompliance(name: string, makeRandom: () => Random): void {
  describe(`${name} as Random`, () => {
    it('uint32: integers that use all 32 bits', () => {
      const random = makeRandom();
      let seenOnes = 0;
      let seenZeros = 0;
      for (let draw = 0; draw < 200; draw++) {
        const value = random.uint32();
        expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true);
        seenOnes |= value;
        seenZeros |= ~value;
      }
      expect([seenOnes >>> 0, seenZeros >>> 0]).toEqual([0xffffffff, 0xffffffff]);
    });

    it('below: every integer under the bound, about equally often', () => {
      const random = makeRandom();
      const counts = new Array<number>(10).fill(0);
      for (let draw = 0; draw < 10_000; draw++) {
        const value = random.below(10);
        counts[value] = (counts[value] ?? 0) + 1;
      }
      expect(counts).toHaveLength(10);
      // Ten standard deviations (30 each): chance does not get there.
      for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(300);
    });

    it('below: bounds 1 and 2^32 work, others are refused', () => {
      const random = makeRandom();
      expect(random.below(1)).toBe(0);
      expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
      for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
        expect(() => random.below(bound)).toThrow(InvariantError);
      }
    });

    it('bytes: as many as asked for, never the same twice', () => {
      const random = makeRandom();
      expect(random.bytes(0)).toHaveLength(0);
      const first = random.bytes(32);
      expect(first).toHaveLength(32);
      expect(first).not.toEqual(random.bytes(32));
    });

    it('serves randomUuid: version 4, RFC variant', () => {
      const random = makeRandom();
      const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      const uuids = Array.from({ length: 100 }, () => randomUuid(random));
      for (const uuid of uuids) expect(uuid).toMatch(pattern);
      expect(new Set(uuids).size).toBe(100);
    });
  });
}
