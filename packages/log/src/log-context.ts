import type { Clock, Disk, Logger } from '@streambus/runtime';
import type { FrameFormat } from './frame-format.ts';
import type { LogCounters } from './log.ts';
import type { ResolvedSettings } from './log-options.ts';
import type { SharedResources } from './log-resources.ts';

/** What all parts of one log share. */
export interface LogContext {
  readonly folder: string;
  readonly format: FrameFormat;
  readonly offsets: 'dense' | 'sparse';
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resources: SharedResources;
  readonly counters: MutableCounters;
  /** Replaced as a whole by `configure`. */
  settings: ResolvedSettings;
}

/** {@link LogCounters} while they are counted. */
export type MutableCounters = { -readonly [Name in keyof LogCounters]: LogCounters[Name] };

export function createCounters(): MutableCounters {
  return {
    appendedFrames: 0,
    appendedBytes: 0,
    writes: 0,
    syncs: 0,
    rolls: 0,
    removedSegments: 0,
    tailReads: 0,
    diskReads: 0,
    rebuiltIndexes: 0,
    refusedAppends: 0,
  };
}

/** Whether a frame at an offset may follow those that end at another. */
export function continues({ offsets }: LogContext, firstOffset: number, endOffset: number): boolean {
  return offsets === 'dense' ? firstOffset === endOffset : firstOffset >= endOffset;
}
