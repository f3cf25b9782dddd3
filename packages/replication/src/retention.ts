import type { Log } from '@streambus/log';
import type { PartitionSettings } from './partition-settings.ts';

/** Removes old segments as the topic's settings say, none that reaches past the high watermark. @returns whether the start has moved */
export async function applyRetention(
  log: Log,
  { deleted, retentionMs, retentionBytes }: PartitionSettings,
  { highWatermark, nowMs }: { readonly highWatermark: number; readonly nowMs: number },
): Promise<boolean> {
  if (!deleted || (retentionMs === undefined && retentionBytes === undefined)) return false;
  const before = log.startOffset;
  await log.retain({
    nowMs,
    belowOffset: highWatermark,
    ...(retentionMs !== undefined && { retentionMs }),
    ...(retentionBytes !== undefined && { retentionBytes }),
  });
  return log.startOffset !== before;
}
