import { describe, expect, it } from 'vitest';
import { createConfState } from './conf-state.ts';
import { type Entry, EntryType, emptyBytes, entryBytes } from './entry.ts';
import { logIndex, nodeId, noLimit, term } from './identifiers.ts';
import { MemoryStorage } from './memory-storage.ts';
import { createInitialSnapshot } from './snapshot.ts';

function entryOf(index: number, entryTerm = 1): Entry {
  return { index: logIndex(index), term: term(entryTerm), type: EntryType.normal, data: emptyBytes };
}

function createFilled(last: number): MemoryStorage {
  const storage = new MemoryStorage();
  storage.append(Array.from({ length: last }, (_, at) => entryOf(at + 1)));
  return storage;
}

const members = createConfState([nodeId(2), nodeId(1)]);

describe('MemoryStorage', () => {
  it('begins empty, or where a cluster begins', () => {
    expect(new MemoryStorage().lastIndex()).toBe(0);
    const storage = new MemoryStorage(createInitialSnapshot(members));
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(logIndex(1))]).toEqual([2, 1, 1]);
    expect(storage.initialState().confState.voters).toEqual([1, 2]);
  });

  it('gives entries within the limit, and at least one', () => {
    const storage = createFilled(5);
    expect(storage.entries(logIndex(2), logIndex(5), noLimit).map(({ index }) => index)).toEqual([2, 3, 4]);
    expect(storage.entries(logIndex(2), logIndex(5), entryBytes(entryOf(2)) * 2)).toHaveLength(2);
    expect(storage.entries(logIndex(2), logIndex(5), 0)).toHaveLength(1);
  });

  it('replaces whatever is from the first appended entry on', () => {
    const storage = createFilled(4);
    storage.append([entryOf(3, 2)]);
    expect([storage.lastIndex(), storage.term(logIndex(3))]).toEqual([3, 2]);
  });

  it('says what was compacted and what is not there yet', () => {
    const storage = createFilled(5);
    storage.createSnapshot(logIndex(3), members, emptyBytes);
    storage.compact(logIndex(3));
    expect([storage.firstIndex(), storage.term(logIndex(3))]).toEqual([4, 1]);
    const compacted = expect.objectContaining({ code: 'RAFT_COMPACTED' });
    const unavailable = expect.objectContaining({ code: 'RAFT_UNAVAILABLE' });
    expect(() => storage.entries(logIndex(3), logIndex(5), noLimit)).toThrow(compacted);
    expect(() => storage.term(logIndex(2))).toThrow(compacted);
    expect(() => storage.compact(logIndex(3))).toThrow(compacted);
    expect(() => storage.entries(logIndex(4), logIndex(7), noLimit)).toThrow(unavailable);
    expect(() => storage.term(logIndex(6))).toThrow(unavailable);
  });

  it('drops its log for a received snapshot, and refuses an older one', () => {
    const storage = createFilled(5);
    const snapshot = { data: emptyBytes, metadata: { index: logIndex(9), term: term(2), confState: members } };
    storage.applySnapshot(snapshot);
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(logIndex(9))]).toEqual([10, 9, 2]);
    const outOfDate = expect.objectContaining({ code: 'RAFT_SNAPSHOT_OUT_OF_DATE' });
    expect(() => storage.applySnapshot(snapshot)).toThrow(outOfDate);
  });

  it('skips appended entries that are compacted already', () => {
    const storage = createFilled(3);
    storage.compact(logIndex(2));
    storage.append([entryOf(2), entryOf(3, 2), entryOf(4, 2)]);
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(logIndex(3))]).toEqual([3, 4, 2]);
  });

  it('refuses a gap', () => {
    expect(() => createFilled(3).append([entryOf(5)])).toThrow('would leave a gap');
  });
});
