import { assertSafeCount, DiskError, toError } from '@streambus/runtime';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import { LogError, toLogError } from './errors.ts';
import type { RetainOptions } from './log.ts';
import type { LogContext } from './log-context.ts';
import type { LogState } from './log-state.ts';
import type { LogSyncer } from './log-syncer.ts';
import type { LogWriter } from './log-writer.ts';
import { Mutex } from './mutex.ts';
import { countRemovable, isExpired } from './retention.ts';
import type { Segment, SegmentSummary } from './segment.ts';
import { findCut, type SegmentCut } from './segment-reader.ts';

/** The parts that a trimmer works on. */
export interface LogTrimmerParts {
  readonly keeper: CheckpointKeeper;
  readonly syncer: LogSyncer;
  readonly writer: LogWriter;
}

/** Ends a segment file's name once the segment counts as removed, where the checkpoint could not say so. */
export const deletedSuffix = '.deleted';

/** Takes segments away at either end. One operation at a time; those at the end of the log keep the writer out. */
export class LogTrimmer {
  /** Held for each operation. */
  readonly turn: Mutex = new Mutex();
  readonly #context: LogContext;
  readonly #state: LogState;
  readonly #parts: LogTrimmerParts;
  readonly #fail: (cause: Error) => LogError;
  /** Removed from the log, but not yet from the disk. */
  #leftovers: Segment[] = [];
  /** Whether a start that was asked for could not be saved: who asks again must not be told that it holds. */
  #startUnsaved = false;

  /** @param fail - ends the log: nobody knows what is on disk */
  constructor(context: LogContext, state: LogState, parts: LogTrimmerParts, fail: (cause: Error) => LogError) {
    this.#context = context;
    this.#state = state;
    this.#parts = parts;
    this.#fail = fail;
  }

  retain(options: RetainOptions): Promise<number> {
    return this.turn.run(async () => {
      this.#requireOpen();
      await this.#parts.writer.turn.run(() => this.#sealExpired(options));
      const { segments, durableEndOffset, startOffset } = this.#state;
      const limit = Math.min(options.belowOffset ?? durableEndOffset, durableEndOffset);
      const removable = this.#removable(limit);
      const count = countRemovable(removable, segments.sizeBytes, startOffset, options);
      await this.#removeFirst(count);
      return count;
    });
  }

  truncatePrefix(offset: number): Promise<void> {
    assertSafeCount(offset, 'offset');
    return this.turn.run(async () => {
      this.#requireOpen();
      if (offset <= this.#state.startOffset) {
        if (this.#startUnsaved) await this.#saveStart();
        return;
      }
      this.#requireInRange(offset);
      if (offset > this.#state.writtenEndOffset) await this.#state.writtenWaiters.wait(offset);
      if (offset > this.#state.durableEndOffset) await this.#parts.syncer.sync();
      this.#state.startOffset = offset;
      await this.#saveStart();
    });
  }

  async truncateSuffix(offset: number): Promise<number> {
    assertSafeCount(offset, 'offset');
    return this.#alone(async () => {
      this.#requireInRange(offset);
      if (offset === this.#state.endOffset) return offset;
      await this.#parts.syncer.sync();
      return this.#cutFrom(offset);
    });
  }

  async reset(startOffset: number): Promise<void> {
    assertSafeCount(startOffset, 'startOffset');
    await this.#alone(async () => {
      await this.#parts.syncer.idle();
      const before = this.#state.startOffset;
      this.#state.startOffset = startOffset;
      this.#parts.keeper.resetting = true;
      try {
        await this.#save();
      } catch (error) {
        this.#state.startOffset = before;
        this.#parts.keeper.resetting = false;
        throw error;
      }
      await this.#orFail(() => this.#startAnew(startOffset));
    });
  }

