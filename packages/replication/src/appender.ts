import { type Log, LogError } from '@streambus/log';
import type { Clock, Logger } from '@streambus/runtime';
import { type CheckedBatch, checkBatch, stampBatch } from './batch-check.ts';
import type { RecordRules } from './batch-records.ts';
import { partitionErrorOf } from './errors.ts';
import type { KnownState } from './known-state.ts';
import type { AppendRefusalCode, AppendResult, PartitionCounters, WriteRejection } from './partition.ts';
import type { PartitionSettings } from './partition-settings.ts';

/** What an appender works on. */
export interface AppenderParts {
  /** Topic and partition. */
  readonly name: string;
  readonly log: Log;
  readonly known: KnownState;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What may be true of appends: only in `open` are they taken.
 *
 * - `open` → rebuilding, failed, closed
 * - `rebuilding`: a write was rejected, so what is known is being read again from what is stored. → open, failed, closed
 * - `failed`: until the broker is restarted. → closed
 */
type AppendState =
  | { readonly kind: 'open' }
  | { readonly kind: 'rebuilding' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'closed' };

/** Decides about a leader's record batches and hands those that it takes to the log. */
export class Appender {
  readonly #parts: AppenderParts;
  #settings: PartitionSettings;
  #rules: RecordRules;
  #leaderEpoch = -1;
  #state: AppendState = { kind: 'open' };
  #rebuild: Promise<void> | undefined;
  #rejection: WriteRejection | undefined;
  readonly #counters = {
    appendedBatches: 0,
    appendedRecords: 0,
    appendedBytes: 0,
    duplicateBatches: 0,
    refusedBatches: 0,
  };

  constructor(parts: AppenderParts, settings: PartitionSettings, rules: RecordRules) {
    this.#parts = parts;
    this.#settings = settings;
    this.#rules = rules;
  }

  get counters(): PartitionCounters {
    return this.#counters;
  }

  /** The epoch that batches are stamped with; -1 while none is taken. */
  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  set leaderEpoch(leaderEpoch: number) {
    this.#leaderEpoch = leaderEpoch;
  }

  get failure(): Error | undefined {
    return this.#state.kind === 'failed' ? this.#state.error : undefined;
  }

  get rejection(): WriteRejection | undefined {
    return this.#rejection;
  }

  get isClosed(): boolean {
    return this.#state.kind === 'closed';
  }

  configure(settings: PartitionSettings, rules: RecordRules): void {
    this.#settings = settings;
    this.#rules = rules;
  }

  append(records: Uint8Array): AppendResult {
    const result = this.#tryAppend(records);
    if (result.kind === 'refused') this.#counters.refusedBatches++;
    else if (result.kind === 'duplicate') this.#counters.duplicateBatches++;
    return result;
  }

  /** A write has gone through: what was rejected before counts no more. */
  writesGoThrough(): void {
    this.#rejection = undefined;
  }

