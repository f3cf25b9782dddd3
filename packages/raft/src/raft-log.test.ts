import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, EntryType, emptyBytes, entryBytes } from './entry.ts';
import { asIndex, logIndex, noLimit, term } from './identifiers.ts';
import { MemoryStorage } from './memory-storage.ts';
import { RaftLog } from './raft-log.ts';

function entryOf(index: number, entryTerm: number): Entry {
  return { index: logIndex(index), term: term(entryTerm), type: EntryType.normal, data: emptyBytes };
}

function createLog(terms: readonly number[] = []): { log: RaftLog; storage: MemoryStorage } {
  const storage = new MemoryStorage();
  storage.append(terms.map((entryTerm, at) => entryOf(at + 1, entryTerm)));
  return { log: new RaftLog(storage, noLimit), storage };
}

function termsOf(log: RaftLog): readonly number[] {
  return log.entriesFrom(log.firstIndex, noLimit).map((entry) => entry.term);
}

/** One operation, as numbers that are made to fit the state at hand. */
type Operation =
  | { readonly kind: 'append'; readonly at: number; readonly count: number }
  | { readonly kind: 'store' }
  | { readonly kind: 'commit'; readonly to: number }
  | { readonly kind: 'read'; readonly low: number; readonly high: number; readonly maxBytes: number };

const small = fc.nat({ max: 12 });
const someOperation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), at: small, count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('store' as const) }),
  fc.record({ kind: fc.constant('commit' as const), to: small }),
  fc.record({ kind: fc.constant('read' as const), low: small, high: small, maxBytes: fc.nat({ max: 60 }) }),
);

/** The same log as a plain array of terms. */
class ArrayLog {
  terms: number[] = [];
  committed = 0;
}

function perform(operation: Operation, round: number, log: RaftLog, storage: MemoryStorage, model: ArrayLog): void {
  switch (operation.kind) {
    case 'append': {
      const first = Math.min(model.terms.length + 1, Math.max(model.committed + 1, operation.at));
      const entries = Array.from({ length: operation.count }, (_, at) => entryOf(first + at, round));
      log.append(entries);
      model.terms = [...model.terms.slice(0, first - 1), ...entries.map((entry) => entry.term)];
      return;
    }
    case 'store': {
      const entries = log.nextUnstableEntries();
      log.acceptUnstable();
      storage.append(entries);
      const last = entries.at(-1);
      if (last !== undefined) log.stableTo(last);
      return;
    }
    case 'commit':
      model.committed = Math.max(model.committed, Math.min(operation.to, model.terms.length));
      log.commitTo(asIndex(model.committed));
      return;
    case 'read': {
      const low = Math.min(operation.low, model.terms.length) || 1;
      const high = Math.max(low, Math.min(operation.high, model.terms.length + 1));
      const expected: number[] = [];
      let bytes = 0;
      for (let index = low; index < high; index += 1) {
        const entryTerm = model.terms[index - 1] ?? 0;
        bytes += entryBytes(entryOf(index, entryTerm));
        if (bytes > operation.maxBytes && expected.length > 0) break;
        expected.push(entryTerm);
      }
      const read = log.slice(asIndex(low), asIndex(high), operation.maxBytes);
      expect(read.map((entry) => entry.term)).toEqual(expected);
    }
  }
}

