import {
  batchBaseOffset,
  batchBaseSequence,
  batchBytes,
  batchHeaderBytes,
  batchLastOffset,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  KafkaError,
  validateBatch,
} from '@streambus/kafka';
import { lastSequenceOf } from './batch-check.ts';
import type { SequencedBatch } from './producer-state.ts';

/** A batch from the leader, whole and in its place. */
export interface ReceivedBatch extends SequencedBatch {
  /** A view of what was received. */
  readonly bytes: Uint8Array;
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly leaderEpoch: number;
  readonly maxTimestampMs: number;
  readonly recordCount: number;
}

/** Where received batches must go on. */
export interface ReceivingEnd {
  readonly logEndOffset: number;
  /** Whether nothing is stored: then the first batch may begin before the end, where the leader's start lies inside of it. */
  readonly isEmpty: boolean;
  /** The epoch of the last record, or -1. */
  readonly lastEpoch: number;
  /** The epoch of the leader that sent them. */
  readonly leaderEpoch: number;
}

/** What a leader sent, as far as it may be appended. */
export type Received =
  | { readonly kind: 'batches'; readonly batches: readonly ReceivedBatch[] }
  | { readonly kind: 'refused'; readonly message: string };

const anySize = { maxBatchBytes: Number.MAX_SAFE_INTEGER, allowGaps: true, allowControl: true };

/**
 * Holds what a leader sent against its checksums and against the end of the log: offsets without a gap, epochs that never go back and
 * are not above the leader's. One batch that is wrong refuses all. A last one that is cut short is left out.
 */
export function receiveBatches(records: Uint8Array, end: ReceivingEnd): Received {
  const batches: ReceivedBatch[] = [];
  let { logEndOffset: nextOffset, lastEpoch } = end;
  for (let at = 0; isWhole(records, at); at += batchBytes(records, at)) {
    const batch = readBatch(records, at);
    if (typeof batch === 'string') return { kind: 'refused', message: batch };
    const mayOverlap = end.isEmpty && batches.length === 0 && batch.endOffset > nextOffset;
    const follows = batch.firstOffset === nextOffset || (mayOverlap && batch.firstOffset < nextOffset);
    if (!follows)
      return refused(`a batch has offsets ${batch.firstOffset} to ${batch.endOffset - 1}; ${nextOffset} is next`);
    if (batch.leaderEpoch < lastEpoch || batch.leaderEpoch > end.leaderEpoch) {
      return refused(
        `the batch at offset ${batch.firstOffset} is of leader epoch ${batch.leaderEpoch}; it must be from ${lastEpoch} to ${end.leaderEpoch}`,
      );
    }
    batches.push(batch);
    nextOffset = batch.endOffset;
    lastEpoch = batch.leaderEpoch;
  }
  return { kind: 'batches', batches };
}

function isWhole(records: Uint8Array, at: number): boolean {
  const left = records.length - at;
  return left >= batchHeaderBytes && batchBytes(records, at) <= left;
}

function readBatch(records: Uint8Array, at: number): ReceivedBatch | string {
  let end: number;
  try {
    end = validateBatch(records, at, anySize);
  } catch (thrown) {
    if (thrown instanceof KafkaError) return thrown.message;
    throw thrown;
  }
  const firstOffset = batchBaseOffset(records, at);
  const endOffset = batchLastOffset(records, at) + 1;
  const firstSequence = batchBaseSequence(records, at);
  return {
    bytes: records.subarray(at, end),
    firstOffset,
    endOffset,
    leaderEpoch: batchPartitionLeaderEpoch(records, at),
    maxTimestampMs: batchMaxTimestamp(records, at),
    recordCount: batchRecordCount(records, at),
    producerId: batchProducerId(records, at),
    producerEpoch: batchProducerEpoch(records, at),
    firstSequence,
    lastSequence: lastSequenceOf(firstSequence, endOffset - firstOffset),
  };
}

function refused(message: string): Received {
  return { kind: 'refused', message };
}