  /** Frames that were taken are not in the log: what was remembered of them must go too. */
  rejected(error: LogError): void {
    const { log, logger, clock } = this.#parts;
    if (this.#state.kind === 'closed') return;
    if (log.failure !== undefined) {
      this.#end(error, 'the log failed; this partition takes no records until the broker is restarted');
      return;
    }
    // Producers try again and again: one line says it until a write goes through.
    if (this.#rejection === undefined) logger.error({ err: error }, 'writes are rejected; nothing of them is kept');
    this.#rejection = { error, monotonicMs: clock.monotonicMs() };
    if (this.#rebuild !== undefined) return;
    this.#state = { kind: 'rebuilding' };
    this.#rebuild = this.#rebuildKnownState().finally(() => {
      this.#rebuild = undefined;
    });
  }

  /** Takes no more, for a reason that only a restart may remove. */
  fail(error: Error): void {
    if (this.#state.kind !== 'open') return;
    this.#end(error, 'this partition takes no records until the broker is restarted');
  }

  /** Takes no more, for good; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#state = { kind: 'closed' };
    await this.#rebuild;
  }

  #end(error: Error, message: string): void {
    this.#state = { kind: 'failed', error };
    this.#parts.logger.error({ err: error }, message);
  }

  #tryAppend(records: Uint8Array): AppendResult {
    const { name, known, clock } = this.#parts;
    if (this.#state.kind !== 'open') return this.#unavailable(this.#state);
    if (this.#leaderEpoch < 0) return refused('NOT_LEADER_OR_FOLLOWER', `this broker does not lead ${name}`);
    const nowMs = clock.wallTimeMs();
    const batch = checkBatch(records, this.#settings, this.#rules, nowMs);
    if (batch.kind === 'refused') return batch;
    if (batch.producerId >= 0) {
      const verdict = known.producers.check(batch);
      if (verdict.kind === 'refused') return refused(verdict.error, verdict.message);
      if (verdict.kind === 'duplicate') {
        const { firstOffset, lastOffset, timestampMs } = verdict;
        const logAppendTimeMs = this.#settings.timestampType === 'LogAppendTime' ? timestampMs : -1;
        return { kind: 'duplicate', firstOffset, endOffset: lastOffset + 1, logAppendTimeMs };
      }
    }
    return this.#take(records, batch, nowMs);
  }

  #take(records: Uint8Array, batch: CheckedBatch, nowMs: number): AppendResult {
    const { log, known } = this.#parts;
    const leaderEpoch = this.#leaderEpoch;
    const firstOffset = log.endOffset;
    const endOffset = firstOffset + batch.recordCount;
    const logAppendTimeMs = this.#settings.timestampType === 'LogAppendTime' ? nowMs : -1;
    const maxTimestampMs = logAppendTimeMs === -1 ? batch.maxTimestampMs : nowMs;
    stampBatch(records, { firstOffset, leaderEpoch, logAppendTimeMs });
    try {
      log.append({ chunks: [records], firstOffset, nextOffset: endOffset, maxTimestampMs });
    } catch (thrown) {
      if (thrown instanceof LogError) return refused('KAFKA_STORAGE_ERROR', thrown.message);
      throw thrown;
    }
    known.record({
      batch,
      firstOffset,
      endOffset,
      leaderEpoch,
      timestampMs: maxTimestampMs,
      sizeBytes: records.length,
    });
    if (known.isDue) this.#saveInBackground();
    this.#counters.appendedBatches++;
    this.#counters.appendedRecords += batch.recordCount;
    this.#counters.appendedBytes += records.length;
    return { kind: 'appended', firstOffset, endOffset, recordCount: batch.recordCount, logAppendTimeMs };
  }

  #saveInBackground(): void {
    const { known, logger } = this.#parts;
    known.save().catch((thrown) => {
      // What comes after the last save is read again at the next start; maintenance tries again.
      logger.warn({ err: thrown }, 'could not save what is known beside the records');
    });
  }

  #unavailable(state: Exclude<AppendState, { kind: 'open' }>): AppendResult {
    const { name } = this.#parts;
    switch (state.kind) {
      case 'closed':
        return refused('NOT_LEADER_OR_FOLLOWER', `${name} is closed`);
      case 'rebuilding':
        return refused('KAFKA_STORAGE_ERROR', `${name} recovers from a rejected write`);
      case 'failed': {
        const why = state.error.message;
        return refused('KAFKA_STORAGE_ERROR', `${name} takes no records until the broker is restarted: ${why}`);
      }
    }
  }

  async #rebuildKnownState(): Promise<void> {
    const { name, known } = this.#parts;
    try {
      await known.restore();
      if (this.#state.kind === 'rebuilding') this.#state = { kind: 'open' };
    } catch (thrown) {
      const error = partitionErrorOf(name, thrown);
      if (this.#state.kind === 'rebuilding') this.#state = { kind: 'failed', error };
      this.#parts.logger.error({ err: error }, 'could not recover from a rejected write');
    }
  }
}

function refused(code: AppendRefusalCode, message: string): AppendResult {
  return { kind: 'refused', code, message };
}
