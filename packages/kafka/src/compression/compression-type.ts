/** The compressions of record batches, each at its number in the attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** How the records of a batch are compressed. */
export type CompressionType = (typeof compressionTypes)[number];
