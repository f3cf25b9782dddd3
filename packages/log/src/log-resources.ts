/** What a set of shared resources is made with. */
export interface LogResourcesOptions {
  /** Files kept open over all logs; beyond it the least recently used idle one is closed. Default 256. */
  readonly maxOpenFiles?: number;
  /** Memory for written frames at the tails of all logs, in bytes; beyond it the least recently used goes. Default 64 MiB. */
  readonly maxTailCacheBytes?: number;
  /** Memory for loaded indexes of all logs, in bytes. Default 16 MiB. */
  readonly maxIndexCacheBytes?: number;
}

/** Open files and memory that many logs share, so that thousands of them stay within one bound. */
export interface LogResources {
  /** Files open now. */
  readonly openFiles: number;
  /** Bytes in tail caches now. */
  readonly tailCacheBytes: number;
  /** Bytes in loaded indexes now. */
  readonly indexCacheBytes: number;
}
