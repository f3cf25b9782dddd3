import { createConfState, createInitialSnapshot, emptyBytes, MemoryStorage, nodeId } from '@streambus/raft';
import { type Clock, type Random, randomUuid } from '@streambus/runtime';
import { compactLog } from './compact-log.ts';
import { createKnownPeersInMemory } from './known-peers.ts';
import { LogExtent } from './log-extent.ts';
import { MemorySnapshotStore } from './memory-snapshot-store.ts';
import type { OpenedStorage, ReplicaStorage } from './replica-storage.ts';

/** Keeps nothing beyond the process. */
export function createMemoryStorage(members: readonly number[], clock: Clock, random: Random): OpenedStorage {
  const view = new MemoryStorage(createInitialSnapshot(createConfState(members.map(nodeId))));
  const extent = new LogExtent();
  const snapshots = new MemorySnapshotStore(clock);
  let appends = 0;
  const storage: ReplicaStorage = {
    view,
    snapshots,
    get logBytes() {
      return extent.uncoveredBytes;
    },
    get snapshotIndex() {
      return view.snapshot().metadata.index;
    },
    append({ entries, hardState, snapshot }, onDurable) {
      if (snapshot !== undefined) {
        snapshots.install(snapshot);
        view.applySnapshot({ data: emptyBytes, metadata: snapshot });
        extent.clear();
      }
      if (hardState !== undefined) view.setHardState(hardState);
      view.append(entries);
      const last = entries.at(-1);
      if (last !== undefined) {
        const sizeBytes = entries.reduce((sum, entry) => sum + entry.data.length, 0);
        extent.add(appends++, last.index, sizeBytes);
      }
      clock.nextTurn(onDurable);
    },
    async saveSnapshot(metadata, snapshot, keep) {
      const saved = await snapshots.save(metadata, snapshot);
      if (saved !== undefined) compactLog(view, extent, metadata, keep());
      return saved?.sizeBytes;
    },
    async close() {},
  };
  return { storage, storageId: randomUuid(random), knownPeers: createKnownPeersInMemory(), isNew: true };
}
