import {
  batchCompression,
  batchRecordCount,
  type Compression,
  checkRecords,
  compressionTypes,
  recordSection,
} from '@streambus/kafka';

/** What of a batch's records is looked at before it is appended. */
export interface RecordRules {
  /** Every record must have a key, as compaction needs. */
  readonly requireKeys: boolean;
  readonly compression: Compression;
  /** The most bytes that the records of a compressed batch may take when they are looked at. */
  readonly maxDecompressedBytes: number;
}

/**
 * Holds the records of a batch against its header. Compressed ones are opened only where their keys matter: a producer that
 * writes nonsense into them harms its own topic alone.
 *
 * @returns false when the batch's compression is still being loaded
 * @throws KafkaError
 */
export function checkBatchRecords(batch: Uint8Array, rules: RecordRules): boolean {
  const type = batchCompression(batch);
  if (type !== undefined && type !== 'none') {
    if (!rules.requireKeys) return true;
    const codec = rules.compression.loaded(type);
    if (codec === undefined) return false;
    const section = recordSection(batch, 0, { codec, maxDecompressedBytes: rules.maxDecompressedBytes });
    checkRecords(section, batchRecordCount(batch), { requireKeys: true });
    return true;
  }
  checkRecords(recordSection(batch), batchRecordCount(batch), { requireKeys: rules.requireKeys });
  return true;
}

/** Loads every compression that this machine has, so that batches can be opened without waiting. */
export async function loadCompressions(compression: Compression): Promise<void> {
  await Promise.allSettled(compressionTypes.map((type) => compression.load(type)));
}
