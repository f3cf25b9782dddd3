import { assertSafeCount } from '@streambus/runtime';
import { LogError, toLogError } from './errors.ts';
import type { LogRead, ReadRequest, TimestampedFrame } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { LogState } from './log-state.ts';
import type { Segment } from './segment.ts';
import { findTimestamp, latestTimestampFrom, readSegment, type SegmentReadRequest } from './segment-reader.ts';

/** Reads from memory or from segments, while the log is written to, rolled and cut. */
export class LogReader {
  readonly #context: LogContext;
  readonly #state: LogState;

  constructor(context: LogContext, state: LogState) {
    this.#context = context;
    this.#state = state;
  }

  readTail(request: ReadRequest): LogRead | undefined {
    const { fromOffset, endOffset, maxBytes, minOneFrame } = this.#checked(request);
    const read = this.#state.tail.read(fromOffset, endOffset, maxBytes, minOneFrame);
    if (read !== undefined) this.#context.counters.tailReads++;
    return read;
  }

  async read(request: ReadRequest): Promise<LogRead> {
    for (;;) {
      const checked = this.#checked(request);
      const { fromOffset, endOffset, maxBytes, minOneFrame } = checked;
      const inMemory = this.#state.tail.read(fromOffset, endOffset, maxBytes, minOneFrame);
      if (inMemory !== undefined) {
        this.#context.counters.tailReads++;
        return inMemory;
      }
      const segment = this.#state.segments.find(fromOffset);
      if (segment === undefined) return { chunks: [], sizeBytes: 0, firstOffset: fromOffset, nextOffset: fromOffset };
      this.#context.counters.diskReads++;
      const read = await this.#whileKept(segment, () => readSegment(this.#context, segment, checked));
      if (read !== undefined) return read;
    }
  }

  async offsetForTimestamp(timestampMs: number): Promise<TimestampedFrame | undefined> {
    for (;;) {
      this.#requireOpen();
      const found = await this.#findTimestamp(timestampMs);
      if (found !== 'removed') return found;
    }
  }

  async latestTimestamp(): Promise<TimestampedFrame | undefined> {
    for (;;) {
      this.#requireOpen();
      const { startOffset, segments } = this.#state;
      let latestMs = -1;
      for (const segment of segments) {
        // Frames below the start may hold the latest timestamp of their segment, and do not count.
        const partial = segment.baseOffset < startOffset && segment.maxTimestampMs > latestMs;
        const segmentMs = partial
          ? await this.#whileKept(segment, () => latestTimestampFrom(this.#context, segment, startOffset))
          : segment.maxTimestampMs;
        latestMs = Math.max(latestMs, segmentMs ?? -1);
      }
      if (latestMs < 0) return undefined;
      const found = await this.#findTimestamp(latestMs);
      if (found !== 'removed' && found !== undefined) return found;
      if (found === undefined && startOffset === this.#state.startOffset) return undefined;
    }
  }

  async #findTimestamp(timestampMs: number): Promise<TimestampedFrame | 'removed' | undefined> {
    const { startOffset } = this.#state;
    for (const segment of [...this.#state.segments]) {
      if (segment.maxTimestampMs < timestampMs || segment.endOffset <= startOffset) continue;
      const fromOffset = Math.max(startOffset, segment.baseOffset);
      const looked = await this.#whileKept(segment, async () => {
        return { frame: await findTimestamp(this.#context, segment, timestampMs, fromOffset) };
      });
      if (looked === undefined) return 'removed';
      if (looked.frame !== undefined) return looked.frame;
    }
    return undefined;
  }

  /** @returns undefined when the segment was removed meanwhile */
  async #whileKept<T>(segment: Segment, look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      if (segment.removed) return undefined;
      this.#requireOpen();
      throw toLogError(error, `${segment.path} cannot be read`);
    }
  }

  #checked(request: ReadRequest): SegmentReadRequest {
    this.#requireOpen();
    const { fromOffset, maxBytes, minOneFrame = true, verify = false } = request;
    const { startOffset, endOffset, writtenEndOffset } = this.#state;
    assertSafeCount(fromOffset, 'fromOffset');
    assertSafeCount(maxBytes, 'maxBytes');
    if (fromOffset < startOffset || fromOffset > endOffset) {
      throw new LogError(
        'LOG_OFFSET_OUT_OF_RANGE',
        `offset ${fromOffset} is not in the log in ${this.#context.folder}; it holds ${startOffset} to ${endOffset}`,
      );
    }
    const wantedEnd = request.endOffset ?? writtenEndOffset;
    return { fromOffset, maxBytes, minOneFrame, verify, endOffset: Math.min(wantedEnd, endOffset) };
  }

  #requireOpen(): void {
    if (this.#state.closing) throw new LogError('LOG_CLOSED', `the log in ${this.#context.folder} is closed`);
  }
}
