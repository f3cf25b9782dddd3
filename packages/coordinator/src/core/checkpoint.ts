import type { OffsetsRecord } from '../offsets-log.ts';
import { encodeGroupKey } from '../records/group-records.ts';
import { offsetRecord } from '../records/offset-records.ts';
import type { Group } from './group.ts';
import type { PartitionState } from './partition-state.ts';

/**
 * Every record that the durable state consists of.
 *
 * It may be read in pieces, with changes in between: what has changed meanwhile is in the log after the pieces that came
 * before the change, and what is gone is not written again. Each piece must be read when no append is under way, and be
 * appended before anything else.
 */
export function* checkpointRecords(state: PartitionState): Generator<OffsetsRecord, void, undefined> {
  for (const group of state.groups.values()) {
    if (group.durableMetadata !== null) yield { key: encodeGroupKey(group.groupId), value: group.durableMetadata };
    yield* offsetRecords(state, group);
  }
}

function* offsetRecords(state: PartitionState, group: Group): Generator<OffsetsRecord, void, undefined> {
  const { groupId } = group;
  for (const [topic, partitions] of group.offsets) {
    for (const [partitionIndex, entry] of partitions) {
      if (state.groups.get(groupId) !== group) return;
      yield offsetRecord({ groupId, topic, partitionIndex }, entry);
    }
  }
}

/** What a record takes in the log, about. */
export function recordBytes(record: OffsetsRecord): number {
  return 16 + record.key.length + (record.value?.length ?? 0);
}