describe('the log', () => {
  it('goes the way of a plain array under any operations', () => {
    fc.assert(
      fc.property(fc.array(someOperation, { maxLength: 40 }), (operations) => {
        const { log, storage } = createLog();
        const model = new ArrayLog();
        for (const [round, operation] of operations.entries()) {
          perform(operation, round + 1, log, storage, model);
          expect(termsOf(log)).toEqual(model.terms);
          expect(log.lastIndex).toBe(model.terms.length);
          expect(log.committed).toBe(model.committed);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never replaces what is committed', () => {
    const { log } = createLog([1, 1]);
    log.commitTo(logIndex(2));
    expect(() => log.append([entryOf(2, 2)])).toThrow('would replace a committed one');
  });

  it('never commits past its end', () => {
    const { log } = createLog([1]);
    expect(() => log.commitTo(logIndex(2))).toThrow('beyond the last entry');
  });
});

describe('taking a leader’s entries (section 3.5)', () => {
  const cases = [
    { name: 'the entry before is missing', log: [1, 1], previous: [3, 1], terms: [1], taken: undefined, after: [1, 1] },
    {
      name: 'the entry before is of another term',
      log: [1, 2],
      previous: [2, 1],
      terms: [3],
      taken: undefined,
      after: [1, 2],
    },
    { name: 'they are new', log: [1], previous: [1, 1], terms: [2, 2], taken: 3, after: [1, 2, 2] },
    { name: 'they are there already', log: [1, 2, 3], previous: [1, 1], terms: [2], taken: 2, after: [1, 2, 3] },
    { name: 'they conflict', log: [1, 1, 1], previous: [1, 1], terms: [2], taken: 2, after: [1, 2] },
    { name: 'they overlap and go on', log: [1, 2], previous: [0, 0], terms: [1, 2, 4], taken: 3, after: [1, 2, 4] },
    { name: 'there are none', log: [1, 2], previous: [1, 1], terms: [], taken: 1, after: [1, 2] },
  ] as const;

  it.each(cases)('when $name', ({ log: terms, previous, terms: sent, taken, after }) => {
    const { log } = createLog(terms);
    const [index, entryTerm] = previous;
    const entries = sent.map((value, at) => entryOf(index + 1 + at, value));
    const id = { index: logIndex(index), term: term(entryTerm) };
    expect(log.maybeAppend({ previous: id, entries }, logIndex(0))).toBe(taken);
    expect(termsOf(log)).toEqual(after);
  });

  it('commits no further than what was taken, whatever the leader has committed', () => {
    const { log } = createLog([1, 1, 1]);
    log.maybeAppend({ previous: { index: logIndex(1), term: term(1) }, entries: [] }, logIndex(3));
    expect(log.committed).toBe(1);
  });
});

describe('where two logs may agree', () => {
  it('is the last place whose term is not above the other’s', () => {
    const { log } = createLog([1, 1, 4, 4, 5, 5, 6]);
    expect(log.findConflictByTerm(logIndex(7), term(5))).toEqual({ index: 6, term: 5 });
    expect(log.findConflictByTerm(logIndex(7), term(3))).toEqual({ index: 2, term: 1 });
    expect(log.findConflictByTerm(logIndex(7), term(0))).toEqual({ index: 0, term: 0 });
  });

  it('may be anything that was compacted', () => {
    const { log, storage } = createLog([1, 2, 3]);
    storage.compact(logIndex(2));
    expect(log.findConflictByTerm(logIndex(1), term(1))).toEqual({ index: 1, term: 0 });
  });
});

describe('what is being stored', () => {
  it('is not taken for stored when it was replaced meanwhile', () => {
    const { log } = createLog();
    log.append([entryOf(1, 1), entryOf(2, 1)]);
    log.acceptUnstable();
    log.append([entryOf(2, 2)]);
    log.stableTo({ index: logIndex(2), term: term(1) });
    expect(log.nextUnstableEntries().map((entry) => entry.term)).toEqual([2]);
    expect(termsOf(log)).toEqual([1, 2]);
  });

  it('is not changed under whoever writes it when entries are replaced', () => {
    const { log } = createLog();
    log.append([entryOf(1, 1), entryOf(2, 1)]);
    const written = log.nextUnstableEntries();
    log.append([entryOf(1, 2)]);
    expect(written.map((entry) => entry.term)).toEqual([1, 1]);
  });
});

describe('committed entries', () => {
  it('are handed out up to the limit, and on when some were applied', () => {
    const storage = new MemoryStorage();
    storage.append([1, 2, 3].map((index) => entryOf(index, 1)));
    const log = new RaftLog(storage, entryBytes(entryOf(1, 1)) * 2);
    log.commitTo(logIndex(3));
    const first = log.nextCommittedEntries(true);
    expect(first.map(({ index }) => index)).toEqual([1, 2]);
    log.acceptApplying(logIndex(2), entryBytes(entryOf(1, 1)) * 2, true);
    expect(log.hasNextCommittedEntries(true)).toBe(false);
    log.appliedTo(logIndex(2), entryBytes(entryOf(1, 1)) * 2);
    expect(log.nextCommittedEntries(true).map(({ index }) => index)).toEqual([3]);
  });

  it('wait until they are stored here where applying runs beside storing', () => {
    const { log } = createLog([1]);
    log.append([entryOf(2, 1)]);
    log.commitTo(logIndex(2));
    expect(log.nextCommittedEntries(false).map(({ index }) => index)).toEqual([1]);
    expect(log.nextCommittedEntries(true).map(({ index }) => index)).toEqual([1, 2]);
  });
});
