import { invalidValue } from '../codec/failures.ts';
import type { CompressionCodec } from '../compression/compression.ts';
import { type CompressionType, compressionTypes } from '../compression/compression-type.ts';
import {
  batchAttributes,
  batchHeaderBytes,
  batchLengthPrefixBytes,
  batchPlaces,
  computeBatchCrc,
  type TimestampType,
} from './batch-header.ts';
import { writeInt16, writeInt32, writeInt64 } from './integers.ts';

/** A header of a record to be written. */
export interface RecordHeaderInput {
  readonly key: string;
  readonly value: Uint8Array | string | null;
}

/** A record to be written. Strings become UTF-8. */
export interface RecordInput {
  /** Default null. */
  readonly key?: Uint8Array | string | null;
  /** Default null, which on a compacted topic deletes the key. */
  readonly value?: Uint8Array | string | null;
  /** Default none. */
  readonly headers?: readonly RecordHeaderInput[];
  /** In ms since 1970. Default that of the batch's options. */
  readonly timestamp?: number;
}

/** What a record batch says beside its records. */
export interface RecordBatchOptions {
  /** The offset of the first record; a leader stamps its own. Default 0. */
  readonly baseOffset?: number;
  /** Default -1: not yet appended. */
  readonly partitionLeaderEpoch?: number;
  /** The timestamp of records that have none, in ms since 1970. Default -1: none. */
  readonly timestamp?: number;
  /** Default `create`. */
  readonly timestampType?: TimestampType;
  /** Compresses the records. Default none. */
  readonly codec?: CompressionCodec;
  /** Default -1: the producer is not idempotent. */
  readonly producerId?: number;
  /** Default -1. */
  readonly producerEpoch?: number;
  /** Default -1. */
  readonly baseSequence?: number;
  /** Default false. */
  readonly isTransactional?: boolean;
  /** Default false. */
  readonly isControl?: boolean;
}

type Content = Uint8Array | string | null | undefined;

/**
 * Writes one record batch of format v2.
 *
 * @param records - one or more
 * @throws KafkaError `KAFKA_INVALID_VALUE`, or `KAFKA_COMPRESSION_FAILED`
 */
export function encodeRecordBatch(records: readonly RecordInput[], options: RecordBatchOptions = {}): Uint8Array {
  const [first] = records;
  if (first === undefined) return invalidValue('number of records', 0, 'at least 1');
  const fallback = options.timestamp ?? -1;
  const baseTimestamp = checkedTimestamp(first.timestamp ?? fallback);
  let maxTimestamp = baseTimestamp;
  let sectionBytes = 0;
  const bodies: number[] = new Array(records.length);
  for (let index = 0; index < records.length; index++) {
    const record = records[index] ?? first;
    const timestamp = checkedTimestamp(record.timestamp ?? fallback);
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    const body = bodyBytes(record, timestamp - baseTimestamp, index);
    bodies[index] = body;
    sectionBytes += varintBytes(body) + body;
  }
  // Uncompressed records are written to where they stay.
  const prefix = options.codec === undefined ? batchHeaderBytes : 0;
  const written = Buffer.allocUnsafe(prefix + sectionBytes);
  let at = prefix;
  for (let index = 0; index < records.length; index++) {
    const record = records[index] ?? first;
    const timestampDelta = (record.timestamp ?? fallback) - baseTimestamp;
    at = writeRecord(written, at, record, bodies[index] ?? 0, timestampDelta, index);
  }
  const batch = options.codec === undefined ? written : withHeaderRoom(options.codec.compress(written));
  writeHeader(batch, records.length, baseTimestamp, maxTimestamp, options);
  return batch;
}

function withHeaderRoom(section: Uint8Array): Buffer {
  const batch = Buffer.allocUnsafe(batchHeaderBytes + section.length);
  batch.set(section, batchHeaderBytes);
  return batch;
}

