import {
  batchBaseOffset,
  batchBytes,
  batchCrc,
  batchHeaderBytes,
  batchLastOffsetDelta,
  batchMagic,
  batchMaxTimestamp,
  computeBatchCrc,
} from '@streambus/kafka';
import type { FrameFormat } from '@streambus/log';

/** Kafka's record batches as frames of a log: on disk are the very bytes that came and that will leave. */
export const recordBatchFormat: FrameFormat = {
  name: 'kafka-record-batch-v2',
  headerBytes: batchHeaderBytes,
  readHeader(bytes, position, into) {
    if (batchMagic(bytes, position) !== 2) return false;
    const sizeBytes = batchBytes(bytes, position);
    const firstOffset = batchBaseOffset(bytes, position);
    const lastOffsetDelta = batchLastOffsetDelta(bytes, position);
    const maxTimestampMs = batchMaxTimestamp(bytes, position);
    const isPossible =
      sizeBytes >= batchHeaderBytes &&
      firstOffset >= 0 &&
      lastOffsetDelta >= 0 &&
      Number.isSafeInteger(firstOffset + lastOffsetDelta + 1) &&
      maxTimestampMs >= -1 &&
      Number.isSafeInteger(maxTimestampMs);
    if (!isPossible) return false;
    into.sizeBytes = sizeBytes;
    into.firstOffset = firstOffset;
    into.nextOffset = firstOffset + lastOffsetDelta + 1;
    into.maxTimestampMs = maxTimestampMs;
    return true;
  },
  verify: (bytes, position) => computeBatchCrc(bytes, position) === batchCrc(bytes, position),
};
