import type { Clock, Disk, Logger } from '@streambus/runtime';
import type { LogError } from './errors.ts';
import type { FrameFormat } from './frame-format.ts';
import type { LogResources } from './log-resources.ts';

/**
 * When a written frame is made durable.
 *
 * - `acked`: at once. Every write is followed by one sync that covers all that it wrote (group commit).
 * - `interval`: after `intervalMs` or `intervalBytes`, whichever comes first. A loss of power may take what came later.
 * - `os`: when the operating system sees fit, and at roll and close.
 */
export type SyncPolicy =
  | { readonly kind: 'acked' }
  | { readonly kind: 'interval'; readonly intervalMs: number; readonly intervalBytes: number }
  | { readonly kind: 'os' };

/** What may be changed while a log is open, by {@link Log.configure}. */
export interface LogSettings {
  /** When written frames are made durable. Default `{ kind: 'acked' }`. */
  readonly sync?: SyncPolicy;
  /** A frame that would make a segment larger than this begins a new one, in bytes, from 1 to 2^31-1. Default 128 MiB. */
  readonly segmentBytes?: number;
  /** A segment whose first append was this long ago is rolled at the next append or retention, in milliseconds. Default 7 days. */
  readonly segmentAgeMs?: number;
  /** Log bytes between two entries of the sparse indexes. Default 4096. */
  readonly indexIntervalBytes?: number;
  /** The largest frame that is taken, in bytes; what is in the log may be larger. Default 64 MiB. */
  readonly maxFrameBytes?: number;
  /** Bytes that may wait to be written; beyond it `append` throws `LOG_QUEUE_FULL`. One frame is always taken. Default 32 MiB. */
  readonly maxQueuedBytes?: number;
  /** Bytes of written frames kept in memory for readers at the tail; the shared bound of {@link LogResources} holds too. Default 1 MiB. */
  readonly tailCacheBytes?: number;
  /** Durable bytes after which the recovery point is saved again. Default 32 MiB. */
  readonly checkpointBytes?: number;
}

/** What a log is opened with. */
export interface LogOptions extends LogSettings {
  /**
   * Its folder, made when missing. One log per folder; whoever owns the data keeps a second process out (`Disk.lock`). Files
   * that are not the log's own are left alone.
   */
  readonly folder: string;
  /** How its frames are told apart. */
  readonly format: FrameFormat;
  /** The first offset of a log that does not exist yet. Default 0. */
  readonly initialOffset?: number;
  /**
   * `dense` (the default): each frame begins where the one before it ended. `sparse`: gaps are allowed, as compaction leaves
   * them.
   */
  readonly offsets?: 'dense' | 'sparse';
  /**
   * What is read at opening: `tail` (the default), only what follows the last recovery point; `all`, every frame with its
   * checksum.
   */
  readonly verify?: 'tail' | 'all';
}

/** What a log takes from outside. */
export interface LogDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Open files and memory shared with other logs. Default: a set of its own. */
  readonly resources?: LogResources;
  /** The owner's ears. */
  readonly observer?: LogObserver;
}

/** What the owner of a log hears. Called from the log's own turns, never from within a call of the owner; must not throw. */
export interface LogObserver {
  /** `writtenEndOffset` or `durableEndOffset` has moved forward: once per write and once per sync, not per frame; under `acked` both are one. */
  onAdvanced?(log: Log): void;
  /** Frames from `endOffset` (the new end) on were accepted but are not in the log: `LOG_FULL`, or `LOG_FAILED` with an unknown outcome. */
  onRejected?(log: Log, error: LogError): void;
  /** One sync has ended, or one write that was its own. `bytes`: what it made durable. */
  onSync?(durationMs: number, bytes: number): void;
}

