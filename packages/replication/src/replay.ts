import {
  batchBaseSequence,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
} from '@streambus/kafka';
import { framesIn, type Log } from '@streambus/log';
import { assert } from '@streambus/runtime';
import { lastSequenceOf } from './batch-check.ts';
import type { SequencedBatch, StoredBatch } from './producer-state.ts';

/** What a stored batch says of its producer and its leader. */
export interface ReplayedBatch extends SequencedBatch, StoredBatch {
  readonly leaderEpoch: number;
}

/** Bytes read at once. */
const readBytes = 1024 * 1024;

/** Gives the header of every batch from the one that holds an offset to the end of the log, in order. */
export async function replayBatches(
  log: Log,
  fromOffset: number,
  onBatch: (batch: ReplayedBatch) => void,
): Promise<void> {
  let next = fromOffset;
  while (next < log.writtenEndOffset) {
    const read = await log.read({ fromOffset: next, maxBytes: readBytes, verify: true });
    assert(read.nextOffset > next, () => `the log in ${log.folder} gives nothing at ${next}`);
    for (const { bytes, firstOffset, nextOffset } of framesIn(log.format, read.chunks)) {
      const firstSequence = batchBaseSequence(bytes);
      onBatch({
        leaderEpoch: batchPartitionLeaderEpoch(bytes),
        producerId: batchProducerId(bytes),
        producerEpoch: batchProducerEpoch(bytes),
        firstSequence,
        lastSequence: lastSequenceOf(firstSequence, nextOffset - firstOffset),
        firstOffset,
        lastOffset: nextOffset - 1,
        timestampMs: batchMaxTimestamp(bytes),
      });
    }
    next = read.nextOffset;
  }
}