function writeHeader(
  batch: Buffer,
  count: number,
  baseTimestamp: number,
  maxTimestamp: number,
  options: RecordBatchOptions,
): void {
  writeInt64(batch, batchPlaces.baseOffset, options.baseOffset ?? 0);
  writeInt32(batch, batchPlaces.length, batch.length - batchLengthPrefixBytes);
  writeInt32(batch, batchPlaces.partitionLeaderEpoch, options.partitionLeaderEpoch ?? -1);
  batch[batchPlaces.magic] = 2;
  writeInt16(batch, batchPlaces.attributes, attributesFor(options));
  writeInt32(batch, batchPlaces.lastOffsetDelta, count - 1);
  writeInt64(batch, batchPlaces.baseTimestamp, baseTimestamp);
  writeInt64(batch, batchPlaces.maxTimestamp, maxTimestamp);
  writeInt64(batch, batchPlaces.producerId, options.producerId ?? -1);
  writeInt16(batch, batchPlaces.producerEpoch, options.producerEpoch ?? -1);
  writeInt32(batch, batchPlaces.baseSequence, options.baseSequence ?? -1);
  writeInt32(batch, batchPlaces.recordCount, count);
  writeInt32(batch, batchPlaces.crc, computeBatchCrc(batch) | 0);
}

function attributesFor(options: RecordBatchOptions): number {
  const type: CompressionType = options.codec?.type ?? 'none';
  return (
    compressionTypes.indexOf(type) |
    (options.timestampType === 'append' ? batchAttributes.appendTime : 0) |
    (options.isTransactional === true ? batchAttributes.transactional : 0) |
    (options.isControl === true ? batchAttributes.control : 0)
  );
}

/** Bytes of a record behind its length: attributes, two deltas, key, value, headers. */
function bodyBytes(record: RecordInput, timestampDelta: number, offsetDelta: number): number {
  let bytes = 1 + varlongBytes(timestampDelta) + varintBytes(offsetDelta);
  bytes += sizedBytes(record.key) + sizedBytes(record.value);
  const { headers } = record;
  if (headers === undefined) return bytes + 1;
  bytes += varintBytes(headers.length);
  for (const { key, value } of headers) bytes += sizedBytes(key) + sizedBytes(value);
  return bytes;
}

function sizedBytes(content: Content): number {
  if (content === null || content === undefined) return 1;
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  return varintBytes(length) + length;
}

function writeRecord(
  bytes: Buffer,
  start: number,
  record: RecordInput,
  body: number,
  timestampDelta: number,
  offsetDelta: number,
): number {
  let at = writeVarint(bytes, start, body);
  bytes[at++] = 0;
  at = writeVarlong(bytes, at, timestampDelta);
  at = writeVarint(bytes, at, offsetDelta);
  at = writeSized(bytes, at, record.key);
  at = writeSized(bytes, at, record.value);
  const { headers } = record;
  if (headers === undefined) {
    bytes[at++] = 0;
    return at;
  }
  at = writeVarint(bytes, at, headers.length);
  for (const { key, value } of headers) {
    at = writeSized(bytes, at, key);
    at = writeSized(bytes, at, value);
  }
  return at;
}

function writeSized(bytes: Buffer, start: number, content: Content): number {
  if (content === null || content === undefined) {
    bytes[start] = 1; // -1 in zigzag: null.
    return start + 1;
  }
  if (typeof content === 'string') {
    const at = writeVarint(bytes, start, Buffer.byteLength(content));
    return at + bytes.write(content, at, 'utf8');
  }
  const at = writeVarint(bytes, start, content.length);
  bytes.set(content, at);
  return at + content.length;
}

function varintBytes(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31);
  return zigzag >>> 7 === 0 ? 1 : zigzag >>> 14 === 0 ? 2 : zigzag >>> 21 === 0 ? 3 : zigzag >>> 28 === 0 ? 4 : 5;
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = (value << 1) ^ (value >> 31);
  for (; rest >>> 7 !== 0; rest >>>= 7) bytes[at++] = rest | 128;
  bytes[at++] = rest;
  return at;
}

function varlongBytes(value: number): number {
  if ((value | 0) === value) return varintBytes(value);
  let bytes = 1;
  for (let rest = zigzagOf(value); rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function writeVarlong(bytes: Uint8Array, start: number, value: number): number {
  if ((value | 0) === value) return writeVarint(bytes, start, value);
  let at = start;
  let rest = zigzagOf(value);
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
  bytes[at++] = rest;
  return at;
}

function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

/** Timestamps lie within half the safe range, so that no difference of two leaves it as a varint. */
function checkedTimestamp(timestamp: number): number {
  if (Number.isInteger(timestamp) && timestamp >= -1 && timestamp < 2 ** 51) return timestamp;
  return invalidValue('timestamp', timestamp, 'an integer from -1 to 2^51-1');
}
