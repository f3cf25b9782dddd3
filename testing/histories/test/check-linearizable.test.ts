import {
  checkLinearizable,
  checkLinearizablePerKey,
  describeViolation,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  type RegisterValue,
  registerModel,
} from '@streambus-testing/histories';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type RegisterOperation = Operation<RegisterInput, RegisterOutput | 'done'>;

let clients = 0;

function operation(
  input: RegisterInput,
  calledAt: number,
  returnedAt?: number,
  output?: RegisterOutput | 'done',
): RegisterOperation {
  return { client: clients++, input, calledAt, returnedAt, output };
}

const write = (value: RegisterValue, from: number, to?: number): RegisterOperation =>
  operation({ type: 'write', value }, from, to, to === undefined ? undefined : 'done');
const read = (before: RegisterValue, from: number, to: number): RegisterOperation =>
  operation({ type: 'read' }, from, to, { before });
const compareAndSet = (
  [expected, value]: readonly [RegisterValue, RegisterValue],
  before: RegisterValue,
  from: number,
  to: number,
): RegisterOperation => operation({ type: 'compareAndSet', expected, value }, from, to, { before });

const verdict = (operations: readonly RegisterOperation[]): string =>
  checkLinearizable(registerModel, operations).verdict;

describe('a history that can be explained', () => {
  const good: Record<string, readonly RegisterOperation[]> = {
    'nothing at all': [],
    'one after the other': [write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7)],
    'a read during a write sees the old value or the new one': [write(1, 0, 10), read(undefined, 1, 2), read(1, 3, 4)],
    'two writes at a time, in the order in which they were not called': [
      write(1, 0, 10),
      write(2, 1, 9),
      read(2, 2, 3),
      read(1, 4, 5),
    ],
    'a lost answer of a write that took effect': [write(1, 0), read(1, 5, 6)],
    'a lost answer of a write that never took effect': [write(1, 0), read(undefined, 5, 6)],
    'a lost answer of a write that took effect long after': [
      write(1, 0),
      read(undefined, 5, 6),
      read(undefined, 50, 60),
      read(1, 70, 80),
    ],
    'a compare-and-set that fails, and one that does not': [
      write(1, 0, 1),
      compareAndSet([2, 3], 1, 2, 3),
      compareAndSet([1, 4], 1, 4, 5),
      read(4, 6, 7),
    ],
    'what happens at one moment happens at the same time': [write(1, 0, 5), read(undefined, 5, 6)],
  };

  it.each(Object.entries(good))('%s', (_name, operations) => {
    expect(verdict(operations)).toBe('linearizable');
  });
});

describe('a history that cannot be explained', () => {
  const bad: Record<string, readonly RegisterOperation[]> = {
    'a stale read': [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)],
    'a read that misses an acknowledged write': [write(1, 0, 1), read(undefined, 2, 3)],
    'a read of what nobody wrote': [write(1, 0, 1), read(7, 2, 3)],
    'the new value, and then the old one again': [write(1, 0, 10), read(1, 1, 2), read(undefined, 3, 4)],
    'two readers that disagree about the order of two writes': [
      write(1, 0, 20),
      write(2, 0, 20),
      read(1, 1, 2),
      read(2, 3, 4),
      read(1, 5, 6),
      read(2, 7, 8),
    ],
    'two compare-and-sets that both win': [
      write(0, 0, 1),
      compareAndSet([0, 1], 0, 2, 9),
      compareAndSet([0, 2], 0, 3, 8),
    ],
    'a write without an answer whose value is read, lost and read again': [
      write(1, 0),
      write(2, 10, 11),
      read(1, 12, 13),
      read(2, 14, 15),
      read(1, 16, 17),
    ],
    'a write that took effect before it was called': [read(1, 0, 1), write(1, 2, 3)],
  };

  it.each(Object.entries(bad))('%s', (_name, operations) => {
    expect(verdict(operations)).toBe('violated');
  });

  it('is described by what cannot be explained and what can', () => {
    const report = checkLinearizable(registerModel, [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]);
    expect(report.verdict === 'violated' && describeViolation(report).replaceAll(/client \d+/g, 'a client')).toBe(
      [
        'no order explains what a client did from 4 to 5, answer {"before":1}: {"type":"read"}',
        'best order found for 2 others:',
        '  a client did from 0 to 1, answer "done": {"type":"write","value":1}',
        '  a client did from 2 to 3, answer "done": {"type":"write","value":2}',
      ].join('\n'),
    );
  });
});

