import { assert, type Deferred, DiskError, type DiskFile, defer, toError } from '@streambus/runtime';
import { joinAdjacent } from './adjacent-chunks.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import { LogError, toLogError } from './errors.ts';
import type { FileLease } from './file-pool.ts';
import { createFrameHeader, readFrameHeader } from './frame-format.ts';
import type { AppendFrame } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { LogState } from './log-state.ts';
import type { LogSyncer } from './log-syncer.ts';
import type { TailFrame } from './log-tail.ts';
import { Mutex } from './mutex.ts';
import { Segment, segmentFileName } from './segment.ts';
import { SegmentIndex } from './segment-index.ts';

/** Offsets relative to a segment's base are kept in 32 bits. */
const maxRelativeOffset = 2 ** 31 - 1;

/** What the writer tells. */
export interface LogWriterEvents {
  /** `writtenEndOffset` has moved, and `durableEndOffset` has not. */
  onWritten(): void;
  /** What waited was dropped, and the log goes on. */
  onRejected(error: LogError): void;
  /** A write failed: nobody knows what is on disk. */
  onFailed(error: LogError): void;
}

/**
 * Takes frames and writes them: all that came during one turn of the event loop, or during the write before, leave as one
 * vectored write.
 */
export class LogWriter {
  /** Held for each write; whoever changes segments at the end of the log takes it too. */
  readonly turn: Mutex = new Mutex();
  readonly #context: LogContext;
  readonly #state: LogState;
  readonly #syncer: LogSyncer;
  readonly #keeper: CheckpointKeeper;
  readonly #events: LogWriterEvents;
  readonly #header = createFrameHeader();
  /** Set from the append that found nothing under way until nothing waits. */
  #writing: Deferred<void> | undefined;
  /** Whether what waits is being written, rather than due when this turn is over. */
  #begun = false;

  constructor(
    context: LogContext,
    state: LogState,
    parts: { readonly syncer: LogSyncer; readonly keeper: CheckpointKeeper },
    events: LogWriterEvents,
  ) {
    this.#context = context;
    this.#state = state;
    this.#syncer = parts.syncer;
    this.#keeper = parts.keeper;
    this.#events = events;
  }

  append(frame: AppendFrame): void {
    const { firstOffset, nextOffset, chunks } = frame;
    let sizeBytes = 0;
    for (const chunk of chunks) sizeBytes += chunk.length;
    this.#admit(sizeBytes);
    this.#requireStamped(frame, sizeBytes);
    const { endOffset, tail } = this.#state;
    const follows = this.#context.offsets === 'dense' ? firstOffset === endOffset : firstOffset >= endOffset;
    assert(follows, () => `a frame at offset ${firstOffset} does not follow a log that ends at ${endOffset}`);
    assert(
      nextOffset > firstOffset && nextOffset - firstOffset <= maxRelativeOffset,
      () => `a frame from offset ${firstOffset} to ${nextOffset}`,
    );
    assert(Number.isSafeInteger(nextOffset), () => `offset ${nextOffset} is above 2^53-1`);
    tail.push(frame, sizeBytes);
    this.#state.endOffset = nextOffset;
    this.#context.counters.appendedFrames++;
    this.#context.counters.appendedBytes += sizeBytes;
    if (this.#writing !== undefined) return;
    this.#writing = defer();
    this.#context.clock.nextTurn(() => this.start());
  }

  /** Begins to write what waits, if nothing is being written. */
  start(): void {
    if (this.#begun || this.#writing === undefined) return;
    this.#begun = true;
    void this.#writeAll();
  }

  /** Resolves when nothing waits to be written. */
  async drain(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing.promise;
  }

  /** The last segment takes no more frames; held under {@link turn}. */
  async seal(segment: Segment): Promise<void> {
    segment.sealed = true;
    this.#context.counters.rolls++;
    if (this.#context.settings.sync.kind === 'acked') await this.#syncer.sync();
    else this.#syncer.syncInBackground();
    await segment.index.spill(segment);
    this.#keeper.saveInBackground();
  }

  /** What is acknowledged only when it is durable is written so: a sync of its own would be a second way to the disk and back. */
  get #mode(): 'durable' | 'write' {
    return this.#context.settings.sync.kind === 'acked' ? 'durable' : 'write';
  }

  #admit(sizeBytes: number): void {
    const { tail, failure, closing, suspensions } = this.#state;
    const { settings, folder, counters } = this.#context;
    const busy = tail.waitingBytes > 0 && tail.waitingBytes + sizeBytes > settings.maxQueuedBytes;
    if (failure === undefined && !closing && suspensions === 0 && !busy && sizeBytes <= settings.maxFrameBytes) return;
    counters.refusedAppends++;
    if (closing) throw new LogError('LOG_CLOSED', `the log in ${folder} is closed`);
    if (failure !== undefined) throw new LogError('LOG_FAILED', failure.message, { cause: failure });
    if (sizeBytes > settings.maxFrameBytes) {
      const message = `a frame of ${sizeBytes} bytes; at most maxFrameBytes = ${settings.maxFrameBytes} are allowed`;
      throw new LogError('LOG_FRAME_TOO_LARGE', message);
    }
    if (suspensions > 0) {
      throw new LogError('LOG_BUSY', `the log in ${folder} is being truncated`, { retriable: true });
    }
    const message = `${tail.waitingBytes} bytes wait to be written in ${folder} and ${sizeBytes} more came; maxQueuedBytes is ${settings.maxQueuedBytes}`;
    throw new LogError('LOG_QUEUE_FULL', message, { retriable: true });
  }

  /** What recovery would read from the header must be what the caller says: found out now, not at the next start. */
  #requireStamped({ chunks, firstOffset, nextOffset, maxTimestampMs }: AppendFrame, sizeBytes: number): void {
    const { format } = this.#context;
    const first = chunks[0];
    if (first === undefined || first.length < format.headerBytes) {
      assert(
        sizeBytes >= format.headerBytes,
        () => `a frame of ${sizeBytes} bytes; a header has ${format.headerBytes}`,
      );
      return;
    }
    const header = this.#header;
    const stamped =
      readFrameHeader(format, first, 0, header) &&
      header.sizeBytes === sizeBytes &&
      header.firstOffset === firstOffset &&
      header.nextOffset === nextOffset &&
      header.maxTimestampMs === maxTimestampMs;
    assert(stamped, () => `the frame at offset ${firstOffset} has another header: ${JSON.stringify(header)}`);
  }

