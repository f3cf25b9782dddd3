import { emptyBytes, type MemoryStorage, type SnapshotMetadata } from '@streambus/raft';

/** Lets what the core reads begin after this snapshot, whose data stays where it is. */
export function compactView(view: MemoryStorage, { index, confState }: SnapshotMetadata): void {
  view.createSnapshot(index, confState, emptyBytes);
  view.compact(index);
}
