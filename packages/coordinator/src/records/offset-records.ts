import type { OffsetsRecord } from '../offsets-log.ts';
import { type ByteReader, ByteWriter } from './bytes.ts';

/** What a group has committed for one partition of a topic. */
export interface OffsetEntry {
  readonly offset: number;
  /** -1 for unknown. */
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** Wall time, in milliseconds. */
  readonly commitTimestampMs: number;
  /** Wall time at which it expires, where the client said so itself; -1 for the coordinator's rule. */
  readonly expireTimestampMs: number;
}

/** Names one committed offset. */
export interface OffsetKey {
  readonly groupId: string;
  readonly topic: string;
  readonly partitionIndex: number;
}

/** OffsetCommitKey, version 1. */
export function encodeOffsetKey(key: OffsetKey): Uint8Array {
  const writer = new ByteWriter(10 + key.groupId.length + key.topic.length);
  writer.int16(1);
  writer.text(key.groupId);
  writer.text(key.topic);
  writer.int32(key.partitionIndex);
  return writer.finish();
}

/**
 * OffsetCommitValue: version 3, or version 1 where it has its own expiry, which 3 cannot say (and which only comes in
 * requests that have no leader epoch).
 */
export function encodeOffsetValue(entry: OffsetEntry): Uint8Array {
  const expires = entry.expireTimestampMs >= 0;
  const writer = new ByteWriter((expires ? 28 : 24) + entry.metadata.length);
  writer.int16(expires ? 1 : 3);
  writer.int64(entry.offset);
  if (!expires) writer.int32(entry.leaderEpoch);
  writer.text(entry.metadata);
  writer.int64(entry.commitTimestampMs);
  if (expires) writer.int64(entry.expireTimestampMs);
  return writer.finish();
}

/** The record of one committed offset; without an entry, the one that deletes it. */
export function offsetRecord(key: OffsetKey, entry: OffsetEntry | null): OffsetsRecord {
  return { key: encodeOffsetKey(key), value: entry === null ? null : encodeOffsetValue(entry) };
}

/** The rest of an OffsetCommitKey, versions 0 and 1, after its version. */
export function decodeOffsetKey(reader: ByteReader): OffsetKey {
  return {
    groupId: reader.text('group'),
    topic: reader.text('topic'),
    partitionIndex: reader.int32('partition'),
  };
}

/** OffsetCommitValue, versions 0 to 3. */
export function decodeOffsetValue(reader: ByteReader): OffsetEntry {
  const version = reader.int16('version');
  if (version < 0 || version > 3) throw reader.invalid(`version is ${version}; versions 0 to 3 are known`);
  return {
    offset: reader.int64('offset'),
    leaderEpoch: version >= 3 ? reader.int32('leaderEpoch') : -1,
    metadata: reader.text('metadata'),
    commitTimestampMs: reader.int64('commitTimestamp'),
    expireTimestampMs: version === 1 ? reader.int64('expireTimestamp') : -1,
  };
}