  async #writeAll(): Promise<void> {
    while (this.#state.tail.waitingFrames > 0) await this.turn.run(() => this.#writeBatch());
    this.#begun = false;
    this.#writing?.resolve();
    this.#writing = undefined;
  }

  async #writeBatch(): Promise<void> {
    let segment: Segment | undefined;
    try {
      await this.#saveOrder();
      // A sync in the background may fail during any wait, and then nothing waits any more.
      if (this.#state.tail.waitingFrames === 0) return;
      const writable = await this.#writableSegment(this.#state.tail.waitingFrame(0));
      const lease = await this.#context.resources.files.acquire(writable.path, this.#mode);
      segment = writable;
      if (!(await this.#write(segment, lease))) return;
    } catch (thrown) {
      await this.#recover(toError(thrown), segment);
      return;
    }
    await this.#afterWrite(segment);
  }

  /** Before the first write that is not synced by itself, the checkpoint must say so: recovery would take its loss for damage. */
  async #saveOrder(): Promise<void> {
    if (this.#context.settings.sync.kind !== 'acked' && this.#keeper.savedOrder !== false) await this.#keeper.save();
  }

  async #writableSegment(frame: TailFrame): Promise<Segment> {
    const last = this.#state.segments.last;
    if (last !== undefined && !last.sealed && !this.#mustRoll(last, frame)) return last;
    if (last !== undefined && !last.sealed) await this.seal(last);
    return this.#createSegment(frame.firstOffset);
  }

  #mustRoll(segment: Segment, frame: TailFrame): boolean {
    if (segment.sizeBytes === 0) return frame.firstOffset - segment.baseOffset > maxRelativeOffset;
    const { segmentAgeMs } = this.#context.settings;
    return !this.#fits(segment, frame, 0) || this.#context.clock.wallTimeMs() - segment.createdMs >= segmentAgeMs;
  }

  #fits(segment: Segment, frame: TailFrame, bytesBefore: number): boolean {
    return (
      segment.sizeBytes + bytesBefore + frame.sizeBytes <= this.#context.settings.segmentBytes &&
      frame.nextOffset - segment.baseOffset <= maxRelativeOffset
    );
  }

