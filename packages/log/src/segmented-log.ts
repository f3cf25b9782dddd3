import { assert, assertSafeCount, DiskError, parentDirectory } from '@streambus/runtime';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { LogError, toLogError } from './errors.ts';
import type { FrameFormat } from './frame-format.ts';
import type {
  AppendFrame,
  Log,
  LogCounters,
  LogObserver,
  LogRead,
  LogSettings,
  ReadRequest,
  RetainOptions,
  TimestampedFrame,
} from './log.ts';
import type { LogContext } from './log-context.ts';
import { resolveSettings } from './log-options.ts';
import { LogReader } from './log-reader.ts';
import { LogState } from './log-state.ts';
import { LogSyncer } from './log-syncer.ts';
import { LogTail } from './log-tail.ts';
import { LogTrimmer } from './log-trimmer.ts';
import { LogWriter } from './log-writer.ts';
import type { OffsetWaiters } from './offset-waiters.ts';
import type { Recovered } from './recovery.ts';
import { SegmentList } from './segment-list.ts';

/** The parts of a log, put together. */
export class SegmentedLog implements Log {
  readonly #context: LogContext;
  readonly #observer: LogObserver;
  readonly #state: LogState;
  readonly #keeper: CheckpointKeeper;
  readonly #syncer: LogSyncer;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #trimmer: LogTrimmer;
  #closed: Promise<void> | undefined;
  #destroying = false;

