import type { CompressionCodec } from '../compression/compression.ts';
import { KafkaError } from '../kafka-error.ts';
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchCompression,
  batchHeaderBytes,
  batchMaxTimestamp,
  batchRecordCount,
  batchTimestampType,
  nextBatch,
} from './batch-header.ts';
import { plainRecordEnd } from './plain-record.ts';
import { createRecordCursor, type RecordCursor } from './record-cursor.ts';

/** A header of a record. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record, as read. Bytes are views of the batch, or of its decompressed records. */
export interface KafkaRecord {
  readonly offset: number;
  /** In ms since 1970; -1 for none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** How records are brought out of a batch. */
export interface DecodeRecordsOptions {
  /** The codec of the batch's compression, from {@link Compression}; needed where {@link batchCompression} is not `none`. */
  readonly codec?: CompressionCodec;
  /** The most bytes that the records may take decompressed. Default 67,108,864 (64 MiB). */
  readonly maxDecompressedBytes?: number;
}

const defaultMaxDecompressedBytes = 64 * 1024 * 1024;

const noHeaders: readonly RecordHeader[] = [];

/**
 * The records of a batch as bytes, decompressed where they are compressed: what {@link createRecordCursor} walks.
 *
 * @throws KafkaError `KAFKA_COMPRESSION_FAILED`, `KAFKA_UNKNOWN_COMPRESSION`, `KAFKA_BATCH_TOO_LARGE`, and those of {@link nextBatch}
 */
export function recordSection(bytes: Uint8Array, at = 0, options: DecodeRecordsOptions = {}): Uint8Array {
  const section = bytes.subarray(at + batchHeaderBytes, nextBatch(bytes, at));
  const type = batchCompression(bytes, at);
  if (type === 'none') return section;
  if (type === undefined)
    throw new KafkaError('KAFKA_UNKNOWN_COMPRESSION', 'a record batch has an unknown compression; it must be 0 to 4');
  const { codec, maxDecompressedBytes = defaultMaxDecompressedBytes } = options;
  if (codec?.type !== type) {
    const message = `the records are compressed by ${type}; the given codec is ${codec?.type ?? 'none'}`;
    throw new KafkaError('KAFKA_COMPRESSION_FAILED', message);
  }
  return codec.decompress(section, maxDecompressedBytes);
}

/**
 * The records of the batch that begins at `at`, one after the other as they are asked for.
 *
 * @throws KafkaError as {@link recordSection} and {@link RecordCursor.next}, and `KAFKA_CORRUPT_BATCH` when there are more or fewer
 * than the batch says
 */
export function* decodeRecords(
  bytes: Uint8Array,
  at = 0,
  options: DecodeRecordsOptions = {},
): Generator<KafkaRecord, void> {
  const section = asBuffer(recordSection(bytes, at, options));
  const baseOffset = batchBaseOffset(bytes, at);
  const baseTimestamp = batchBaseTimestamp(bytes, at);
  const appendTime = batchTimestampType(bytes, at) === 'append' ? batchMaxTimestamp(bytes, at) : undefined;
  const cursor = createRecordCursor(section);
  let count = 0;
  for (; cursor.next(); count++) {
    yield {
      offset: baseOffset + cursor.offsetDelta,
      timestamp: appendTime ?? baseTimestamp + cursor.timestampDelta,
      key: slice(section, cursor.keyStart, cursor.keyBytes),
      value: slice(section, cursor.valueStart, cursor.valueBytes),
      headers: cursor.headerCount === 0 ? noHeaders : headersOf(section, cursor),
    };
  }
  checkCount(count, batchRecordCount(bytes, at));
}

/** Where a timestamp was found. */
export interface TimestampedOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/**
 * The first record of a batch whose timestamp is at least `timestamp`, as ListOffsets asks for; undefined where there is none.
 *
 * @throws KafkaError as {@link recordSection} and {@link RecordCursor.next}
 */
export function findTimestamp(
  bytes: Uint8Array,
  at: number,
  timestamp: number,
  options: DecodeRecordsOptions = {},
): TimestampedOffset | undefined {
  const baseOffset = batchBaseOffset(bytes, at);
  if (batchTimestampType(bytes, at) === 'append') {
    const appended = batchMaxTimestamp(bytes, at);
    return appended >= timestamp ? { offset: baseOffset, timestamp: appended } : undefined;
  }
  const baseTimestamp = batchBaseTimestamp(bytes, at);
  const cursor = createRecordCursor(recordSection(bytes, at, options));
  while (cursor.next()) {
    const found = baseTimestamp + cursor.timestampDelta;
    if (found >= timestamp) return { offset: baseOffset + cursor.offsetDelta, timestamp: found };
  }
  return undefined;
}

/** What {@link checkRecords} demands beyond that the records are whole. */
export interface RecordChecks {
  /** Whether every record must have a key, as a compacted topic needs. Default false. */
  readonly requireKeys?: boolean;
}

/**
 * Walks the records of a batch as a careful leader does: each is whole, headers too, offsets rise by one from 0, and there are as
 * many as the batch says.
 *
 * @param section - the records, decompressed: {@link recordSection}
 * @param recordCount - {@link batchRecordCount}
 * @throws KafkaError `KAFKA_CORRUPT_BATCH` or `KAFKA_INVALID_RECORD`
 */
export function checkRecords(section: Uint8Array, recordCount: number, checks: RecordChecks = {}): void {
  // Most batches have nothing but plain records; from the first other one on they are walked with care.
  const requireKeys = checks.requireKeys === true;
  let count = 0;
  let at = 0;
  for (let end = 0; end >= 0 && at < section.length; count++) {
    end = plainRecordEnd(section, at, count, requireKeys);
    if (end < 0) break;
    at = end;
  }
  const cursor = createRecordCursor(section, at);
  for (; cursor.next(); count++) {
    cursor.checkHeaders();
    if (cursor.offsetDelta !== count) {
      throw new KafkaError(
        'KAFKA_INVALID_RECORD',
        `offset delta of record ${count} is ${cursor.offsetDelta}; it must be ${count}`,
      );
    }
    if (requireKeys && cursor.keyBytes < 0) {
      throw new KafkaError(
        'KAFKA_INVALID_RECORD',
        `record ${count} has no key; on a compacted topic each must have one`,
      );
    }
  }
  checkCount(count, recordCount);
}

function checkCount(found: number, said: number): void {
  if (found === said) return;
  throw new KafkaError('KAFKA_CORRUPT_BATCH', `a record batch holds ${found} records; it says ${said}`);
}

/** The headers of the record that a cursor is at. */
export function headersOf(section: Uint8Array, cursor: RecordCursor): RecordHeader[] {
  cursor.checkHeaders();
  const bytes = asBuffer(section);
  const headers: RecordHeader[] = [];
  let at = cursor.headersStart;
  for (let left = cursor.headerCount; left > 0; left--) {
    const [keyBytes, keyStart] = checkedVarint(bytes, at);
    const [valueBytes, valueStart] = checkedVarint(bytes, keyStart + keyBytes);
    headers.push({
      key: bytes.toString('utf8', keyStart, keyStart + keyBytes),
      value: slice(bytes, valueStart, valueBytes),
    });
    at = valueStart + Math.max(valueBytes, 0);
  }
  return headers;
}

/** A zigzag varint that has been checked before, and the position behind it. */
function checkedVarint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  let place = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[place++] ?? 0;
    value |= (byte & 127) << shift;
    if (byte < 128) return [(value >>> 1) ^ -(value & 1), place];
  }
}

function slice(section: Uint8Array, start: number, length: number): Uint8Array | null {
  return length < 0 ? null : section.subarray(start, start + length);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
