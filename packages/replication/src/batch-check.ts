import {
  batchBaseSequence,
  batchIsTransactional,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  KafkaError,
  stampAppendTime,
  stampBatch as stampBatchHeader,
  validateBatch,
} from '@streambus/kafka';
import { checkBatchRecords, type RecordRules } from './batch-records.ts';
import type { AppendRefusalCode } from './partition.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { SequencedBatch } from './producer-state.ts';

/** A batch that may be appended, as far as its own bytes say. */
export interface CheckedBatch extends SequencedBatch {
  readonly kind: 'checked';
  readonly recordCount: number;
  readonly maxTimestampMs: number;
}

/** Why a batch may not be appended. */
export interface RefusedBatch {
  readonly kind: 'refused';
  readonly code: AppendRefusalCode;
  readonly message: string;
}

const maxSequence = 0x7fff_ffff;

/** Holds what a producer sent for one partition against the protocol and the topic's settings. */
export function checkBatch(
  records: Uint8Array,
  settings: PartitionSettings,
  rules: RecordRules,
  nowMs: number,
): CheckedBatch | RefusedBatch {
  try {
    const end = validateBatch(records, 0, {
      maxBatchBytes: settings.maxMessageBytes,
      ...(settings.timestampType === 'CreateTime' && timestampLimits(settings, nowMs)),
    });
    if (end !== records.length) {
      return refuse(
        'INVALID_RECORD',
        `there are ${records.length - end} bytes after the record batch; only one batch is allowed`,
      );
    }
    if (batchIsTransactional(records)) {
      return refuse('INVALID_RECORD', 'the record batch is part of a transaction; transactions are not served');
    }
    if (!checkBatchRecords(records, rules)) {
      return refuse('KAFKA_STORAGE_ERROR', "the batch's compression is still being loaded; try again");
    }
  } catch (thrown) {
    if (thrown instanceof KafkaError) return refuse(refusalCode(thrown), thrown.message);
    throw thrown;
  }
  const recordCount = batchRecordCount(records);
  const firstSequence = batchBaseSequence(records);
  return {
    kind: 'checked',
    recordCount,
    maxTimestampMs: batchMaxTimestamp(records),
    producerId: batchProducerId(records),
    producerEpoch: batchProducerEpoch(records),
    firstSequence,
    lastSequence: lastSequenceOf(firstSequence, recordCount),
  };
}

/** What the leader decides about a batch. */
export interface BatchStamp {
  readonly firstOffset: number;
  readonly leaderEpoch: number;
  /** The time of the append where the topic wants it in the records, else -1. */
  readonly logAppendTimeMs: number;
}

/** Writes what the leader decides into a batch's own bytes. */
export function stampBatch(records: Uint8Array, stamp: BatchStamp): void {
  stampBatchHeader(records, 0, stamp.firstOffset, stamp.leaderEpoch);
  if (stamp.logAppendTimeMs >= 0) stampAppendTime(records, 0, stamp.logAppendTimeMs);
}

/** The sequence of a batch's last record: sequences go on from 0 after 2^31-1 (KIP-98). */
export function lastSequenceOf(firstSequence: number, recordCount: number): number {
  const last = firstSequence + recordCount - 1;
  return last > maxSequence ? last - maxSequence - 1 : last;
}

function timestampLimits(
  settings: PartitionSettings,
  nowMs: number,
): { readonly minTimestamp: number; readonly maxTimestamp: number } {
  return { minTimestamp: nowMs - settings.timestampBeforeMaxMs, maxTimestamp: nowMs + settings.timestampAfterMaxMs };
}

function refusalCode(error: KafkaError): AppendRefusalCode {
  switch (error.code) {
    case 'KAFKA_BATCH_TOO_LARGE':
      return 'MESSAGE_TOO_LARGE';
    case 'KAFKA_UNSUPPORTED_RECORD_FORMAT':
      return 'UNSUPPORTED_FOR_MESSAGE_FORMAT';
    case 'KAFKA_UNKNOWN_COMPRESSION':
      return 'UNSUPPORTED_COMPRESSION_TYPE';
    case 'KAFKA_INVALID_TIMESTAMP':
      return 'INVALID_TIMESTAMP';
    case 'KAFKA_INVALID_RECORD':
      return 'INVALID_RECORD';
    default:
      return 'CORRUPT_MESSAGE';
  }
}

function refuse(code: AppendRefusalCode, message: string): RefusedBatch {
  return { kind: 'refused', code, message };
}