  constructor(context: LogContext, observer: LogObserver, recovered: Recovered) {
    this.#context = context;
    this.#observer = observer;
    const { startOffset, endOffset, segments, savedOrder } = recovered;
    const tail = new LogTail(context.resources.tails, context.settings.tailCacheBytes, endOffset);
    this.#state = new LogState({ segments: new SegmentList(segments), tail, startOffset, endOffset });
    this.#keeper = new CheckpointKeeper(context, this.#state, savedOrder);
    this.#syncer = new LogSyncer(context, this.#state, {
      onDurable: () => this.#onDurable(),
      onSync: (durationMs, bytes) => this.#observer.onSync?.(durationMs, bytes),
      onFailed: (error) => this.#onFailed(error),
    });
    const parts = { keeper: this.#keeper, syncer: this.#syncer };
    this.#writer = new LogWriter(context, this.#state, parts, {
      onWritten: () => this.#onWritten(),
      onRejected: (error) => this.#observer.onRejected?.(this, error),
      onFailed: (error) => this.#onFailed(error),
    });
    this.#reader = new LogReader(context, this.#state);
    this.#trimmer = new LogTrimmer(context, this.#state, { ...parts, writer: this.#writer }, (cause) =>
      this.#fail(cause),
    );
  }

  /** Saves what recovery changed. On a full disk the old recovery point stays, unless it no longer says what is. */
  async settleRecovery({ saveFirst, mustSave, marks }: Recovered): Promise<void> {
    if (!saveFirst && !mustSave) return;
    // The names are the proof; their bytes may be what the checkpoint has no room for.
    for (const mark of marks) await this.#empty(mark);
    try {
      await this.#keeper.save();
    } catch (error) {
      if (mustSave || !(error instanceof DiskError && error.code === 'DISK_FULL')) throw error;
    }
    for (const mark of marks) await this.#context.disk.remove(mark);
  }

  get folder(): string {
    return this.#context.folder;
  }

  get format(): FrameFormat {
    return this.#context.format;
  }

  get startOffset(): number {
    return this.#state.startOffset;
  }

  get endOffset(): number {
    return this.#state.endOffset;
  }

  get writtenEndOffset(): number {
    return this.#state.writtenEndOffset;
  }

  get durableEndOffset(): number {
    return this.#state.durableEndOffset;
  }

  get sizeBytes(): number {
    return this.#state.segments.sizeBytes;
  }

  get queuedBytes(): number {
    return this.#state.tail.waitingBytes;
  }

  get segmentCount(): number {
    return this.#state.segments.length;
  }

  get counters(): LogCounters {
    return this.#context.counters;
  }

  get failure(): LogError | undefined {
    return this.#state.failure;
  }

  append(frame: AppendFrame): void {
    this.#writer.append(frame);
  }

  startWriting(): void {
    this.#writer.start();
  }

  whenWritten(offset: number): Promise<void> {
    return this.#when(offset, this.#state.writtenEndOffset, this.#state.writtenWaiters);
  }

  whenDurable(offset: number): Promise<void> {
    return this.#when(offset, this.#state.durableEndOffset, this.#state.durableWaiters);
  }

  async flush(): Promise<void> {
    const target = this.#state.endOffset;
    await this.whenWritten(target);
    if (this.#state.failure !== undefined) throw this.#state.failure;
    if (this.#state.durableEndOffset < target) await this.#syncer.sync();
  }

  readTail(request: ReadRequest): LogRead | undefined {
    return this.#reader.readTail(request);
  }

  read(request: ReadRequest): Promise<LogRead> {
    return this.#reader.read(request);
  }

  offsetForTimestamp(timestampMs: number): Promise<TimestampedFrame | undefined> {
    return this.#reader.offsetForTimestamp(timestampMs);
  }

  latestTimestamp(): Promise<TimestampedFrame | undefined> {
    return this.#reader.latestTimestamp();
  }

  retain(options: RetainOptions): Promise<number> {
    return this.#trimmer.retain(options);
  }

  truncatePrefix(offset: number): Promise<void> {
    return this.#trimmer.truncatePrefix(offset);
  }

  truncateSuffix(offset: number): Promise<number> {
    return this.#trimmer.truncateSuffix(offset);
  }

  reset(startOffset: number): Promise<void> {
    return this.#trimmer.reset(startOffset);
  }

  async checkpoint(): Promise<void> {
    this.#requireOpen();
    try {
      await this.#keeper.save();
    } catch (error) {
      throw toLogError(error, `the recovery point of the log in ${this.folder} cannot be saved`);
    }
  }

  configure(settings: LogSettings): void {
    const { sync: before } = this.#context.settings;
    this.#context.settings = resolveSettings(this.#context.settings, settings);
    const { tailCacheBytes, sync } = this.#context.settings;
    this.#state.tail.resize(tailCacheBytes);
    const { endOffset, durableEndOffset } = this.#state;
    if (endOffset === durableEndOffset) return;
    // What was accepted under `acked` is waited for as durable, and no later policy may need to sync it.
    if (before.kind === 'acked' || sync.kind === 'acked') this.#flushInBackground();
    else this.#syncer.schedule();
  }

  #flushInBackground(): void {
    this.#syncer.cancel();
    // A failure has been told by then.
    this.flush().catch(() => {});
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async destroy(): Promise<void> {
    const { disk, folder } = this.#context;
    this.#state.closing = true;
    this.#state.dropWaiting(new LogError('LOG_CLOSED', `the log in ${folder} was destroyed`));
    this.#destroying = true;
    // A close that failed before is no reason to keep what is to go.
    await this.close().catch(() => {});
    try {
      await disk.remove(folder);
      await disk.syncDirectory(parentDirectory(folder));
    } catch (error) {
      throw toLogError(error, `the log in ${folder} cannot be removed`);
    }
  }

  async #close(): Promise<void> {
    this.#state.closing = true;
    await this.#writer.drain();
    await this.#trimmer.turn.run(() => this.#writer.turn.run(() => this.#finish()));
  }

  async #finish(): Promise<void> {
    const error = new LogError('LOG_CLOSED', `the log in ${this.folder} was closed`);
    try {
      if (this.#state.failure === undefined && !this.#destroying) await this.#settle();
    } finally {
      this.#syncer.cancel();
      await this.#syncer.idle();
      await this.#keeper.idle();
      this.#state.writtenWaiters.rejectAbove(-1, error);
      this.#state.durableWaiters.rejectAbove(-1, error);
      await this.#release();
    }
  }

  /** What makes the next opening a clean one. */
  async #settle(): Promise<void> {
    await this.#syncer.sync();
    await this.#state.segments.last?.index.spill(this.#state.segments.last);
    try {
      if (this.#keeper.unsavedBytes > 0) await this.#keeper.save();
    } catch (cause) {
      // Nothing is lost: the next opening reads from the recovery point before.
      this.#context.logger.warn({ folder: this.folder, err: cause }, 'the log could not be marked as closed properly');
    }
  }

  async #empty(path: string): Promise<void> {
    const file = await this.#context.disk.open(path, 'write');
    try {
      await file.truncate(0);
    } finally {
      await file.close();
    }
  }

  async #release(): Promise<void> {
    const segments = [...this.#state.segments];
    this.#syncer.forget(segments);
    this.#state.tail.dropWaiting();
    this.#state.tail.restart(this.#state.writtenEndOffset);
    for (const segment of segments) segment.index.shrink();
    await Promise.all(segments.map(({ path }) => this.#context.resources.files.forget(path)));
  }

  #when(offset: number, reached: number, waiters: OffsetWaiters): Promise<void> {
    assertSafeCount(offset, 'offset');
    if (offset <= reached) return Promise.resolve();
    const { closing, failure, endOffset } = this.#state;
    if (failure !== undefined) return Promise.reject(failure);
    if (closing) return Promise.reject(new LogError('LOG_CLOSED', `the log in ${this.folder} is closed`));
    if (offset <= endOffset) return waiters.wait(offset);
    const message = `offset ${offset} was not appended to the log in ${this.folder}, which ends at ${endOffset}`;
    return Promise.reject(new LogError('LOG_OFFSET_OUT_OF_RANGE', message));
  }

  #onWritten(): void {
    this.#state.writtenWaiters.resolveUpTo(this.#state.writtenEndOffset);
    this.#observer.onAdvanced?.(this);
  }

  #onDurable(): void {
    const { durableEndOffset, writtenEndOffset } = this.#state;
    assert(
      durableEndOffset <= writtenEndOffset,
      () => `durable to ${durableEndOffset}, written to ${writtenEndOffset}`,
    );
    this.#state.writtenWaiters.resolveUpTo(writtenEndOffset);
    this.#state.durableWaiters.resolveUpTo(durableEndOffset);
    this.#observer.onAdvanced?.(this);
  }

  #fail(cause: Error): LogError {
    const message = `the log in ${this.folder} cannot go on: ${cause.message}`;
    const error = new LogError('LOG_FAILED', message, { outcome: 'unknown', cause });
    this.#onFailed(error);
    return error;
  }

  #onFailed(error: LogError): void {
    if (this.#state.failure !== undefined) return;
    this.#state.failure = error;
    this.#context.logger.error(
      { folder: this.folder, err: error },
      'the log takes nothing more until it is opened anew',
    );
    this.#state.dropWaiting(error);
    this.#state.durableWaiters.rejectAbove(this.#state.durableEndOffset, error);
    this.#observer.onRejected?.(this, error);
  }

  #requireOpen(): void {
    if (this.#state.closing) throw new LogError('LOG_CLOSED', `the log in ${this.folder} is closed`);
  }
}
