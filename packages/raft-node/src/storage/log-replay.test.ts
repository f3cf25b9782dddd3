import {
  createConfState,
  type Entry,
  EntryType,
  emptyBytes,
  type HardState,
  logIndex,
  nodeId,
  noNode,
  term,
} from '@streambus/raft';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from './log-record.ts';
import { LogReplay, type ReplayedLog } from './log-replay.ts';

const hardState: HardState = { term: term(4), vote: nodeId(2), commit: logIndex(1) };

/** A record with these entries: `[first, last, term]`, or several such runs. */
function record(...runs: readonly (readonly [number, number, number])[]): LogRecord {
  const entries = runs.flatMap(([first, last, atTerm]) =>
    Array.from({ length: last - first + 1 }, (_, at): Entry => {
      return { index: logIndex(first + at), term: term(atTerm), type: EntryType.normal, data: emptyBytes };
    }),
  );
  return { hardState, entries };
}

function beginning(index: number, atTerm: number): LogRecord {
  return { hardState, entries: [], beginsAfter: { index: logIndex(index), term: term(atTerm) } };
}

/** Puts records together behind a snapshot. @returns what is wrong, or what there is */
function replay(snapshot: readonly [number, number], records: readonly LogRecord[]): ReplayedLog | string {
  const [index, atTerm] = snapshot;
  const replaying = new LogReplay({ index: logIndex(index), term: term(atTerm), confState: createConfState([]) });
  for (const [offset, one] of records.entries()) {
    const fault = replaying.add(offset, one, 10);
    if (fault !== undefined) return fault;
  }
  return replaying.finish();
}

function logOf(replayed: ReplayedLog | string): string {
  if (typeof replayed === 'string') return replayed;
  const log = replayed.entries.map((entry) => `${entry.index}:${entry.term}`).join(' ');
  return replayed.mustBeginAnew ? `begin anew; ${log}` : log;
}

describe('a log that is read again', () => {
  it('has what the last record says about each entry, and nothing after it that an earlier one said', () => {
    expect(logOf(replay([1, 1], [record([2, 6, 2]), record([4, 4, 3]), record([5, 5, 3])]))).toBe('2:2 3:2 4:3 5:3');
  });

  it('has no entry that a snapshot stands for', () => {
    expect(logOf(replay([4, 2], [record([2, 4, 2]), record([5, 6, 2])]))).toBe('5:2 6:2');
    expect(logOf(replay([4, 2], [record([4, 6, 2])]))).toBe('5:2 6:2');
    expect(logOf(replay([4, 2], [record([5, 6, 2])]))).toBe('5:2 6:2');
  });

  it('does not bring back, behind a snapshot, entries that were replaced before it was taken', () => {
    expect(logOf(replay([4, 3], [record([2, 9, 2]), record([3, 4, 3])]))).toBe('');
    expect(logOf(replay([4, 3], [record([2, 9, 2]), record([3, 3, 3]), record([4, 5, 3])]))).toBe('5:3');
  });

  it('with a gap is damaged', () => {
    expect(replay([1, 1], [record([2, 3, 2]), record([5, 6, 2])])).toBe('has entry 5 after entry 3');
    expect(replay([1, 1], [record([3, 4, 2])])).toBe('has entry 3 after entry 1');
    expect(replay([4, 2], [record([2, 9, 2]), record([3, 3, 3]), record([5, 5, 3])])).toBe('has entry 5 after entry 3');
  });

  it('begins anew where a record says so', () => {
    const replayed = replay([7, 3], [record([2, 9, 2]), beginning(7, 3), record([8, 9, 4])]);
    expect(logOf(replayed)).toBe('8:4 9:4');
    expect(typeof replayed === 'string' ? 0 : replayed.extent.uncoveredBytes).toBe(20);
    expect(logOf(replay([8, 4], [record([2, 9, 2]), beginning(7, 3), record([8, 9, 4])]))).toBe('9:4');
  });

  it('that says it begins after a snapshot that is not there is damaged', () => {
    expect(replay([5, 2], [beginning(7, 3)])).toBe('begins after entry 7, but the snapshot is at 5');
  });

  it('that does not lead to its snapshot must begin anew', () => {
    expect(logOf(replay([7, 3], [record([2, 5, 2])]))).toBe('begin anew; ');
    expect(logOf(replay([7, 3], [record([2, 9, 2])]))).toBe('begin anew; ');
    expect(logOf(replay([7, 3], [record([2, 9, 2]), record([7, 8, 3])]))).toBe('8:3');
    expect(logOf(replay([7, 3], [beginning(4, 2), record([5, 6, 2])]))).toBe('begin anew; ');
    expect(logOf(replay([7, 3], [record()]))).toBe('');
  });

  it('has the last hard state, whose commit index is never behind the snapshot, nor its term', () => {
    const found = (index: number, atTerm: number) => {
      const replayed = replay([index, atTerm], [record([2, 9, 2])]);
      return typeof replayed === 'string' ? replayed : replayed.hardState;
    };
    expect(found(1, 1)).toEqual(hardState);
    expect(found(5, 2)).toEqual({ ...hardState, commit: 5 });
    expect(found(7, 6)).toEqual({ term: 6, vote: noNode, commit: 7 });
  });

  it('of a cluster that has just begun is in term 0, whatever the term of its first index', () => {
    const replaying = new LogReplay({ index: logIndex(1), term: term(1), confState: createConfState([nodeId(1)]) });
    expect(replaying.finish().hardState).toEqual({ term: 0, vote: noNode, commit: 1 });
  });
});
