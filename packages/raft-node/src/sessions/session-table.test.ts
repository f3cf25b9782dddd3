import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '../session.ts';
import { SessionTable } from './session-table.ts';

const first = 1 as SessionId;
const second = 2 as SessionId;

function answer(text: string): () => Uint8Array {
  return () => new TextEncoder().encode(text);
}

function told(result: Uint8Array | string): string {
  return typeof result === 'string' ? `refused: ${result}` : new TextDecoder().decode(result);
}

function tableWith(...ids: number[]): SessionTable {
  const table = new SessionTable();
  for (const id of ids) table.open(id, 100);
  return table;
}

describe('the session table', () => {
  it('answers a repeat with the first answer, and does not apply it', () => {
    const table = tableWith(1);
    const stamp = { id: first, sequence: 1, firstOutstanding: 1 };
    expect(told(table.applyOnce(2, stamp, answer('one')))).toBe('one');
    expect(told(table.applyOnce(3, stamp, answer('two')))).toBe('one');
  });

  it('keeps the answers of all that is outstanding, in whatever order it came', () => {
    const table = tableWith(1);
    for (const sequence of [3, 1, 2]) {
      table.applyOnce(10 + sequence, { id: first, sequence, firstOutstanding: 1 }, answer(`n${sequence}`));
    }
    const repeats = [1, 2, 3].map((sequence) =>
      told(table.applyOnce(20 + sequence, { id: first, sequence, firstOutstanding: 1 }, answer('again'))),
    );
    expect(repeats).toEqual(['n1', 'n2', 'n3']);
  });

  it('refuses what the session has given up on, whether it was applied or not', () => {
    const table = tableWith(1);
    table.applyOnce(2, { id: first, sequence: 1, firstOutstanding: 1 }, answer('one'));
    table.applyOnce(3, { id: first, sequence: 3, firstOutstanding: 3 }, answer('three'));
    expect(told(table.applyOnce(4, { id: first, sequence: 1, firstOutstanding: 1 }, answer('x')))).toBe(
      'refused: forgotten',
    );
    expect(told(table.applyOnce(5, { id: first, sequence: 2, firstOutstanding: 1 }, answer('x')))).toBe(
      'refused: forgotten',
    );
  });

  it('refuses sessions that are closed or never were', () => {
    const table = tableWith(1);
    table.close(first);
    for (const id of [first, second]) {
      expect(told(table.applyOnce(5, { id, sequence: 1, firstOutstanding: 1 }, answer('x')))).toBe('refused: expired');
    }
  });

  it('ends the least recently used session when there are too many', () => {
    const table = new SessionTable();
    table.open(1, 2);
    table.open(2, 2);
    table.applyOnce(3, { id: first, sequence: 1, firstOutstanding: 1 }, answer('x'));
    table.open(4, 2);
    expect(table.size).toBe(2);
    expect(told(table.applyOnce(5, { id: second, sequence: 1, firstOutstanding: 1 }, answer('x')))).toBe(
      'refused: expired',
    );
    expect(told(table.applyOnce(6, { id: first, sequence: 2, firstOutstanding: 2 }, answer('y')))).toBe('y');
  });

  it('forgets everything at once when the smallest number that may be asked for leaps', () => {
    const table = new SessionTable();
    table.open(1, 1);
    for (let sequence = 1; sequence <= 3; sequence++) {
      table.applyOnce(1 + sequence, { id: first, sequence, firstOutstanding: 1 }, answer('x'));
    }
    const far = 2 ** 50;
    expect(told(table.applyOnce(5, { id: first, sequence: far, firstOutstanding: far }, answer('y')))).toBe('y');
    const other = new SessionTable();
    other.open(1, 1);
    other.applyOnce(5, { id: first, sequence: far, firstOutstanding: far }, answer('y'));
    expect(table.encode()).toEqual(other.encode());
  });

  it('never ends the session that was just opened', () => {
    const table = new SessionTable();
    table.open(1, 0);
    expect(table.size).toBe(1);
  });
});

type Step =
  | { readonly kind: 'open'; readonly maxSessions: number }
  | { readonly kind: 'close'; readonly id: number }
  | { readonly kind: 'apply'; readonly id: number; readonly sequence: number; readonly behind: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), maxSessions: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('close' as const), id: fc.integer({ min: 1, max: 20 }) }),
  fc.record({
    kind: fc.constant('apply' as const),
    id: fc.integer({ min: 1, max: 20 }),
    sequence: fc.integer({ min: 1, max: 6 }),
    behind: fc.integer({ min: 0, max: 3 }),
  }),
);

function run(table: SessionTable, steps: readonly Step[], from: number): string[] {
  return steps.map((next, at) => {
    const index = from + at;
    if (next.kind === 'open') table.open(index, next.maxSessions);
    else if (next.kind === 'close') table.close(next.id as SessionId);
    else {
      const { id, sequence, behind } = next;
      const stamp = { id: id as SessionId, sequence, firstOutstanding: Math.max(1, sequence - behind) };
      return told(table.applyOnce(index, stamp, answer(`${index}`)));
    }
    return '';
  });
}

describe('a restored session table', () => {
  it('answers alike, forgets alike, and has the same bytes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 40 }), (before, after) => {
        const original = new SessionTable();
        run(original, before, 1);
        const copy = new SessionTable();
        copy.restore(original.encode());
        expect(copy.encode()).toEqual(original.encode());
        expect(run(copy, after, 1000)).toEqual(run(original, after, 1000));
        expect(copy.encode()).toEqual(original.encode());
      }),
    );
  });

  it('does not take bytes that end early or late', () => {
    const bytes = tableWith(1, 2).encode();
    expect(() => new SessionTable().restore(bytes.subarray(0, -1))).toThrow();
    expect(() => new SessionTable().restore(Uint8Array.of(...bytes, 0))).toThrow();
  });
});
