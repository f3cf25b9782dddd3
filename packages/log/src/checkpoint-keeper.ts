import { replaceFile } from '@streambus/runtime';
import { type Checkpoint, checkpointFileName, encodeCheckpoint } from './checkpoint.ts';
import type { LogContext } from './log-context.ts';
import type { LogState } from './log-state.ts';
import { Mutex } from './mutex.ts';
import type { SegmentSummary } from './segment.ts';

/** Saves the checkpoint, one save at a time; those who ask while one waits share it. */
export class CheckpointKeeper {
  /** Set while everything on disk is a leftover. */
  resetting = false;
  readonly #context: LogContext;
  readonly #state: LogState;
  readonly #saves = new Mutex();
  #waiting: Promise<void> | undefined;
  #savedDurableBytes = 0;
  #savedOrder: boolean | undefined;

  /** @param savedOrder - {@link Checkpoint.syncedInOrder} of what is on disk; undefined when nothing is */
  constructor(context: LogContext, state: LogState, savedOrder: boolean | undefined) {
    this.#context = context;
    this.#state = state;
    this.#savedOrder = savedOrder;
  }

  /** Durable bytes that a crash now would have recovery read. */
  get unsavedBytes(): number {
    return this.#state.durableBytes - this.#savedDurableBytes;
  }

  /** Whether what is on disk allows writes that are not synced one by one; undefined when nothing is on disk. */
  get savedOrder(): boolean | undefined {
    return this.#savedOrder;
  }

  /** Saves what holds at the moment it begins, which is not before this call. */
  save(): Promise<void> {
    this.#waiting ??= this.#saves.run(() => {
      this.#waiting = undefined;
      return this.#saveNow();
    });
    return this.#waiting;
  }

  /** Saves without anybody waiting: when it fails, the recovery point stays where it was. */
  saveInBackground(): void {
    this.save().catch((error: unknown) => {
      this.#context.logger.warn({ folder: this.#context.folder, err: error }, 'the recovery point cannot be saved');
    });
  }

  /** Resolves when no save is under way. */
  idle(): Promise<void> {
    return this.#saves.run(async () => {});
  }

  async #saveNow(): Promise<void> {
    const { durableBytes } = this.#state;
    const checkpoint = this.#snapshot();
    await replaceFile(
      this.#context.disk,
      `${this.#context.folder}/${checkpointFileName}`,
      encodeCheckpoint(checkpoint),
    );
    this.#savedDurableBytes = durableBytes;
    this.#savedOrder = checkpoint.syncedInOrder;
  }

  #snapshot(): Checkpoint {
    const { format, settings } = this.#context;
    const { durableBytes, unorderedBytes } = this.#state;
    return {
      format: format.name,
      startOffset: this.#state.startOffset,
      syncedInOrder: settings.sync.kind === 'acked' && durableBytes >= unorderedBytes,
      resetting: this.resetting,
      segments: this.resetting ? [] : this.#durableSegments(),
    };
  }

  #durableSegments(): SegmentSummary[] {
    const { durable, segments } = this.#state;
    if (durable === undefined) return [];
    const before = [...segments].filter((segment) => segment.baseOffset < durable.baseOffset);
    return [...before.map((segment) => segment.summary()), durable];
  }
}
