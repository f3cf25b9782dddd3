import { createConfState, type Entry, EntryType, logIndex, nodeId, noLimit, type Storage, term } from '@streambus/raft';
import { readWholeFile, silentLogger } from '@streambus/runtime';
import {
  createManualClock,
  createMemoryDisk,
  createSeededRandom,
  type DiskLoss,
  type ManualClock,
  type MemoryDisk,
} from '@streambus/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createMortalDisk } from '../testing/mortal-disk.ts';
import { FileSnapshotStore } from './file-snapshot-store.ts';
import { openDurableStorage } from './open-durable-storage.ts';
import type { ReplicaStorage } from './replica-storage.ts';
import type { SnapshotIdentity } from './snapshot-store.ts';

const losses: readonly DiskLoss[] = ['none', 'unsynced', 'torn'];
const metadata = { index: logIndex(50), term: term(5), confState: createConfState([1, 2, 3].map(nodeId)) };
const wanted = { isWanted: () => true, onChecked: () => {} };

/** What a storage holds, as text: where its snapshot is, the entries behind it by index and term, its term and vote. */
function contentOf({ view, snapshotIndex }: { readonly view: Storage; readonly snapshotIndex: number }): string {
  const [from, to] = [view.firstIndex(), logIndex(view.lastIndex() + 1)];
  const entries = from === to ? [] : view.entries(from, to, noLimit);
  const { hardState } = view.initialState();
  const log = entries.map((entry) => `${entry.index}:${entry.term}`).join(' ');
  return `snapshot ${snapshotIndex}; ${log}; term ${hardState.term}, vote ${hardState.vote}`;
}

function entries(first: number, last: number, atTerm: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, at) => {
    return { index: logIndex(first + at), term: term(atTerm), type: EntryType.normal, data: new Uint8Array(20) };
  });
}

async function open(disk: MemoryDisk, whenEmpty: 'bootstrap' | 'join') {
  const mortal = createMortalDisk(disk);
  const clock = createManualClock();
  const observer = { onFull: () => {}, onFailed: () => {} };
  const dependencies = { disk: mortal, clock, random: createSeededRandom(1), logger: silentLogger, observer };
  const options = { folder: '/raft', whenEmpty, clusterId: 'c', nodeId: 1, members: [1, 2, 3] };
  const { storage } = await clock.until(openDurableStorage(options, dependencies));
  return { storage, clock, kill: mortal.kill };
}

/** The bytes of a leader's snapshot. */
async function leadersSnapshot(): Promise<{ bytes: Uint8Array; identity: SnapshotIdentity }> {
  const disk = createMemoryDisk({ directories: ['/leader'] });
  const store = await FileSnapshotStore.open(disk, '/leader', createManualClock());
  const identity = await store.save(metadata, { sessions: Uint8Array.of(0), state: new Uint8Array(100).fill(7) });
  if (identity === undefined) throw new Error('it was not saved');
  return { bytes: await readWholeFile(disk, '/leader/snapshot'), identity };
}

async function receive(storage: ReplicaStorage): Promise<void> {
  const { bytes, identity } = await leadersSnapshot();
  const incoming = await storage.snapshots.receive(identity, wanted);
  await incoming?.write([bytes]);
  await incoming?.complete(() => {});
}

function appended(storage: ReplicaStorage, clock: ManualClock, batch: Parameters<ReplicaStorage['append']>[0]) {
  return clock.until(new Promise<void>((resolve) => storage.append(batch, resolve)));
}

/** What there was before the leader's snapshot came. */
const pasts = {
  'a log that ends before it': { whenEmpty: 'bootstrap', log: entries(2, 30, 2) },
  'a log of another history': { whenEmpty: 'bootstrap', log: entries(2, 70, 2) },
  'a log that ends where it is, with another entry': { whenEmpty: 'bootstrap', log: entries(2, 50, 2) },
  nothing: { whenEmpty: 'join', log: [] },
} as const;

/**
 * Installs a snapshot and appends behind it, and crashes before the operation of that number.
 *
 * @returns what was acknowledged, and what the next life finds; undefined when there are not so many operations
 */
async function installAndCrash(past: keyof typeof pasts, crashAt: number, loss: DiskLoss) {
  const { whenEmpty, log } = pasts[past];
  let left = Number.POSITIVE_INFINITY;
  let crash = (): void => {};
  const disk = createMemoryDisk({
    random: createSeededRandom(crashAt),
    beforeOperation: () => {
      if (left-- === 0) crash();
    },
  });
  const { storage, clock, kill } = await open(disk, whenEmpty);
  const hardState = { term: term(3), vote: nodeId(2), commit: logIndex(whenEmpty === 'join' ? 0 : 1) };
  await appended(storage, clock, { entries: log, hardState });
  const before = contentOf(storage);
  await receive(storage);
  crash = () => {
    kill();
    disk.crash(loss);
  };
  left = crashAt;
  let acknowledged = 0;
  const later = { term: term(6), vote: nodeId(3), commit: metadata.index };
  storage.append({ snapshot: metadata, entries: entries(51, 52, 5), hardState: later }, () => acknowledged++);
  storage.append({ entries: entries(53, 54, 6), hardState: { ...later, commit: logIndex(52) } }, () => acknowledged++);
  await clock.settle();
  const crashed = left < 0;
  left = Number.POSITIVE_INFINITY;
  if (!crashed) await clock.until(storage.close());
  return { disk, whenEmpty, before, acknowledged, crashed };
}

