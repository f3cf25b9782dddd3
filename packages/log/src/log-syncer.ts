import { assert, type Timer, toError } from '@streambus/runtime';
import { LogError } from './errors.ts';
import type { LogContext } from './log-context.ts';
import type { LogState } from './log-state.ts';
import type { Segment } from './segment.ts';

/** What the syncer tells. */
export interface LogSyncerEvents {
  /** `durableEndOffset` has moved. */
  onDurable(): void;
  onSync(durationMs: number, bytes: number): void;
  /** A sync failed: nobody knows what is on disk. */
  onFailed(error: LogError): void;
}

/** Where the log stood when a sync began. */
interface Covered extends Pick<LogState, 'durable' | 'writtenBytes' | 'writtenEndOffset'> {}

/** Makes written frames durable: one sync at a time, each covering all that was written before it began. */
export class LogSyncer {
  readonly #context: LogContext;
  readonly #state: LogState;
  readonly #events: LogSyncerEvents;
  /** Segments written to since their last sync, oldest first. */
  readonly #unsynced = new Set<Segment>();
  #running: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(context: LogContext, state: LogState, events: LogSyncerEvents) {
    this.#context = context;
    this.#state = state;
    this.#events = events;
  }

  /** Whether nothing that was written is left to sync, and no sync runs. */
  get isIdle(): boolean {
    return this.#unsynced.size === 0 && this.#running === undefined;
  }

  noteWritten(segment: Segment): void {
    this.#unsynced.add(segment);
  }

  /** A write has ended that was durable with its end, while {@link isIdle}: so all is durable that was written. */
  noteSynced(startedMs: number): void {
    const { writtenEndOffset, writtenBytes, segments } = this.#state;
    this.#noteDurable({ writtenEndOffset, writtenBytes, durable: segments.last?.summary() }, startedMs);
  }

  /** Forgets segments that are no longer part of the log. */
  forget(segments: readonly Segment[]): void {
    for (const segment of segments) {
      this.#unsynced.delete(segment);
      segment.unsyncedLease?.release();
      segment.unsyncedLease = undefined;
    }
  }

  /** Sees to it that what was written gets durable as the policy says, without waiting. */
  schedule(): void {
    const { sync } = this.#context.settings;
    if (sync.kind !== 'interval') return;
    if (this.#state.writtenBytes - this.#state.durableBytes >= sync.intervalBytes) this.syncInBackground();
    else this.#timer ??= this.#context.clock.setTimer(sync.intervalMs, () => this.syncInBackground());
  }

  syncInBackground(): void {
    this.cancel();
    // A failure has been told by then.
    this.sync().catch(() => {});
  }

  /** Makes all that is written now durable. @throws LogError `LOG_FAILED` */
  async sync(): Promise<void> {
    const { writtenBytes } = this.#state;
    while (this.#running !== undefined) await this.#running;
    if (this.#state.failure !== undefined) throw this.#state.failure;
    if (this.#state.durableBytes >= writtenBytes && this.#unsynced.size === 0) return;
    this.#running = this.#syncAll();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Resolves when no sync runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => {});
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #syncAll(): Promise<void> {
    const { writtenEndOffset, writtenBytes, segments } = this.#state;
    const covered = { writtenEndOffset, writtenBytes, durable: segments.last?.summary() };
    const unsynced = [...this.#unsynced];
    this.#unsynced.clear();
    const startedMs = this.#context.clock.monotonicMs();
    try {
      for (const segment of unsynced) await this.#syncSegment(segment);
    } catch (thrown) {
      const cause = toError(thrown);
      const message = `a sync of the log in ${this.#context.folder} failed; what was written since offset ${this.#state.durableEndOffset} may be lost: ${cause.message}`;
      const error = new LogError('LOG_FAILED', message, { outcome: 'unknown', cause });
      this.#events.onFailed(error);
      throw error;
    }
    this.#noteDurable(covered, startedMs);
  }

  #noteDurable({ durable, writtenBytes, writtenEndOffset }: Covered, startedMs: number): void {
    const bytes = writtenBytes - this.#state.durableBytes;
    assert(bytes >= 0, () => `a sync covered ${bytes} bytes`);
    this.#context.counters.syncs++;
    this.#state.durable = durable;
    this.#state.durableBytes = writtenBytes;
    this.#state.durableEndOffset = writtenEndOffset;
    this.#events.onSync(this.#context.clock.monotonicMs() - startedMs, bytes);
    this.#events.onDurable();
  }

  async #syncSegment(segment: Segment): Promise<void> {
    if (segment.removed) return;
    const lease = segment.unsyncedLease ?? (await this.#context.resources.files.acquire(segment.path, 'read'));
    segment.unsyncedLease = undefined;
    try {
      await lease.file.sync();
    } finally {
      lease.release();
    }
  }
}
