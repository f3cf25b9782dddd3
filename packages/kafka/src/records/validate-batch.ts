import { KafkaError, type KafkaErrorCode } from '../kafka-error.ts';
import {
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchCrc,
  batchIsControl,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  computeBatchCrc,
  nextBatch,
} from './batch-header.ts';

/** What a batch is held against beyond its own consistency. */
export interface BatchLimits {
  /** The most bytes that a whole batch may take: `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number;
  /** The latest timestamp that a record may have, in ms since 1970. Default any. */
  readonly maxTimestamp?: number;
  /** The earliest timestamp that a record may have, in ms since 1970. Default any. */
  readonly minTimestamp?: number;
  /** Whether there may be fewer records than offsets, as compaction leaves behind. Default false. */
  readonly allowGaps?: boolean;
  /** Whether markers of transactions are accepted; clients may not write them. Default false. */
  readonly allowControl?: boolean;
}

/**
 * Validates the batch that begins at `at` as a leader does before it appends it: format, length, size, CRC, compression,
 * counts, timestamps, producer. Its records are not looked at; {@link checkRecords} does that.
 *
 * @returns the position behind the batch
 * @throws KafkaError of which `protocolCode` answers the producer
 */
export function validateBatch(records: Uint8Array, at: number, limits: BatchLimits): number {
  const end = nextBatch(records, at);
  const length = end - at;
  if (length > limits.maxBatchBytes) {
    refuse('KAFKA_BATCH_TOO_LARGE', `a record batch takes ${length} bytes; at most ${limits.maxBatchBytes} are taken`);
  }
  const carried = batchCrc(records, at);
  const computed = computeBatchCrc(records, at);
  if (carried !== computed) {
    refuse('KAFKA_CORRUPT_BATCH', `the CRC of a record batch is ${carried}; its bytes give ${computed}`);
  }
  if (batchCompression(records, at) === undefined) {
    refuse('KAFKA_UNKNOWN_COMPRESSION', 'a record batch has an unknown compression; it must be 0 to 4');
  }
  checkCounts(records, at, limits.allowGaps === true);
  checkProducer(records, at, limits);
  checkTimestamps(records, at, limits);
  return end;
}

function checkCounts(records: Uint8Array, at: number, allowGaps: boolean): void {
  const count = batchRecordCount(records, at);
  const lastOffsetDelta = batchLastOffsetDelta(records, at);
  const span = lastOffsetDelta + 1;
  if (allowGaps ? count < 0 || count > span || span < 1 : count < 1 || count !== span) {
    refuse(
      'KAFKA_INVALID_RECORD',
      `a record batch has ${count} records for ${span} offsets; there must be one for each`,
    );
  }
  if (!Number.isSafeInteger(batchBaseOffset(records, at) + lastOffsetDelta)) {
    refuse('KAFKA_INVALID_RECORD', 'the base offset of a record batch must lie within ±(2^53-1)');
  }
}

function checkProducer(records: Uint8Array, at: number, limits: BatchLimits): void {
  if (batchIsControl(records, at)) {
    if (limits.allowControl !== true) refuse('KAFKA_INVALID_RECORD', 'a client may not write a control batch');
    return;
  }
  const producerId = batchProducerId(records, at);
  if (producerId < 0) return;
  const [epoch, sequence] = [batchProducerEpoch(records, at), batchBaseSequence(records, at)];
  if (!Number.isSafeInteger(producerId) || epoch < 0 || sequence < 0) {
    refuse(
      'KAFKA_INVALID_RECORD',
      `producer ${producerId} has epoch ${epoch} and sequence ${sequence}; both must be at least 0`,
    );
  }
}

/**
 * That the max timestamp is the largest is not demanded: kafkajs sorts timestamps as text, and so writes a smaller one now
 * and then. Kafka corrects it; a leader that has to know looks at the records.
 */
function checkTimestamps(records: Uint8Array, at: number, limits: BatchLimits): void {
  const [base, max] = [batchBaseTimestamp(records, at), batchMaxTimestamp(records, at)];
  if (base < -1 || max < -1 || !Number.isSafeInteger(base) || !Number.isSafeInteger(max)) {
    refuse(
      'KAFKA_INVALID_RECORD',
      `timestamps of a record batch are ${base} and ${max}; they must lie from -1 to 2^53-1`,
    );
  }
  const { minTimestamp = -Infinity, maxTimestamp = Infinity } = limits;
  if (Math.max(base, max) > maxTimestamp || (base >= 0 && base < minTimestamp)) {
    refuse(
      'KAFKA_INVALID_TIMESTAMP',
      `timestamps are ${base} to ${max}; they must lie from ${minTimestamp} to ${maxTimestamp}`,
    );
  }
}

function refuse(code: KafkaErrorCode, message: string): never {
  throw new KafkaError(code, message);
}