describe('per key', () => {
  const keyed = (key: string, one: RegisterOperation): RegisterOperation & { readonly key: string } => ({
    ...one,
    key,
  });
  const keyOf = (one: RegisterOperation): string => (one as RegisterOperation & { readonly key: string }).key;

  it('each key is a register of its own', () => {
    const operations = [keyed('a', write(1, 0, 1)), keyed('b', read(undefined, 2, 3)), keyed('a', read(1, 4, 5))];
    expect(checkLinearizablePerKey(registerModel, operations, keyOf).verdict).toBe('linearizable');
    expect(verdict(operations)).toBe('violated');
  });

  it('one bad key is a bad history', () => {
    const operations = [keyed('a', write(1, 0, 1)), keyed('b', write(2, 0, 1)), keyed('b', read(undefined, 2, 3))];
    expect(checkLinearizablePerKey(registerModel, operations, keyOf).verdict).toBe('violated');
  });
});

describe('a long search', () => {
  const manyAtATime = (count: number): RegisterOperation[] =>
    Array.from({ length: count }, (_, at) => write(at + 1, 0, 1000));

  it('is given up, and says so', () => {
    const operations = [...manyAtATime(24), read(99, 2000, 2001)];
    expect(checkLinearizable(registerModel, operations, { maxSteps: 10_000 }).verdict).toBe('undecided');
  });

  it('is quick where many read at a time: 500 reads of two values around a write', () => {
    const reads = Array.from({ length: 500 }, (_, at) => read(at % 2 === 0 ? undefined : 1, 0, 1000));
    expect(checkLinearizable(registerModel, [...reads, write(1, 0, 1000)], { maxSteps: 1000 }).verdict).toBe(
      'linearizable',
    );
  });

  it('is quick where answers tell the order: 2,000 operations of 8 clients, an eighth of them without an answer', () => {
    expect(verdict(registerHistory(2000, 8))).toBe('linearizable');
  });
});

/** What clients see of a right register: each operation takes effect at a moment between call and return. */
function registerHistory(count: number, width: number): RegisterOperation[] {
  const operations: RegisterOperation[] = [];
  let state: RegisterValue;
  for (let at = 0; at < count; at++) {
    const effect = at * 10;
    const span = [effect - ((at * 7) % (width * 10)), effect + ((at * 3) % (width * 10)) + 1] as const;
    if (at % 8 === 0) operations.push(write(at, span[0]));
    else if (at % 3 === 0) operations.push(read(state, ...span));
    else operations.push(operation({ type: 'write', value: at }, ...span, { before: state }));
    if (at % 8 === 0 || at % 3 !== 0) state = at;
  }
  return operations;
}

describe('beside a check that tries every order', () => {
  const value = fc.integer({ min: 0, max: 2 });
  const input = fc.oneof<fc.Arbitrary<RegisterInput>[]>(
    fc.constant({ type: 'read' }),
    fc.record({ type: fc.constant('write'), value }),
    fc.record({ type: fc.constant('compareAndSet'), expected: value, value }),
  );
  const anyOperation = fc
    .record({
      input,
      calledAt: fc.integer({ min: 0, max: 12 }),
      duration: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
      before: fc.option(value, { nil: undefined }),
    })
    .map(({ input: what, calledAt, duration, before }) =>
      operation(what, calledAt, duration === undefined ? undefined : calledAt + duration, { before }),
    );

  it('it says the same of any history of up to six operations', () => {
    const verdicts = new Set<string>();
    fc.assert(
      fc.property(fc.array(anyOperation, { maxLength: 6 }), (operations) => {
        const expected = someOrderExplains(operations, undefined) ? 'linearizable' : 'violated';
        verdicts.add(expected);
        expect(verdict(operations)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(verdicts.size).toBe(2);
  });
});

/** Tries every operation that no other one must come before. */
function someOrderExplains(left: readonly RegisterOperation[], state: RegisterValue): boolean {
  if (left.every(({ returnedAt }) => returnedAt === undefined)) return true;
  return left.some((one, at) => {
    const others = left.filter((_, other) => other !== at);
    if (others.some(({ returnedAt }) => returnedAt !== undefined && returnedAt < one.calledAt)) return false;
    const stepped = registerModel.step(state, one.input, one.returnedAt === undefined ? undefined : one.output);
    return stepped !== undefined && someOrderExplains(others, stepped.state);
  });
}
