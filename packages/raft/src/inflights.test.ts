import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logIndex, noLimit } from './identifiers.ts';
import { Inflights } from './inflights.ts';

describe('messages under way to a follower', () => {
  it('go the way of a plain array', () => {
    const someStep = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 5 }), bytes: fc.nat({ max: 9 }) }),
      fc.record({ free: fc.nat({ max: 400 }) }),
    );
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 300 }), (steps) => {
        const inflights = new Inflights(150, 200);
        let plain: { index: number; bytes: number }[] = [];
        let last = 0;
        for (const step of steps) {
          if ('free' in step) {
            inflights.freeTo(logIndex(step.free));
            plain = plain.filter(({ index }) => index > step.free);
          } else if (!inflights.full) {
            last += step.add;
            inflights.add(logIndex(last), step.bytes);
            plain.push({ index: last, bytes: step.bytes });
          }
          const bytes = plain.reduce((sum, message) => sum + message.bytes, 0);
          expect([inflights.count, inflights.bytes]).toEqual([plain.length, bytes]);
          expect(inflights.full).toBe(plain.length >= 150 || bytes >= 200);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('let the message go that crosses the byte limit, and none after it', () => {
    const inflights = new Inflights(10, 100);
    inflights.add(logIndex(1), 99);
    expect(inflights.full).toBe(false);
    inflights.add(logIndex(2), 1000);
    expect(inflights.full).toBe(true);
    expect(() => inflights.add(logIndex(3), 1)).toThrow('inflights are full');
  });

  it('ascend', () => {
    const inflights = new Inflights(10, noLimit);
    inflights.add(logIndex(5), 1);
    expect(() => inflights.add(logIndex(5), 1)).toThrow('does not ascend');
  });
});
