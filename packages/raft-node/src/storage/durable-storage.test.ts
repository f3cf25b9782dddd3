import { type Entry, EntryType, type HardState, logIndex, nodeId, noLimit, type Storage, term } from '@streambus/raft';
import { silentLogger } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type MemoryDisk,
  type SeededRandom,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { openDurableStorage } from './open-durable-storage.ts';
import type { ReplicaStorage } from './replica-storage.ts';

const options = { folder: '/raft', whenEmpty: 'bootstrap', clusterId: 'c', nodeId: 1, members: [1] } as const;

async function open(disk: MemoryDisk) {
  const clock = createManualClock();
  const observer = { onFull: () => {}, onFailed: () => {} };
  const opening = openDurableStorage(options, {
    disk,
    clock,
    random: createSeededRandom(1),
    logger: silentLogger,
    observer,
  });
  const { storage } = await clock.until(opening);
  return { storage, clock };
}

/** A log as text: `index:term` of every entry. */
function entriesOf(view: Storage): string {
  const from = view.firstIndex();
  const to = logIndex(view.lastIndex() + 1);
  const entries = from === to ? [] : view.entries(from, to, noLimit);
  return entries.map((entry) => `${entry.index}:${entry.term}`).join(' ');
}

/** A batch as a follower may get it: entries of a newer term that replace some of what is there, or more of the present one. */
function appendRandomBatch(
  random: SeededRandom,
  storage: ReplicaStorage,
  before: HardState,
  onDurable: () => void,
): HardState {
  const replaces = random.below(3) === 0;
  const at = term(before.term + (replaces ? 1 : 0));
  const first = storage.view.lastIndex() + 1 - (replaces ? random.below(storage.view.lastIndex()) : 0);
  const entries = Array.from(
    { length: random.below(4) },
    (_, offset): Entry => ({
      index: logIndex(Math.max(2, first) + offset),
      term: at,
      type: EntryType.normal,
      data: random.bytes(random.below(50)),
    }),
  );
  const hardState = { term: at, vote: nodeId(1), commit: before.commit };
  storage.append({ entries, hardState }, onDurable);
  return hardState;
}

describe('a durable storage', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'has, after a loss of power, the log as of some append at or after the last durable one (seed %i)',
    async (seed) => {
      const random = createSeededRandom(seed);
      const disk = createMemoryDisk({ random });
      let hardState: HardState = { term: term(1), vote: nodeId(1), commit: logIndex(1) };
      for (let life = 0; life < 25; life++) {
        const { storage, clock } = await open(disk);
        const states = [{ log: entriesOf(storage.view), term: storage.view.initialState().hardState.term }];
        hardState = storage.view.initialState().hardState;
        let durable = 0;
        for (let count = random.below(15); count > 0; count--) {
          const number = states.length;
          hardState = appendRandomBatch(random, storage, hardState, () => {
            expect(number).toBe(durable + 1);
            durable = number;
          });
          states.push({ log: entriesOf(storage.view), term: hardState.term });
          if (random.below(2) === 0) await clock.settle();
        }
        disk.crash(random.below(2) === 0 ? 'torn' : 'unsynced');
        const again = await open(disk);
        const { view } = again.storage;
        const found = { log: entriesOf(view), term: view.initialState().hardState.term };
        expect(states.slice(durable)).toContainEqual(found);
        await again.clock.until(again.storage.close());
      }
    },
  );

  it('writes one record at a time, and joins to the next what comes meanwhile', async () => {
    const disk = createMemoryDisk();
    const { storage, clock } = await open(disk);
    const before = { ...disk.operationCounts };
    const random = createSeededRandom(1);
    let durable = 0;
    let hardState: HardState = { term: term(1), vote: nodeId(1), commit: logIndex(1) };
    for (let count = 0; count < 100; count++) {
      const entry = { index: logIndex(count + 2), term: term(1), type: EntryType.normal, data: random.bytes(10) };
      hardState = { ...hardState, commit: logIndex(count + 1) };
      storage.append({ entries: [entry], hardState }, () => durable++);
    }
    await clock.settle();
    expect(durable).toBe(100);
    expect(disk.operationCounts.write - before.write).toBe(2);
    expect(disk.operationCounts.sync - before.sync).toBe(2);
    await clock.until(storage.close());
  });
});
