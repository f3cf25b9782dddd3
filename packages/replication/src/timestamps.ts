import {
  batchCompression,
  batchPartitionLeaderEpoch,
  type Compression,
  decodeRecords,
  type KafkaRecord,
} from '@streambus/kafka';
import { type FrameView, framesIn, type Log } from '@streambus/log';
import type { TimestampedOffset } from './partition.ts';

/** The first record below `endOffset` whose timestamp is at or after `timestampMs`. @throws LogError */
export async function findTimestamp(
  log: Log,
  compression: Compression,
  timestampMs: number,
  endOffset: number,
): Promise<TimestampedOffset | undefined> {
  const frame = await log.offsetForTimestamp(timestampMs);
  let next = frame?.firstOffset ?? endOffset;
  // The frame that was found may lie in part below the log's start; then its later records, or the next frames, are looked at.
  while (next < endOffset) {
    const batch = await readBatch(log, Math.max(next, log.startOffset), endOffset);
    if (batch === undefined) return undefined;
    const found = await firstRecord(
      batch,
      compression,
      (record) => record.timestamp >= timestampMs && record.offset >= log.startOffset,
    );
    if (found !== undefined) return found;
    next = batch.nextOffset;
  }
  return undefined;
}

/** The record below `endOffset` with the latest timestamp, the first of those that share it (KIP-734). @throws LogError */
export async function findLatest(
  log: Log,
  compression: Compression,
  endOffset: number,
): Promise<TimestampedOffset | undefined> {
  const latest = await log.latestTimestamp();
  if (latest === undefined || latest.firstOffset >= endOffset) return undefined;
  const batch = await readBatch(log, Math.max(latest.firstOffset, log.startOffset), endOffset);
  if (batch === undefined) return undefined;
  return firstRecord(batch, compression, (record) => record.timestamp === batch.maxTimestampMs);
}

async function readBatch(log: Log, fromOffset: number, endOffset: number): Promise<FrameView | undefined> {
  const { chunks } = await log.read({ fromOffset, maxBytes: 0, endOffset, minOneFrame: true, verify: true });
  for (const batch of framesIn(log.format, chunks)) return batch;
  return undefined;
}

async function firstRecord(
  { bytes }: FrameView,
  compression: Compression,
  matches: (record: KafkaRecord) => boolean,
): Promise<TimestampedOffset | undefined> {
  const type = batchCompression(bytes) ?? 'none';
  const options = type === 'none' ? {} : { codec: await compression.load(type) };
  for (const record of decodeRecords(bytes, 0, options)) {
    if (matches(record)) {
      const { offset, timestamp } = record;
      return { offset, timestampMs: timestamp, leaderEpoch: batchPartitionLeaderEpoch(bytes) };
    }
  }
  return undefined;
}