describe('a leader’s snapshot that takes the place of', () => {
  for (const past of Object.keys(pasts) as (keyof typeof pasts)[]) {
    it.each(losses)(
      `${past}: old or new after a crash between any two operations, and never less than was acknowledged (%s)`,
      async (loss) => {
        const found = new Set<string>();
        for (let crashAt = 0; ; crashAt++) {
          const { disk, whenEmpty, before, acknowledged, crashed } = await installAndCrash(past, crashAt, loss);
          const again = await open(disk, whenEmpty);
          const content = contentOf(again.storage);
          const states = [
            before,
            // The snapshot is in its place and the record that says so is not: nothing of the old log counts, and no vote of the new term was cast.
            'snapshot 50; ; term 5, vote 0',
            'snapshot 50; 51:5 52:5; term 6, vote 3',
            'snapshot 50; 51:5 52:5 53:6 54:6; term 6, vote 3',
          ];
          expect(states.slice(acknowledged === 0 ? 0 : acknowledged + 1)).toContain(content);
          found.add(content);

          const { lastIndex } = { lastIndex: again.storage.view.lastIndex() };
          const { hardState } = again.storage.view.initialState();
          await appended(again.storage, again.clock, { entries: entries(lastIndex + 1, lastIndex + 2, 7), hardState });
          const after = contentOf(again.storage);
          again.kill();
          disk.crash('unsynced');
          const last = await open(disk, whenEmpty);
          expect(contentOf(last.storage)).toBe(after);
          await last.clock.until(last.storage.close());
          if (!crashed) break;
        }
        expect(found.size).toBeGreaterThan(2);
      },
    );
  }

  it('a log makes the log short', async () => {
    const disk = createMemoryDisk();
    const { storage, clock } = await open(disk, 'bootstrap');
    for (let first = 2; first < 400; first += 10) {
      const hardState = { term: term(2), vote: nodeId(0), commit: logIndex(1) };
      const batch = entries(first, first + 9, 2).map((entry) => ({ ...entry, data: new Uint8Array(100_000) }));
      await appended(storage, clock, { entries: batch, hardState });
    }
    await receive(storage);
    const hardState = { term: term(5), vote: nodeId(0), commit: metadata.index };
    await appended(storage, clock, { snapshot: metadata, entries: [], hardState });
    await clock.settle();
    expect(storage.logBytes).toBeLessThan(100);
    expect(disk.usedBytes).toBeLessThan(9 * 1024 * 1024);
    await clock.until(storage.close());
  });

  it('another, older than one that this node has just written, wins, and is not replaced by it', async () => {
    const disk = createMemoryDisk();
    const { storage, clock } = await open(disk, 'bootstrap');
    const hardState = { term: term(2), vote: nodeId(0), commit: logIndex(30) };
    await appended(storage, clock, { entries: entries(2, 30, 2), hardState });
    await receive(storage);
    const own = { ...metadata, index: logIndex(30), term: term(2) };
    const keep = () => ({ neededAfter: 30, maxBytes: 0, tailEntries: 0, tailBytes: 0 });
    const saving = storage.saveSnapshot(own, { sessions: Uint8Array.of(0), state: new Uint8Array(10) }, keep);
    const later = { term: term(5), vote: nodeId(0), commit: metadata.index };
    await appended(storage, clock, { snapshot: metadata, entries: [], hardState: later });
    expect(await clock.until(saving)).toBeUndefined();
    expect(storage.snapshots.current?.metadata.index).toBe(50);
    expect((await disk.list('/raft')).map(({ name }) => name)).not.toContain('snapshot.tmp');
    await clock.until(storage.close());
  });

  it('a full disk’s log waits until there is space', async () => {
    const disk = createMemoryDisk();
    const { storage, clock } = await open(disk, 'bootstrap');
    await receive(storage);
    disk.failNext({ operation: 'syncDirectory', code: 'DISK_FULL', pathIncludes: '/raft' });
    disk.failNext({ operation: 'write', code: 'DISK_FULL', pathIncludes: '/log/' });
    const hardState = { term: term(5), vote: nodeId(0), commit: metadata.index };
    await appended(storage, clock, { snapshot: metadata, entries: entries(51, 52, 5), hardState });
    expect(contentOf(storage)).toBe('snapshot 50; 51:5 52:5; term 5, vote 0');
    await clock.until(storage.close());
    const again = await open(disk, 'bootstrap');
    expect(contentOf(again.storage)).toBe('snapshot 50; 51:5 52:5; term 5, vote 0');
  });
});
