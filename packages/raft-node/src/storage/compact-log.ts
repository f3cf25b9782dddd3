import { emptyBytes, logIndex, type MemoryStorage, type SnapshotMetadata } from '@streambus/raft';
import type { LogExtent } from './log-extent.ts';
import type { LogKeep } from './replica-storage.ts';

/**
 * Lets the log begin after a snapshot, or not far before it.
 *
 * @returns the offset of the first append that is still needed
 */
export function compactLog(
  view: MemoryStorage,
  extent: LogExtent,
  { index, confState }: SnapshotMetadata,
  keep: LogKeep,
): number | undefined {
  view.createSnapshot(index, confState, emptyBytes);
  extent.cover(index);
  const tail = Math.max(index - keep.tailEntries, extent.coveredTail(keep.tailBytes));
  const through = Math.max(Math.min(keep.neededAfter, tail, index), extent.coveredTail(keep.maxBytes));
  if (through >= view.firstIndex()) view.compact(logIndex(through));
  return extent.dropThrough(through);
}
