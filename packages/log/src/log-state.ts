import { assert } from '@streambus/runtime';
import type { LogError } from './errors.ts';
import type { LogTail } from './log-tail.ts';
import { OffsetWaiters } from './offset-waiters.ts';
import type { SegmentSummary } from './segment.ts';
import type { SegmentList } from './segment-list.ts';

/** What a log begins with, as recovery found it. */
export interface LogStateSeed {
  readonly segments: SegmentList;
  readonly tail: LogTail;
  readonly startOffset: number;
  readonly endOffset: number;
}

/**
 * Where a log stands. Its parts change it; nobody else does.
 *
 * Invariants:
 * 1. startOffset <= durableEndOffset <= writtenEndOffset <= endOffset.
 * 2. The tail holds every frame from writtenEndOffset to endOffset.
 * 3. Segments hold every frame below writtenEndOffset, and no other.
 * 4. Where `durable` is undefined, nothing in any segment is durable, and no segment begins below startOffset.
 */
export class LogState {
  readonly segments: SegmentList;
  readonly tail: LogTail;
  startOffset: number;
  endOffset: number;
  writtenEndOffset: number;
  durableEndOffset: number;
  /** The segment that the last sync reached, as it was then. */
  durable: SegmentSummary | undefined;
  /** Bytes written and synced since the log was opened. */
  writtenBytes = 0;
  durableBytes = 0;
  /** {@link writtenBytes} after the last write that was not synced by itself. */
  unorderedBytes = 0;
  /** Why nothing is taken any more. */
  failure: LogError | undefined;
  closing = false;
  /** How many operations keep appends out. */
  suspensions = 0;
  readonly writtenWaiters: OffsetWaiters = new OffsetWaiters();
  readonly durableWaiters: OffsetWaiters = new OffsetWaiters();

  constructor(seed: LogStateSeed) {
    this.segments = seed.segments;
    this.tail = seed.tail;
    this.startOffset = seed.startOffset;
    this.endOffset = seed.endOffset;
    this.writtenEndOffset = seed.endOffset;
    this.durableEndOffset = seed.endOffset;
    this.durable = seed.segments.last?.summary();
  }

  /** The frames that wait will not be written: the log ends where the last write did, or the one under way does. */
  dropWaiting(error: LogError): void {
    this.endOffset = this.tail.dropWaiting() ?? this.writtenEndOffset;
    this.writtenWaiters.rejectAbove(this.endOffset, error);
    this.durableWaiters.rejectAbove(this.endOffset, error);
  }

  /** The log now ends at `endOffset`, durably; what is above was cut off. */
  cutTo(endOffset: number, error: LogError): void {
    this.endOffset = endOffset;
    this.writtenEndOffset = endOffset;
    this.durableEndOffset = endOffset;
    this.durable = this.segments.last?.summary();
    assert(this.startOffset <= endOffset, () => `the log was cut at ${endOffset}, below its start ${this.startOffset}`);
    this.tail.restart(endOffset);
    this.writtenWaiters.rejectAbove(endOffset, error);
    this.durableWaiters.rejectAbove(endOffset, error);
  }
}
