import { createConfState, createInitialSnapshot, MemoryStorage, nodeId } from '@streambus/raft';
import { type Clock, type Random, randomUuid } from '@streambus/runtime';
import type { SessionedSnapshot } from '../sessions/sessioned-state-machine.ts';
import { compactView } from './compact-view.ts';
import { createKnownPeersInMemory } from './known-peers.ts';
import { LogExtent } from './log-extent.ts';
import type { OpenedStorage, ReplicaStorage } from './replica-storage.ts';
import { statePieces } from './snapshot-file.ts';

/** Keeps nothing beyond the process. Snapshots are taken to keep the log short, and thrown away. */
export function createMemoryStorage(members: readonly number[], clock: Clock, random: Random): OpenedStorage {
  const view = new MemoryStorage(createInitialSnapshot(createConfState(members.map(nodeId))));
  const extent = new LogExtent();
  let appends = 0;
  const storage: ReplicaStorage = {
    view,
    get logBytes() {
      return extent.sizeBytes;
    },
    get snapshotIndex() {
      return view.snapshot().metadata.index;
    },
    append({ entries, hardState }, onDurable) {
      if (hardState !== undefined) view.setHardState(hardState);
      view.append(entries);
      const last = entries.at(-1);
      if (last !== undefined) {
        const sizeBytes = entries.reduce((sum, entry) => sum + entry.data.length, 0);
        extent.add(appends++, last.index, sizeBytes);
      }
      clock.nextTurn(onDurable);
    },
    async saveSnapshot(metadata, snapshot) {
      const sizeBytes = sizeOf(snapshot);
      compactView(view, metadata);
      extent.dropThrough(metadata.index);
      return sizeBytes;
    },
    async close() {},
  };
  return {
    storage,
    snapshot: undefined,
    storageId: randomUuid(random),
    knownPeers: createKnownPeersInMemory(),
    isNew: true,
  };
}

function sizeOf(snapshot: SessionedSnapshot): number {
  let bytes = snapshot.sessions.length;
  for (const piece of statePieces(snapshot.state)) bytes += piece.length;
  return bytes;
}