/** A frame to append: its bytes are complete and already stamped; they must not change until it is durable. */
export interface AppendFrame {
  /** Its bytes, in one piece or several. They are kept, not copied. */
  readonly chunks: readonly Uint8Array[];
  /** Equal to {@link Log.endOffset}; with sparse offsets it may be above. */
  readonly firstOffset: number;
  /** The offset after its last record. */
  readonly nextOffset: number;
  /** The latest timestamp in it; -1 when it has none. */
  readonly maxTimestampMs: number;
}

/** What to read. */
export interface ReadRequest {
  /** The first offset wanted. The frame that holds it is returned whole. */
  readonly fromOffset: number;
  /** Stop before the frame that would exceed this; the first one is returned in any case if `minOneFrame`. */
  readonly maxBytes: number;
  /** Only frames that end at or before this offset. Default {@link Log.writtenEndOffset}; up to {@link Log.endOffset} is allowed. */
  readonly endOffset?: number;
  /** Return the first frame even if it alone exceeds `maxBytes`. Default true. */
  readonly minOneFrame?: boolean;
  /** Check the checksums of what comes from disk; what is wrong rejects with `LOG_DAMAGED`. Default false. */
  readonly verify?: boolean;
}

/** Whole frames, as views. */
export interface LogRead {
  /**
   * One after the other they are whole frames. A piece may hold many frames; a frame that was appended in several pieces may come
   * in several ({@link framesIn} walks either). The bytes must not be changed.
   */
  readonly chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** The first offset of the first frame (at or below `fromOffset`); `fromOffset` when nothing was read. */
  readonly firstOffset: number;
  /** Where to go on: the offset after the last frame; `fromOffset` when nothing was read. */
  readonly nextOffset: number;
}

/** A frame found by its timestamp. */
export interface TimestampedFrame {
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** The latest timestamp in the frame. */
  readonly maxTimestampMs: number;
}

/** What to keep. */
export interface RetainOptions {
  /** Wall time now. */
  readonly nowMs: number;
  /** Segments whose latest timestamp (their last append, where frames have none) is older than this go. Default: no limit. */
  readonly retentionMs?: number;
  /** The oldest segments go while what remains is at least this. Default: no limit. */
  readonly retentionBytes?: number;
  /** Segments that reach past this offset stay, such as the high watermark. Default {@link Log.durableEndOffset}. */
  readonly belowOffset?: number;
}

/** Numbers since the log was opened. All only grow. */
export interface LogCounters {
  readonly appendedFrames: number;
  readonly appendedBytes: number;
  readonly writes: number;
  readonly syncs: number;
  readonly rolls: number;
  readonly removedSegments: number;
  readonly tailReads: number;
  readonly diskReads: number;
  readonly rebuiltIndexes: number;
  readonly refusedAppends: number;
}

/** What recovery found and did. */
export interface RecoveryReport {
  /** Whether the log was closed properly before: then nothing but the checkpoint was read. */
  readonly clean: boolean;
  /** How many segments there are. */
  readonly segments: number;
  /** How many of them were read. */
  readonly scannedSegments: number;
  readonly scannedBytes: number;
  readonly durationMs: number;
  /** Bytes cut from the tail, with where and why; absent when nothing was cut. */
  readonly truncated?: {
    readonly file: string;
    readonly position: number;
    readonly bytes: number;
    /**
     * `torn`: a frame begins there and is not whole. `zeros`: nothing but zeros. `garbage`: anything else that is no frame.
     * `unordered`: valid frames followed; only where writes were not synced one by one (`interval`, `os`), so that a loss of
     * power can take an earlier one.
     */
    readonly reason: 'torn' | 'zeros' | 'garbage' | 'unordered';
    /** The end of the log after the cut. */
    readonly endOffset: number;
  };
}

/**
 * A segmented, checksummed, append-only log in one folder, with one owner.
 *
 * Invariants, held by the log:
 * 1. startOffset <= durableEndOffset <= writtenEndOffset <= endOffset.
 * 2. Every offset moves forward only, but by `truncateSuffix`, `reset` and a rejected write.
 * 3. What was durable is there after a crash, whole and in order, or opening fails with `LOG_DAMAGED`.
 */
