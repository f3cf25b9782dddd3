import {
  CoordinatorError,
  type OffsetsLog,
  type OffsetsLogBatch,
  type OffsetsRecord,
  type StoredOffsetsRecord,
} from '@streambus/coordinator';
import { batchLastOffset, decodeRecords, encodeRecordBatch, nextBatch } from '@streambus/kafka';
import { type Partition, PartitionError } from '@streambus/replication';
import { assert, type Clock } from '@streambus/runtime';
import { offsetsTopicName } from './internal-topics.ts';
import type { PartitionManager } from './partition-manager.ts';

/** Bytes read at once while a coordinator partition is loaded. */
const loadBytes = 1024 * 1024;

/** How long a commit waits for its copies (Kafka's `offsets.commit.timeout.ms`). */
const commitTimeoutMs = 5_000;

/**
 * The coordinator's log on the partitions of the offsets topic.
 *
 * @param ending - nobody waits any more: what is not acknowledged by then may be stored all the same
 */
export function createOffsetsLog(partitions: PartitionManager, clock: Clock, ending: AbortSignal): OffsetsLog {
  const leading = (index: number): Partition => {
    const lookup = partitions.lookup(offsetsTopicName, index);
    if (lookup.kind === 'leading') return lookup.partition;
    throw new CoordinatorError('COORDINATOR_NOT_LEADER', `this broker does not lead ${offsetsTopicName}-${index}`);
  };
  return {
    async append(index, records) {
      const partition = leading(index);
      const bytes = encodeOffsetsRecords(records, clock.wallTimeMs());
      const result = partition.append(bytes, { acks: 'all' });
      if (result.kind === 'refused') {
        const message = `${offsetsTopicName}-${index}: ${result.message}`;
        throw result.code === 'NOT_LEADER_OR_FOLLOWER'
          ? new CoordinatorError('COORDINATOR_NOT_LEADER', message)
          : new PartitionError('PARTITION_STORAGE_FAILED', message, { retriable: true });
      }
      const acknowledged = partition.whenAcknowledged(result.endOffset, { timeoutMs: commitTimeoutMs });
      await untilAborted(acknowledged, ending);
      return { baseOffset: result.firstOffset, sizeBytes: bytes.length };
    },
    async *load(index) {
      const partition = leading(index);
      await whenKnown(partition);
      yield* loadBatches(partition);
    },
    async trimBefore(index, offset) {
      await leading(index).deleteRecordsBefore(offset);
    },
  };
}

/** The same, unless the signal comes first; rejects with its reason then. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function encodeOffsetsRecords(records: readonly OffsetsRecord[], timestampMs: number): Uint8Array {
  return encodeRecordBatch(records, { timestamp: timestampMs });
}

/**
 * A leader that was just elected may know less of what is committed than its followers do (KIP-207). Resolves when it knows all, or leads no more.
 */
function whenKnown(partition: Partition): Promise<void> {
  const { leaderEpoch } = partition;
  const isKnown = (): boolean => partition.latestOffset !== undefined || partition.leaderEpoch !== leaderEpoch;
  if (isKnown()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isKnown()) return;
      for (const stop of stops) stop();
      resolve();
    };
    const stops = [partition.onHighWatermark(look), partition.onLogEnd(look)];
  });
}

async function* loadBatches(partition: Partition): AsyncIterable<OffsetsLogBatch> {
  const startOffset = partition.logStartOffset;
  const endOffset = partition.highWatermark;
  for (let fromOffset = startOffset; fromOffset < endOffset; ) {
    const { chunks, sizeBytes } = await partition.read({ fromOffset, maxBytes: loadBytes, minOneBatch: true });
    const records: StoredOffsetsRecord[] = [];
    let nextOffset = fromOffset;
    for (const batch of batchesIn(chunks)) {
      for (const { offset, key, value } of decodeRecords(batch)) {
        if (offset >= startOffset && key !== null) records.push({ offset, key, value });
      }
      nextOffset = batchLastOffset(batch) + 1;
    }
    assert(nextOffset > fromOffset, () => `${offsetsTopicName}-${partition.partition} gives records at ${fromOffset}`);
    fromOffset = nextOffset;
    yield { records, sizeBytes };
  }
}

function* batchesIn(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const end = nextBatch(chunk, at);
      yield chunk.subarray(at, end);
      at = end;
    }
  }
}
