import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadline, Deadlines } from './deadlines.ts';

type Step =
  | { readonly kind: 'set'; readonly id: number; readonly inMs: number }
  | { readonly kind: 'clear'; readonly id: number }
  | { readonly kind: 'pass'; readonly byMs: number };

const id = fc.integer({ min: 0, max: 19 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), id, inMs: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant('clear' as const), id }),
  fc.record({ kind: fc.constant('pass' as const), byMs: fc.integer({ min: 0, max: 20 }) }),
);

describe('deadlines', () => {
  it('fall due as those of a plain list that is searched each time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const queue = new Deadlines<number>();
        const deadlines = Array.from({ length: 20 }, (_, index) => new Deadline(index));
        const plain = new Map<number, number>();
        let nowMs = 0;
        for (const next of steps) {
          if (next.kind === 'pass') {
            nowMs += next.byMs;
            const due = [...plain].filter(([, atMs]) => atMs <= nowMs).map(([which]) => which);
            for (const which of due) plain.delete(which);
            const taken: number[] = [];
            for (let event = queue.takeDue(nowMs); event !== undefined; event = queue.takeDue(nowMs)) taken.push(event);
            expect(taken.sort()).toEqual(due.sort());
          } else {
            const deadline = deadlines[next.id];
            if (deadline === undefined) continue;
            if (next.kind === 'set') {
              queue.set(deadline, nowMs + next.inMs);
              plain.set(next.id, nowMs + next.inMs);
            } else {
              queue.clear(deadline);
              plain.delete(next.id);
            }
          }
          expect(queue.nextMs).toBeLessThanOrEqual(Math.min(...plain.values()));
          if (plain.size === 0) expect(queue.nextMs).toBe(Number.POSITIVE_INFINITY);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('come in the order of their moments, then of their setting', () => {
    const queue = new Deadlines<string>();
    for (const [name, atMs] of [
      ['late', 9],
      ['first', 5],
      ['second', 5],
    ] as const)
      queue.set(new Deadline(name), atMs);
    expect([queue.takeDue(9), queue.takeDue(9), queue.takeDue(9), queue.takeDue(9)]).toEqual([
      'first',
      'second',
      'late',
      undefined,
    ]);
  });

  it('that are called off do not pile up', () => {
    const queue = new Deadlines<number>();
    const kept = new Deadline(-1);
    queue.set(kept, 1_000_000);
    for (let index = 0; index < 100_000; index++) {
      const deadline = new Deadline(index);
      queue.set(deadline, 2_000_000 + index);
      queue.clear(deadline);
    }
    expect(queue.nextMs).toBe(1_000_000);
    expect(queue.size).toBeLessThan(1000);
  });
});
