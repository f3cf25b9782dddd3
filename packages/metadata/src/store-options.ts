import { MetadataError } from './errors.ts';

/** What the user of a store may choose. */
export interface MetadataStoreOptions {
  /** How long a command or a barrier read may take in all, unless the call says otherwise. Milliseconds, default 30,000. */
  readonly timeoutMs?: number;
  /** How long one attempt may take before it is made again. Milliseconds, default 5,000. */
  readonly attemptTimeoutMs?: number;
  /** The wait after the first failed attempt; it doubles with each, and half of it is random. Milliseconds, default 50. */
  readonly minBackoffMs?: number;
  /** The longest such wait; not below `minBackoffMs`. Milliseconds, default 2,000. */
  readonly maxBackoffMs?: number;
  /** Commands and barrier reads under way at once; more wait. Default 256. */
  readonly maxInflightCommands?: number;
  /** How many may wait; one more is rejected with `METADATA_OVERLOADED`. Default 16,384. */
  readonly maxQueuedCommands?: number;
  /** Over what span attempts may fail, with none succeeding, before the breaker opens. Milliseconds, default 10,000. */
  readonly breakerOpenAfterMs?: number;
  /** While the breaker is open, how often one call is let through to see. Milliseconds, default 1,000. */
  readonly breakerProbeIntervalMs?: number;
}

const defaults: Required<MetadataStoreOptions> = {
  timeoutMs: 30_000,
  attemptTimeoutMs: 5_000,
  minBackoffMs: 50,
  maxBackoffMs: 2_000,
  maxInflightCommands: 256,
  maxQueuedCommands: 16_384,
  breakerOpenAfterMs: 10_000,
  breakerProbeIntervalMs: 1_000,
};

/** Fills in what is absent. @throws MetadataError `METADATA_OPTIONS_INVALID` */
export function storeOptions(options: MetadataStoreOptions): Required<MetadataStoreOptions> {
  const filled = { ...defaults, ...options };
  for (const [name, value] of Object.entries(filled)) {
    const least = name === 'maxQueuedCommands' ? 0 : 1;
    if (Number.isSafeInteger(value) && value >= least) continue;
    throw invalid(`${name} is ${value}; it must be an integer from ${least} on`);
  }
  if (filled.maxBackoffMs < filled.minBackoffMs) {
    throw invalid(`maxBackoffMs is ${filled.maxBackoffMs}; it must be at least minBackoffMs, ${filled.minBackoffMs}`);
  }
  return filled;
}

function invalid(message: string): MetadataError {
  return new MetadataError('METADATA_OPTIONS_INVALID', message);
}
