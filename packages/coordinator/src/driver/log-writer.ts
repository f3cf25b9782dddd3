import { assertSafeCount, type Clock, type Logger, toError } from '@streambus/runtime';
import type { AppendFailure } from '../core/appends.ts';
import { recordBytes } from '../core/checkpoint.ts';
import type { AppendEffect, AppendId } from '../core/effects.ts';
import type { OffsetsLog, OffsetsRecord } from '../offsets-log.ts';
import type { Checkpointer } from './checkpointer.ts';

/** The appends that wait are joined up to about this size. */
const maxBatchBytes = 1024 * 1024;

/** What a writer takes from outside. */
export interface LogWriterDependencies {
  readonly partition: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly offsetsLog: OffsetsLog;
  /** Told how each append ended, in their order. */
  readonly onAppended: (appendId: AppendId) => void;
  readonly onFailed: (appendId: AppendId, error: AppendFailure) => void;
}

/**
 * Writes a partition's appends in their order, one at a time: all that came in a turn of the event loop, or while the one
 * before was under way, go together.
 *
 * That there is only one is what makes a checkpoint simple: its pieces are read when everything before them has been applied.
 */
export class LogWriter {
  readonly #dependencies: LogWriterDependencies;
  readonly #checkpointer: Checkpointer;
  #queue: AppendEffect[] = [];
  #running: Promise<void> | undefined;
  #ended = false;

  constructor(dependencies: LogWriterDependencies, checkpointer: Checkpointer) {
    this.#dependencies = dependencies;
    this.#checkpointer = checkpointer;
  }

  append(effect: AppendEffect): void {
    if (this.#ended) return;
    this.#queue.push(effect);
    this.wake();
  }

  /** Looks whether there is something to write. */
  wake(): void {
    if (!this.#ended) this.#running ??= this.#run();
  }

  /** Writes nothing more; what is under way is not reported. */
  end(): void {
    this.#ended = true;
    this.#queue = [];
  }

  /** Resolves when nothing is under way; call {@link end} first. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#checkpointer.settled();
  }

  async #run(): Promise<void> {
    const { clock } = this.#dependencies;
    for (;;) {
      await new Promise<void>((resolve) => clock.nextTurn(resolve));
      this.#checkpointer.maybeBegin();
      const piece = this.#checkpointer.nextPiece();
      const effects = this.#takeBatch();
      if (this.#ended || (piece.length === 0 && effects.length === 0)) break;
      await this.#write(piece, effects);
    }
    this.#running = undefined;
  }

  #takeBatch(): AppendEffect[] {
    let count = 0;
    let bytes = 0;
    for (const { records } of this.#queue) {
      for (const record of records) bytes += recordBytes(record);
      if (count > 0 && bytes > maxBatchBytes) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(piece: readonly OffsetsRecord[], effects: readonly AppendEffect[]): Promise<void> {
    const { offsetsLog, partition, onAppended, onFailed, logger } = this.#dependencies;
    const records = [...piece, ...effects.flatMap((effect) => effect.records)];
    let failure: AppendFailure | undefined;
    try {
      const { baseOffset, sizeBytes } = await offsetsLog.append(partition, records);
      assertSafeCount(baseOffset, 'base offset of an append');
      this.#checkpointer.onAppended(baseOffset, sizeBytes);
    } catch (thrown) {
      const err = toError(thrown);
      failure = appendFailure(err);
      logger.warn({ partition, records: records.length, err }, 'an append to the offsets log failed');
      this.#checkpointer.onFailed(piece);
    }
    for (const { appendId } of effects) {
      if (this.#ended) return;
      if (failure === undefined) onAppended(appendId);
      else onFailed(appendId, failure);
    }
  }
}

function appendFailure(error: Error): AppendFailure {
  return 'code' in error && error.code === 'COORDINATOR_NOT_LEADER' ? 'NOT_COORDINATOR' : 'COORDINATOR_NOT_AVAILABLE';
}
