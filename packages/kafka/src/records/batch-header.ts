import { type CompressionType, compressionTypes } from '../compression/compression-type.ts';
import { KafkaError } from '../kafka-error.ts';
import { crc32c } from './crc32c.ts';
import { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from './integers.ts';

/**
 * Where the fields of a record batch of format v2 are, from its first byte (https://kafka.apache.org/documentation/#recordbatch).
 * The CRC covers everything from the attributes on: base offset and leader epoch lie before it and are stamped in place.
 */
export const batchPlaces = {
  baseOffset: 0,
  length: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
} as const;

/** Bytes of a batch before its records. */
export const batchHeaderBytes: number = batchPlaces.records;

/** Bytes before the ones that a batch's length counts. */
export const batchLengthPrefixBytes: number = batchPlaces.partitionLeaderEpoch;

/** Bits of a batch's attributes; the lowest three are its compression. */
export const batchAttributes = { compression: 0x07, appendTime: 0x08, transactional: 0x10, control: 0x20 } as const;

/** What a record's timestamp is: set by the producer (`create`), or by the broker as it appended the batch (`append`). */
export type TimestampType = 'create' | 'append';

// The functions from here on read one field of the batch that begins at `at`, without making an object. They assume that
// the header is there, as `validateBatch` or `nextBatch` has found.

/** The offset of the first record. */
export function batchBaseOffset(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at);
}

/** Bytes of the whole batch, its length field and what is before it included. */
export function batchBytes(bytes: Uint8Array, at = 0): number {
  return batchLengthPrefixBytes + readInt32(bytes, at + batchPlaces.length);
}

/** The leader epoch in which the batch was appended; -1 before that. */
export function batchPartitionLeaderEpoch(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + batchPlaces.partitionLeaderEpoch);
}

/** The record format: 2 for the one that this package reads. */
export function batchMagic(bytes: Uint8Array, at = 0): number {
  return (readInt16(bytes, at + batchPlaces.magic - 1) << 24) >> 24;
}

/** The CRC-32C that the batch carries. */
export function batchCrc(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + batchPlaces.crc) >>> 0;
}

/** The offset of the last record, seen from the first. */
export function batchLastOffsetDelta(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + batchPlaces.lastOffsetDelta);
}

/** The offset of the last record. */
export function batchLastOffset(bytes: Uint8Array, at = 0): number {
  return batchBaseOffset(bytes, at) + batchLastOffsetDelta(bytes, at);
}

/** The timestamp that those of the records are seen from, in ms since 1970; -1 for none. */
export function batchBaseTimestamp(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + batchPlaces.baseTimestamp);
}

/** The latest timestamp of its records, in ms since 1970; -1 for none. With append time, that of every record. */
export function batchMaxTimestamp(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + batchPlaces.maxTimestamp);
}

/** The id of its idempotent or transactional producer; -1 for none. */
export function batchProducerId(bytes: Uint8Array, at = 0): number {
  return readInt64(bytes, at + batchPlaces.producerId);
}

/** The epoch of its producer; -1 for none. */
export function batchProducerEpoch(bytes: Uint8Array, at = 0): number {
  return readInt16(bytes, at + batchPlaces.producerEpoch);
}

/** The producer's sequence number of the first record; -1 for none. */
export function batchBaseSequence(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + batchPlaces.baseSequence);
}

/** The number of its records. Compaction may leave fewer than the offsets it spans. */
export function batchRecordCount(bytes: Uint8Array, at = 0): number {
  return readInt32(bytes, at + batchPlaces.recordCount);
}

/** How its records are compressed; undefined for a number that the protocol does not name. */
export function batchCompression(bytes: Uint8Array, at = 0): CompressionType | undefined {
  return compressionTypes[attributesOf(bytes, at) & batchAttributes.compression];
}

export function batchTimestampType(bytes: Uint8Array, at = 0): TimestampType {
  return attributesOf(bytes, at) & batchAttributes.appendTime ? 'append' : 'create';
}

/** Whether it belongs to a transaction. */
export function batchIsTransactional(bytes: Uint8Array, at = 0): boolean {
  return (attributesOf(bytes, at) & batchAttributes.transactional) !== 0;
}

/** Whether it holds markers of transactions instead of anybody's records. */
export function batchIsControl(bytes: Uint8Array, at = 0): boolean {
  return (attributesOf(bytes, at) & batchAttributes.control) !== 0;
}

/**
 * The position behind the batch that begins at `at`; it is whole, and its header can be read.
 *
 * @throws KafkaError `KAFKA_UNSUPPORTED_RECORD_FORMAT` or `KAFKA_CORRUPT_BATCH`
 */
export function nextBatch(records: Uint8Array, at: number): number {
  const left = records.length - at;
  // The magic byte is at the same place in every format, so that an old one is told apart from a broken one.
  if (left > batchPlaces.magic && batchMagic(records, at) !== 2) {
    const message = `record format (magic) is ${batchMagic(records, at)}; it must be 2`;
    throw new KafkaError('KAFKA_UNSUPPORTED_RECORD_FORMAT', message);
  }
  if (left < batchHeaderBytes) {
    throw new KafkaError(
      'KAFKA_CORRUPT_BATCH',
      `a record batch has ${left} bytes; its header alone takes ${batchHeaderBytes}`,
    );
  }
  const length = batchBytes(records, at);
  if (length < batchHeaderBytes || length > left) {
    const allowed = `it must be from ${batchHeaderBytes} to the ${left} that are there`;
    throw new KafkaError('KAFKA_CORRUPT_BATCH', `a record batch is said to take ${length} bytes; ${allowed}`);
  }
  return at + length;
}

/** The CRC-32C of what a batch holds from its attributes on. */
export function computeBatchCrc(bytes: Uint8Array, at = 0): number {
  return crc32c(bytes, at + batchPlaces.attributes, at + batchBytes(bytes, at));
}

/** Writes what the leader decides, in place: outside of the CRC, which is never recomputed, as that would hide corruption. */
export function stampBatch(bytes: Uint8Array, at: number, baseOffset: number, partitionLeaderEpoch: number): void {
  writeInt64(bytes, at + batchPlaces.baseOffset, baseOffset);
  writeInt32(bytes, at + batchPlaces.partitionLeaderEpoch, partitionLeaderEpoch);
}

/**
 * Gives every record of a batch the time at which it is appended (`message.timestamp.type=LogAppendTime`), in place.
 *
 * This lies inside of the CRC and is the one change that recomputes it: only for a batch that has just been validated.
 */
export function stampAppendTime(bytes: Uint8Array, at: number, timestamp: number): void {
  const attributes = attributesOf(bytes, at) | batchAttributes.appendTime;
  writeInt16(bytes, at + batchPlaces.attributes, attributes);
  writeInt64(bytes, at + batchPlaces.maxTimestamp, timestamp);
  writeInt32(bytes, at + batchPlaces.crc, computeBatchCrc(bytes, at) | 0);
}

function attributesOf(bytes: Uint8Array, at: number): number {
  return readInt16(bytes, at + batchPlaces.attributes);
}
