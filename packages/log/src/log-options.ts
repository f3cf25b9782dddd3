import { LogError } from './errors.ts';
import type { FrameFormat } from './frame-format.ts';
import type { LogOptions, LogSettings, SyncPolicy } from './log.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** Positions in a segment, and offsets relative to its base, are kept in 32 bits. */
export const maxSegmentBytes: number = 2 ** 31 - 1;

const defaults: Required<LogSettings> = {
  sync: { kind: 'acked' },
  segmentBytes: 128 * mebibyte,
  segmentAgeMs: 7 * 24 * 3_600_000,
  indexIntervalBytes: 4 * kibibyte,
  maxFrameBytes: 64 * mebibyte,
  maxQueuedBytes: 32 * mebibyte,
  tailCacheBytes: mebibyte,
  checkpointBytes: 32 * mebibyte,
};

type NumberSetting = Exclude<keyof LogSettings, 'sync'>;

const allowed: Record<NumberSetting, readonly [min: number, max: number]> = {
  segmentBytes: [1, maxSegmentBytes],
  segmentAgeMs: [1, Number.MAX_SAFE_INTEGER],
  indexIntervalBytes: [1, maxSegmentBytes],
  maxFrameBytes: [1, maxSegmentBytes],
  maxQueuedBytes: [1, Number.MAX_SAFE_INTEGER],
  tailCacheBytes: [0, Number.MAX_SAFE_INTEGER],
  checkpointBytes: [1, Number.MAX_SAFE_INTEGER],
};

/** Settings with every default filled in. */
export type ResolvedSettings = Required<LogSettings>;

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly folder: string;
  readonly format: FrameFormat;
  readonly initialOffset: number;
  readonly offsets: 'dense' | 'sparse';
  readonly verify: 'tail' | 'all';
  readonly settings: ResolvedSettings;
}

/** Checks options and fills in the defaults. @throws LogError `LOG_INVALID_OPTION` */
export function resolveOptions(options: LogOptions): ResolvedOptions {
  const { folder, format, initialOffset = 0, offsets = 'dense', verify = 'tail' } = options;
  if (folder === '') throw new LogError('LOG_INVALID_OPTION', 'folder is empty; it must be a path');
  requireInteger('initialOffset', initialOffset, 0, Number.MAX_SAFE_INTEGER);
  return { folder, format, initialOffset, offsets, verify, settings: resolveSettings(defaults, options) };
}

/** Lays changed settings over the ones that hold. @throws LogError `LOG_INVALID_OPTION` */
export function resolveSettings(base: ResolvedSettings, changed: LogSettings): ResolvedSettings {
  const settings = { ...base };
  for (const name of Object.keys(allowed) as NumberSetting[]) {
    const value = changed[name];
    if (value === undefined) continue;
    requireInteger(name, value, ...allowed[name]);
    settings[name] = value;
  }
  if (changed.sync !== undefined) settings.sync = checkedSyncPolicy(changed.sync);
  return settings;
}

function checkedSyncPolicy(policy: SyncPolicy): SyncPolicy {
  if (policy.kind === 'interval') {
    requireInteger('sync.intervalMs', policy.intervalMs, 1, 2 ** 31 - 1);
    requireInteger('sync.intervalBytes', policy.intervalBytes, 1, Number.MAX_SAFE_INTEGER);
  } else if (policy.kind !== 'acked' && policy.kind !== 'os') {
    const { kind } = policy as { kind: unknown };
    throw new LogError('LOG_INVALID_OPTION', `sync.kind is ${String(kind)}; it must be acked, interval or os`);
  }
  return policy;
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new LogError('LOG_INVALID_OPTION', `${name} is ${value}; it must be an integer from ${min} to ${max}`);
}