  /** Segments that end at or before `limit` and take no more frames, oldest first. */
  #removable(limit: number): Segment[] {
    const { segments } = this.#state;
    const removable: Segment[] = [];
    for (const segment of segments) {
      if (segment.endOffset > limit || (segment === segments.last && !segment.sealed)) break;
      removable.push(segment);
    }
    return removable;
  }

  async #sealExpired(options: RetainOptions): Promise<void> {
    const segment = this.#state.segments.last;
    const { failure, tail } = this.#state;
    if (failure !== undefined || segment === undefined || segment.sealed || segment.sizeBytes === 0) return;
    if (tail.waitingFrames > 0) return;
    const aged = options.nowMs - segment.createdMs >= this.#context.settings.segmentAgeMs;
    if (!aged && !isExpired(segment, options)) return;
    await this.#parts.writer.seal(segment);
    await this.#parts.syncer.sync();
  }

  async #saveStart(): Promise<void> {
    this.#startUnsaved = true;
    const count = this.#removable(this.#state.startOffset).length;
    if (count > 0) await this.#removeFirst(count);
    else await this.#save();
    this.#startUnsaved = false;
  }

  async #removeFirst(count: number): Promise<void> {
    if (count > 0) {
      const removed = this.#state.segments.removeFirst(count);
      const last = removed.at(-1);
      const startOffset = this.#state.segments.first?.baseOffset ?? last?.endOffset ?? 0;
      this.#state.startOffset = Math.max(this.#state.startOffset, startOffset);
      if (removed.some(({ baseOffset }) => baseOffset === this.#state.durable?.baseOffset))
        this.#state.durable = undefined;
      this.#parts.syncer.forget(removed);
      this.#leftovers.push(...removed);
      this.#context.counters.removedSegments += count;
    }
    if (this.#leftovers.length === 0) return;
    await this.#saveOnFullDisk();
    await this.#removeLeftovers();
  }

  /** The checkpoint comes first, so that no crash leaves it without a segment it names. */
  async #saveOnFullDisk(): Promise<void> {
    try {
      await this.#parts.keeper.save();
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'DISK_FULL')) throw this.#refusal(error);
      // Retention must work above all when there is no room for a checkpoint: a name can say it too.
      await this.#orRefuse(() => this.#markDeleted());
      await this.#save();
    }
  }

  /** Frees the leftovers' space, keeping the name of the last as the proof that all up to it were removed on purpose. */
  async #markDeleted(): Promise<void> {
    const { disk, folder, resources } = this.#context;
    for (const segment of this.#leftovers) {
      await resources.files.forget(segment.path);
      if ((await disk.stat(segment.path)) !== undefined) await disk.rename(segment.path, segment.path + deletedSuffix);
    }
    await disk.syncDirectory(folder);
    for (const segment of this.#leftovers.slice(0, -1)) await disk.remove(segment.path + deletedSuffix);
    const mark = this.#leftovers.at(-1);
    if (mark === undefined) return;
    const file = await disk.open(mark.path + deletedSuffix, 'write');
    try {
      await file.truncate(0);
    } finally {
      await file.close();
    }
  }

  async #removeLeftovers(): Promise<void> {
    await this.#orRefuse(async () => {
      const { disk } = this.#context;
      for (let segment = this.#leftovers[0]; segment !== undefined; segment = this.#leftovers[0]) {
        await this.#removeFiles(segment);
        await disk.remove(segment.path + deletedSuffix);
        this.#leftovers.shift();
      }
    });
  }

  async #removeFiles(segment: Segment): Promise<void> {
    // Whoever reads it now goes on: the file is closed when the last one is done.
    void this.#context.resources.files.forget(segment.path);
    segment.index.shrink();
    await this.#context.disk.remove(segment.path);
    await segment.index.removeFiles();
  }

  async #cutFrom(offset: number): Promise<number> {
    const { segments } = this.#state;
    const segment = segments.find(offset);
    if (segment === undefined) return offset;
    const found = segment.baseOffset < offset ? await findCut(this.#context, segment, offset) : undefined;
    const cut = found !== undefined && found.position > 0 ? found : undefined;
    const endOffset = cut?.endOffset ?? Math.min(segment.baseOffset, offset);
    await this.#lowerRecoveryPoint(segment, cut, endOffset);
    await this.#orFail(() => this.#applyCut(segment, cut, endOffset));
    return endOffset;
  }

  /** Before anything is cut, the checkpoint must no longer call it durable. */
  async #lowerRecoveryPoint(segment: Segment, cut: SegmentCut | undefined, endOffset: number): Promise<void> {
    const { durable, startOffset } = this.#state;
    const kept = [...this.#state.segments].filter(({ baseOffset }) => baseOffset < segment.baseOffset);
    this.#state.durable = cut === undefined ? kept.at(-1)?.summary() : cutSummary(segment, cut);
    this.#state.startOffset = Math.min(startOffset, endOffset);
    try {
      await this.#save();
    } catch (error) {
      this.#state.durable = durable;
      this.#state.startOffset = startOffset;
      throw error;
    }
  }

  async #applyCut(segment: Segment, cut: SegmentCut | undefined, endOffset: number): Promise<void> {
    const { disk, folder, resources } = this.#context;
    const removed = this.#state.segments.removeLastWhile(({ baseOffset }) =>
      cut === undefined ? baseOffset >= segment.baseOffset : baseOffset > segment.baseOffset,
    );
    if (cut !== undefined) {
      segment.sizeBytes = cut.position;
      segment.endOffset = cut.endOffset;
      segment.maxTimestampMs = cut.maxTimestampMs;
      segment.sealed = false;
    }
    this.#state.cutTo(endOffset, new LogError('LOG_TRUNCATED', `the log in ${folder} was cut at offset ${endOffset}`));
    this.#parts.syncer.forget(removed);
    for (const gone of removed.reverse()) await this.#removeFiles(gone);
    if (cut !== undefined) await segment.index.restart(segment, cut.position);
    // Names first: an index that outlives its frames could point into what is written there next.
    await disk.syncDirectory(folder);
    if (cut === undefined) return;
    await segment.unread();
    const lease = await resources.files.acquire(segment.path, 'write');
    try {
      await lease.file.truncate(cut.position);
      await lease.file.sync();
    } finally {
      lease.release();
    }
  }

  async #startAnew(startOffset: number): Promise<void> {
    const { disk, folder } = this.#context;
    const removed = this.#state.segments.removeLastWhile(() => true);
    this.#state.cutTo(
      startOffset,
      new LogError('LOG_TRUNCATED', `the log in ${folder} was reset to offset ${startOffset}`),
    );
    this.#state.startOffset = startOffset;
    this.#parts.syncer.forget(removed);
    for (const segment of removed.reverse()) await this.#removeFiles(segment);
    await disk.syncDirectory(folder);
    this.#parts.keeper.resetting = false;
    await this.#parts.keeper.save();
  }

  /** Runs with appends refused and nothing waiting or being written. */
  async #alone<T>(operation: () => Promise<T>): Promise<T> {
    this.#state.suspensions++;
    try {
      return await this.turn.run(async () => {
        await this.#parts.writer.drain();
        return this.#parts.writer.turn.run(() => {
          this.#requireOpen();
          if (this.#state.failure !== undefined) throw this.#state.failure;
          return operation();
        });
      });
    } finally {
      this.#state.suspensions--;
    }
  }

  #save(): Promise<void> {
    return this.#orRefuse(() => this.#parts.keeper.save());
  }

  async #orRefuse<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (thrown) {
      throw this.#refusal(thrown);
    }
  }

  async #orFail<T>(operation: () => Promise<T>): Promise<T> {
    try {
      return await operation();
    } catch (thrown) {
      throw thrown instanceof DiskError || thrown instanceof LogError ? this.#fail(thrown) : toError(thrown);
    }
  }

  /** What was asked for may be on disk or not, and can be asked for again. */
  #refusal(thrown: unknown): Error {
    return toLogError(thrown, `the log in ${this.#context.folder} cannot be trimmed`, { outcome: 'unknown' });
  }

  #requireOpen(): void {
    if (this.#state.closing) throw new LogError('LOG_CLOSED', `the log in ${this.#context.folder} is closed`);
  }

  #requireInRange(offset: number): void {
    const { startOffset, endOffset } = this.#state;
    if (offset >= startOffset && offset <= endOffset) return;
    const message = `offset ${offset} is not in the log in ${this.#context.folder}; it holds ${startOffset} to ${endOffset}`;
    throw new LogError('LOG_OFFSET_OUT_OF_RANGE', message);
  }
}

function cutSummary(segment: Segment, cut: SegmentCut): SegmentSummary {
  const { position: sizeBytes, endOffset, maxTimestampMs } = cut;
  return { ...segment.summary(), sizeBytes, endOffset, maxTimestampMs };
}
