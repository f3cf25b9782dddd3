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
    entries: fc.array(
      fc.record({ term: fc.nat(), type: fc.constantFrom(...entryTypes), data: fc.uint8Array({ maxLength: 300 }) }),
    ),
  })
  .map(({ first, entries, ...hardState }) => ({
    hardState: { term: term(hardState.term), vote: nodeId(hardState.vote), commit: logIndex(hardState.commit) },
    entries: entries.map((entry, at) => ({ ...entry, term: term(entry.term), index: logIndex(first + at) })),
  }));

describe('a log record', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        const read = decodeLogRecord(encodeLogRecord(written));
        expect(read?.hardState).toEqual(written.hardState);
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
        expect(decodeLogRecord(bytes.subarray(0, seed % bytes.length))).toBeUndefined();
      }),
    );
  });

  it('of another version, or with bytes after its end, is none', () => {
    const bytes = encodeLogRecord({ hardState: { term: term(1), vote: nodeId(1), commit: logIndex(0) }, entries: [] });
    expect(decodeLogRecord(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
    expect(decodeLogRecord(Uint8Array.of(...bytes, 0))).toBeUndefined();
  });
});