export interface Log extends AsyncDisposable {
  readonly folder: string;
  readonly format: FrameFormat;
  /** The first offset that can be read; it may lie inside a frame. */
  readonly startOffset: number;
  /** The offset after the last accepted frame. */
  readonly endOffset: number;
  /** The offset after the last frame that a write has covered. */
  readonly writtenEndOffset: number;
  /** The offset after the last frame that a sync has covered. */
  readonly durableEndOffset: number;
  /** Bytes of all segments, as written. */
  readonly sizeBytes: number;
  /** Bytes accepted and not yet written. */
  readonly queuedBytes: number;
  readonly segmentCount: number;
  readonly counters: LogCounters;
  /** The error that ended appends, once that happened. */
  readonly failure: LogError | undefined;

  /**
   * Takes a frame: it gets queued, and is written together with all that came meanwhile.
   *
   * @throws LogError before anything is taken: `LOG_QUEUE_FULL`, `LOG_FRAME_TOO_LARGE`, `LOG_BUSY`, `LOG_FAILED`, `LOG_CLOSED`
   * @throws InvariantError when the offsets do not continue the log, or are not those in the frame's header
   */
  append(frame: AppendFrame): void;
  /** Begins to write what waits instead of at the end of this turn: for an owner who has nothing to add to it. */
  startWriting(): void;
  /** Resolves when everything below `offset` is written. @throws LogError */
  whenWritten(offset: number): Promise<void>;
  /** Resolves when everything below `offset` is durable; under `os` that may take until {@link flush}. @throws LogError */
  whenDurable(offset: number): Promise<void>;
  /** Makes everything accepted before the call durable, whatever the policy. @throws LogError */
  flush(): Promise<void>;

  /** Reads from memory, at once; undefined when the frames are not there. @throws LogError `LOG_OFFSET_OUT_OF_RANGE`, `LOG_CLOSED` */
  readTail(request: ReadRequest): LogRead | undefined;
  /** Reads from memory or disk. @throws LogError `LOG_OFFSET_OUT_OF_RANGE`, `LOG_DISK`, `LOG_DAMAGED`, `LOG_CLOSED` */
  read(request: ReadRequest): Promise<LogRead>;
  /** The first written frame whose latest timestamp is at or after this one. @throws LogError as {@link read} */
  offsetForTimestamp(timestampMs: number): Promise<TimestampedFrame | undefined>;
  /** The first written frame that holds the latest timestamp of all; undefined when none has one. @throws LogError as {@link read} */
  latestTimestamp(): Promise<TimestampedFrame | undefined>;

  /** Removes whole old segments. Resolves with how many. @throws LogError */
  retain(options: RetainOptions): Promise<number>;
  /** Moves the start up to `offset`, durably, and removes the segments that lie wholly below. @throws LogError */
  truncatePrefix(offset: number): Promise<void>;
  /**
   * Removes every frame that reaches past `offset`, durably. Appends are refused (`LOG_BUSY`) until it resolves.
   *
   * @returns the new end: `offset`, or less where it fell inside a frame
   */
  truncateSuffix(offset: number): Promise<number>;
  /** Drops everything and starts anew, empty, at `startOffset`, durably. Appends are refused until it resolves. @throws LogError */
  reset(startOffset: number): Promise<void>;
  /** Saves the recovery point now, so that a crash after it scans only what comes later. @throws LogError */
  checkpoint(): Promise<void>;
  /** Changes settings from here on. @throws LogError `LOG_INVALID_OPTION` */
  configure(settings: LogSettings): void;

  /** Writes and syncs what was accepted, marks the log clean and gives everything back. Harmless twice. */
  close(): Promise<void>;
  /** Closes and removes the folder with all in it. What was queued is rejected. */
  destroy(): Promise<void>;
}

/** An open log and what was found. */
export interface OpenedLog {
  readonly log: Log;
  readonly recovery: RecoveryReport;
}
