import type { PartitionSettings } from '@streambus/replication';

/** Settings as a topic has them by default, in small. */
export function testSettings(changes: Partial<PartitionSettings> = {}): PartitionSettings {
  return {
    log: { segmentBytes: 4096, indexIntervalBytes: 256 },
    maxMessageBytes: 1024 * 1024,
    timestampType: 'CreateTime',
    timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
    timestampAfterMaxMs: 3_600_000,
    minInsyncReplicas: 1,
    compacted: false,
    deleted: true,
    retentionMs: undefined,
    retentionBytes: undefined,
    producerExpirationMs: 86_400_000,
    ...changes,
  };
}
