import { createConfState, logIndex, term } from '@streambus/raft';
import { type Clock, DiskError, silentLogger } from '@streambus/runtime';
import { describe, expect, it } from 'vitest';
import { RaftNodeError } from '../errors.ts';
import type { LogKeep, ReplicaStorage } from '../storage/replica-storage.ts';
import { Snapshotter } from './snapshotter.ts';

const mebibyte = 1024 * 1024;

/** A snapshotter, and what it sees. */
function rig(seen: { logBytes?: number; snapshotBytes?: number; maxLogBytes?: number } = {}) {
  const { logBytes = 0, snapshotBytes = 0, maxLogBytes = 64 * mebibyte } = seen;
  const state = {
    nowMs: 0,
    snapshotIndex: 100,
    logBytes,
    areReceiving: false,
    areUnnamed: false,
    error: undefined as Error | undefined,
  };
  const saved: number[] = [];
  const keeps: LogKeep[] = [];
  const storage: Partial<ReplicaStorage> = {
    get logBytes() {
      return state.logBytes;
    },
    get snapshotIndex() {
      return logIndex(state.snapshotIndex);
    },
    snapshots: { current: { sizeBytes: snapshotBytes } } as ReplicaStorage['snapshots'],
    async saveSnapshot({ index }, _, keep) {
      saved.push(index);
      if (state.error !== undefined) throw state.error;
      keeps.push(keep());
      state.snapshotIndex = index;
      return 10;
    },
  };
  const broken: Error[] = [];
  let applied = 0;
  const snapshotter = new Snapshotter({
    thresholds: { snapshotAfterEntries: 1000, snapshotAfterBytes: 16 * mebibyte, maxLogBytes },
    storage: storage as ReplicaStorage,
    followers: {
      areReceiving: () => state.areReceiving,
      areUnnamed: () => state.areUnnamed,
      lackAfter: () => 42,
    },
    clock: { monotonicMs: () => state.nowMs } as Clock,
    logger: silentLogger,
    observer: {},
    capture: () => ({
      metadata: { index: logIndex(applied), term: term(1), confState: createConfState([]) },
      snapshot: { sessions: new Uint8Array(0), state: new Uint8Array(0) },
    }),
    onDurable: () => {},
    onBroken: (error) => broken.push(error),
  });
  const apply = async (index: number): Promise<boolean> => {
    applied = index;
    const before = saved.length;
    snapshotter.onApplied(logIndex(index));
    await snapshotter.idle();
    return saved.length > before;
  };
  return { snapshotter, state, apply, keeps, broken };
}

describe('a snapshot is due', () => {
  it('after so many entries, or so many bytes of them', async () => {
    expect(await rig().apply(1099)).toBe(false);
    expect(await rig().apply(1100)).toBe(true);
    expect(await rig({ logBytes: 16 * mebibyte - 1 }).apply(101)).toBe(false);
    expect(await rig({ logBytes: 16 * mebibyte }).apply(101)).toBe(true);
  });

  it('after a quarter of its own size, so that a large state is not written over and over', async () => {
    const large = { snapshotBytes: 1024 * mebibyte, maxLogBytes: 4096 * mebibyte };
    expect(await rig({ ...large, logBytes: 255 * mebibyte }).apply(101)).toBe(false);
    expect(await rig({ ...large, logBytes: 256 * mebibyte }).apply(101)).toBe(true);
    expect(await rig(large).apply(16_099)).toBe(false);
    expect(await rig(large).apply(16_100)).toBe(true);
  });

  it('after half of the log that may be, whatever its size', async () => {
    const large = { snapshotBytes: 1024 * mebibyte, maxLogBytes: 64 * mebibyte };
    expect(await rig({ ...large, logBytes: 32 * mebibyte - 1 }).apply(101)).toBe(false);
    expect(await rig({ ...large, logBytes: 32 * mebibyte }).apply(101)).toBe(true);
    const narrow = { maxLogBytes: 16 * mebibyte };
    expect(await rig({ ...narrow, logBytes: 16 * mebibyte - 1 }).apply(101)).toBe(false);
  });

  it('when a member is not named by the newest one', async () => {
    const { state, apply } = rig();
    state.areUnnamed = true;
    expect(await apply(100)).toBe(false);
    expect(await apply(101)).toBe(true);
  });

  it('not while the newest one is on its way, unless the log is half full', async () => {
    const { state, apply } = rig();
    state.areReceiving = true;
    expect(await apply(5000)).toBe(false);
    state.logBytes = 32 * mebibyte + 1;
    expect(await apply(5000)).toBe(true);
    state.logBytes = 0;
    state.areUnnamed = true;
    expect(await apply(5001)).toBe(true);
  });

  it('when it is asked for, whatever is on its way', async () => {
    const { snapshotter, state, apply } = rig();
    state.areReceiving = true;
    const taken = snapshotter.request();
    expect(await apply(101)).toBe(true);
    expect(await taken).toBe(101);
    const again = snapshotter.request();
    expect(await apply(101)).toBe(false);
    expect(await again).toBe(101);
  });
});

describe('a snapshot', () => {
  it('leaves so much of the log behind it', async () => {
    const { apply, keeps } = rig();
    await apply(1100);
    expect(keeps).toEqual([{ neededAfter: 42, maxBytes: 32 * mebibyte, tailEntries: 250, tailBytes: 4 * mebibyte }]);
  });

  it('that the disk did not take is tried again later; whoever asked for it hears why', async () => {
    const { snapshotter, state, apply, broken } = rig();
    state.error = new RaftNodeError('RAFT_NODE_STORAGE_FULL', 'full');
    const taken = snapshotter.request();
    const heard = expect(taken).rejects.toMatchObject({ code: 'RAFT_NODE_STORAGE_FULL' });
    expect(await apply(1100)).toBe(true);
    await heard;
    state.error = undefined;
    expect(await apply(1101)).toBe(false);
    state.nowMs = 5000;
    expect(await apply(1101)).toBe(true);
    expect(broken).toEqual([]);
  });

  it('that fails for another reason than the outside ends the node', async () => {
    const { state, apply, broken } = rig();
    state.error = new Error('a bug');
    await apply(1100);
    expect(broken).toEqual([state.error]);
    state.error = new DiskError('DISK_IO', 'not this');
    state.nowMs = 9000;
    await apply(1100);
    expect(broken.length).toBe(1);
  });
});