  async #createSegment(baseOffset: number): Promise<Segment> {
    const { folder, disk, clock, resources } = this.#context;
    const path = `${folder}/${segmentFileName(baseOffset)}`;
    const lease = await resources.files.acquire(path, this.#mode);
    try {
      if ((await lease.file.size()) > 0) await empty(lease.file);
      await disk.syncDirectory(folder);
    } finally {
      lease.release();
    }
    const nowMs = clock.wallTimeMs();
    const index = new SegmentIndex(this.#context, path, true);
    await index.removeFiles();
    const summary = {
      baseOffset,
      sizeBytes: 0,
      endOffset: baseOffset,
      maxTimestampMs: -1,
      createdMs: nowMs,
      lastAppendMs: nowMs,
    };
    const segment = new Segment(path, summary, index);
    this.#state.segments.add(segment);
    return segment;
  }

  /** @returns false when nothing waits any more */
  async #write(segment: Segment, lease: FileLease): Promise<boolean> {
    try {
      const { tail } = this.#state;
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      let count = 0;
      for (; count < tail.waitingFrames; count++) {
        const frame = tail.waitingFrame(count);
        const first = count === 0 && segment.sizeBytes === 0;
        if (!first && !this.#fits(segment, frame, bytes)) break;
        for (const chunk of frame.chunks) chunks.push(chunk);
        bytes += frame.sizeBytes;
      }
      if (count === 0) return false;
      tail.beginWrite(count);
      const startedMs = this.#context.clock.monotonicMs();
      await lease.file.write(joinAdjacent(chunks), segment.sizeBytes);
      this.#commit(segment, count, bytes);
      if (lease.mode === 'durable' && this.#syncer.isIdle) this.#syncer.noteSynced(startedMs);
      else this.#noteUnsynced(segment, lease);
      return true;
    } finally {
      if (segment.unsyncedLease !== lease) lease.release();
    }
  }

  #noteUnsynced(segment: Segment, lease: FileLease): void {
    this.#syncer.noteWritten(segment);
    if (this.#context.settings.sync.kind !== 'os') segment.unsyncedLease ??= lease;
    this.#events.onWritten();
  }

  #commit(segment: Segment, count: number, bytes: number): void {
    const { tail } = this.#state;
    for (let index = 0; index < count; index++) {
      const { firstOffset, nextOffset, sizeBytes, maxTimestampMs } = tail.waitingFrame(index);
      segment.index.note(firstOffset - segment.baseOffset, segment.sizeBytes, segment.maxTimestampMs);
      segment.sizeBytes += sizeBytes;
      segment.endOffset = nextOffset;
      if (maxTimestampMs > segment.maxTimestampMs) segment.maxTimestampMs = maxTimestampMs;
    }
    segment.lastAppendMs = this.#context.clock.wallTimeMs();
    tail.markWritten();
    this.#context.counters.writes++;
    this.#state.writtenBytes += bytes;
    if (this.#context.settings.sync.kind !== 'acked') this.#state.unorderedBytes = this.#state.writtenBytes;
    this.#state.writtenEndOffset = segment.endOffset;
  }

  async #afterWrite(segment: Segment): Promise<void> {
    const { sync, checkpointBytes } = this.#context.settings;
    if (sync.kind === 'acked') {
      try {
        await this.#syncer.sync();
      } catch {
        // The syncer has told everybody.
        return;
      }
    } else this.#syncer.schedule();
    if (segment.index.wantsSpill) await segment.index.spill(segment);
    const orderChanged = this.#keeper.savedOrder !== (sync.kind === 'acked');
    if (this.#keeper.unsavedBytes >= checkpointBytes || orderChanged) this.#keeper.saveInBackground();
  }

  /** @param segment - what was being written to; undefined when it had not come to that: then nothing has to be taken back */
  async #recover(cause: Error, segment: Segment | undefined): Promise<void> {
    if (!(cause instanceof DiskError || cause instanceof LogError)) throw cause;
    this.#state.tail.abortWrite();
    if (this.#state.failure !== undefined) {
      this.#state.dropWaiting(this.#state.failure);
      return;
    }
    const { folder } = this.#context;
    try {
      if (cause.code !== 'DISK_FULL' && cause.code !== 'DISK_TOO_MANY_FILES') throw cause;
      if (segment !== undefined) await this.#cutBack(segment);
      this.#reject(toLogError(cause, `the log in ${folder} cannot be written`, { outcome: 'rejected' }));
    } catch (thrown) {
      const error = toError(thrown);
      const message = `a write to the log in ${folder} failed; frames from offset ${this.#state.writtenEndOffset} on may be there or not: ${error.message}`;
      this.#events.onFailed(new LogError('LOG_FAILED', message, { outcome: 'unknown', cause: error }));
    }
  }

  /** Takes back what a refused write left. It is synced, so that it cannot come back after a crash. */
  async #cutBack(segment: Segment): Promise<void> {
    const lease = await this.#context.resources.files.acquire(segment.path, this.#mode);
    try {
      await lease.file.truncate(segment.sizeBytes);
      await lease.file.sync();
    } finally {
      lease.release();
    }
  }

  #reject(error: Error): void {
    assert(error instanceof LogError, 'only a refusal of the disk rejects what waits');
    this.#state.dropWaiting(error);
    this.#events.onRejected(error);
  }
}

/** Durably: what is written next may be so before its length is. */
async function empty(file: DiskFile): Promise<void> {
  await file.truncate(0);
  await file.sync();
}
