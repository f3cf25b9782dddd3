import { EntryType, logIndex, nodeId, term } from '@streambus/raft';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLogRecord, encodeLogRecord, type LogRecord } from './log-record.ts';

const entryTypes = [EntryType.normal, EntryType.confChange, EntryType.confChangeV2];

const record: fc.Arbitrary<LogRecord> = fc
  .record({
    term: fc.maxSafeNat(),
    vote: fc.maxSafeNat(),
    commit: fc.maxSafeNat(),
    first: fc.nat(1_000_000),
    beginsAfter: fc.option(fc.record({ index: fc.integer({ min: 1 }), term: fc.nat() }), { nil: undefined }),
    entries: fc.array(
      fc.record({ term: fc.nat(), type: fc.constantFrom(...entryTypes), data: fc.uint8Array({ maxLength: 300 }) }),
    ),
  })
  .map(({ first, entries, beginsAfter, ...hardState }) => ({
    hardState: { term: term(hardState.term), vote: nodeId(hardState.vote), commit: logIndex(hardState.commit) },
    entries: entries.map((entry, at) => ({ ...entry, term: term(entry.term), index: logIndex(first + at) })),
    beginsAfter: beginsAfter && { index: logIndex(beginsAfter.index), term: term(beginsAfter.term) },
  }));

describe('a log record', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        const read = decodeLogRecord(encodeLogRecord(written));
        expect(read?.hardState).toEqual(written.hardState);
        expect(read?.beginsAfter).toEqual(written.beginsAfter);
        expect(read?.entries.map((entry) => ({ ...entry, data: [...entry.data] }))).toEqual(
          written.entries.map((entry) => ({ ...entry, data: [...entry.data] })),
        );
      }),
    );
  });

  it('cut anywhere is no record', () => {
    fc.assert(
      fc.property(record, fc.nat(), (written, seed) => {
        const bytes = encodeLogRecord(written);
        // Cut before its last field it is a record, of those that have none.
        const whole = encodeLogRecord({ ...written, beginsAfter: undefined }).length;
        const cut = seed % bytes.length;
        if (cut !== whole) expect(decodeLogRecord(bytes.subarray(0, cut))).toBeUndefined();
      }),
    );
  });

  it('is the same bytes as before there was one that says where the log begins', () => {
    const hardState = { term: term(3), vote: nodeId(2), commit: logIndex(300) };
    const entry = { index: logIndex(301), term: term(3), type: EntryType.normal, data: Uint8Array.of(9, 8) };
    const bytes = [1, 3, 2, 0xac, 2, 1, 0xad, 2, 3, EntryType.normal, 2, 9, 8];
    expect([...encodeLogRecord({ hardState, entries: [entry] })]).toEqual(bytes);
    expect(decodeLogRecord(Uint8Array.from(bytes))?.beginsAfter).toBeUndefined();
  });

  it('of another version, or with bytes after its end, is none', () => {
    const bytes = encodeLogRecord({ hardState: { term: term(1), vote: nodeId(1), commit: logIndex(0) }, entries: [] });
    expect(decodeLogRecord(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
    for (const rest of [[0], [2], [1], [1, 7], [1, 7, 3, 0], [2, 7, 3]]) {
      expect(decodeLogRecord(Uint8Array.of(...bytes, ...rest))).toBeUndefined();
    }
  });
});
