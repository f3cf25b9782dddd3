import { type Clock, type Logger, toError } from '@streambus/runtime';
import { recordBytes } from '../core/checkpoint.ts';
import type { OffsetsLog, OffsetsRecord } from '../offsets-log.ts';

/** A log is worth a checkpoint when it is this many times as large as what lives in it. */
const logToLiveRatio = 4;
/** How long after a failure to try again. */
const retryDelayMs = 10_000;

/** What a checkpointer takes from outside. */
export interface CheckpointerDependencies {
  readonly partition: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly offsetsLog: OffsetsLog;
  readonly checkpointMinBytes: number;
  readonly checkpointChunkBytes: number;
  /** About what the live state takes as records. */
  readonly liveBytes: () => number;
  /** The records of the live state, to be read in pieces. */
  readonly liveRecords: () => Iterator<OffsetsRecord, void, undefined>;
}

interface Checkpoint {
  readonly records: Iterator<OffsetsRecord, void, undefined>;
  /** What the log held when it began: this goes when it is done. */
  readonly bytesBefore: number;
  /** Where it begins in the log; undefined until its first piece is there. */
  startOffset: number | undefined;
  exhausted: boolean;
}

/**
 * Keeps a log short without compaction: when it has grown, the live state is appended again, whole, and what lies before
 * is let go. A crash at any moment finds either the old records or all of the new ones, or both.
 *
 * Invariant: nothing is trimmed before every piece that replaces it has been appended.
 */
export class Checkpointer {
  readonly #dependencies: CheckpointerDependencies;
  #logBytes: number;
  #current: Checkpoint | undefined;
  #trim: { readonly offset: number; readonly bytes: number } | undefined;
  #trimming: Promise<void> | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #completed = 0;

  constructor(dependencies: CheckpointerDependencies, logBytes: number) {
    this.#dependencies = dependencies;
    this.#logBytes = logBytes;
  }

  /** Checkpoints that are whole in the log. */
  get completed(): number {
    return this.#completed;
  }

  /** Bytes of the log from where it was last trimmed. */
  get logBytes(): number {
    return this.#logBytes;
  }

  /** Begins a checkpoint, or a trim that has failed before, where it is due. */
  maybeBegin(): void {
    const { clock, liveBytes, liveRecords, checkpointMinBytes } = this.#dependencies;
    if (this.#current !== undefined || this.#trimming !== undefined) return;
    if (clock.monotonicMs() < this.#notBeforeMs) return;
    if (this.#trim !== undefined) {
      this.#beginTrim();
      return;
    }
    if (this.#logBytes <= Math.max(checkpointMinBytes, logToLiveRatio * liveBytes())) return;
    this.#current = {
      records: liveRecords(),
      bytesBefore: this.#logBytes,
      startOffset: undefined,
      exhausted: false,
    };
  }

  /** The next records of the checkpoint, to be written before anything else; none when there is no checkpoint. */
  nextPiece(): OffsetsRecord[] {
    const piece: OffsetsRecord[] = [];
    const current = this.#current;
    if (current === undefined || current.exhausted) return piece;
    for (let bytes = 0; bytes < this.#dependencies.checkpointChunkBytes; ) {
      const next = current.records.next();
      if (next.done === true) {
        current.exhausted = true;
        break;
      }
      piece.push(next.value);
      bytes += recordBytes(next.value);
    }
    // What was live may have gone meanwhile: then there is nothing more to write, and the checkpoint is whole already.
    // Where nothing lived at all, whatever is appended next is the first that counts.
    if (piece.length === 0 && current.startOffset !== undefined) this.#finish(current, current.startOffset);
    return piece;
  }

  /** An append that began with the last piece is durable. */
  onAppended(baseOffset: number, sizeBytes: number): void {
    this.#logBytes += sizeBytes;
    const current = this.#current;
    if (current === undefined) return;
    const startOffset = current.startOffset ?? baseOffset;
    current.startOffset = startOffset;
    if (current.exhausted) this.#finish(current, startOffset);
  }

  /** An append that began with this piece has failed: the checkpoint begins anew later. */
  onFailed(piece: readonly OffsetsRecord[]): void {
    if (piece.length === 0) return;
    this.#current = undefined;
    this.#delayRetry();
  }

  /** Resolves when no trim is under way. */
  async settled(): Promise<void> {
    await this.#trimming;
  }

  #finish(current: Checkpoint, startOffset: number): void {
    this.#current = undefined;
    this.#completed++;
    this.#trim = { offset: startOffset, bytes: current.bytesBefore };
    this.#beginTrim();
  }

  #beginTrim(): void {
    this.#trimming = this.#runTrim().finally(() => {
      this.#trimming = undefined;
    });
  }

  async #runTrim(): Promise<void> {
    const { offsetsLog, partition, logger } = this.#dependencies;
    const trim = this.#trim;
    if (trim === undefined) return;
    try {
      await offsetsLog.trimBefore(partition, trim.offset);
      this.#trim = undefined;
      this.#logBytes -= trim.bytes;
    } catch (thrown) {
      this.#delayRetry();
      logger.warn({ partition, offset: trim.offset, err: toError(thrown) }, 'the offsets log could not be trimmed');
    }
  }

  #delayRetry(): void {
    this.#notBeforeMs = this.#dependencies.clock.monotonicMs() + retryDelayMs;
  }
}
