import { LogError } from '@streambus/log';
import { type CheckedBatch, checkBatch, stampBatch } from './batch-check.ts';
import type { RecordRules } from './batch-records.ts';
import type { AppendRefusalCode, AppendResult } from './partition.ts';
import type { PartitionSettings } from './partition-settings.ts';
import type { GateState, WriteGate, WriteGateParts } from './write-gate.ts';

/** What an appender works on. */
export interface AppenderParts extends WriteGateParts {
  readonly gate: WriteGate;
}

/** As what records are appended. */
export interface Leadership {
  /** The epoch that batches are stamped with; -1 while this replica does not lead. */
  readonly leaderEpoch: number;
  /** Whether this append is to be acknowledged by more replicas than are in sync. */
  readonly lacksReplicas: boolean;
}

/** What an appender counts. */
export interface AppendCounters {
  appendedBatches: number;
  appendedRecords: number;
  appendedBytes: number;
  duplicateBatches: number;
  refusedBatches: number;
}

/** Decides about a leader's record batches and hands those that it takes to the log. */
export class Appender {
  readonly #parts: AppenderParts;
  #settings: PartitionSettings;
  #rules: RecordRules;
  readonly #counters: AppendCounters = {
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

  get counters(): Readonly<AppendCounters> {
    return this.#counters;
  }

  configure(settings: PartitionSettings, rules: RecordRules): void {
    this.#settings = settings;
    this.#rules = rules;
  }

  append(records: Uint8Array, leadership: Leadership): AppendResult {
    const result = this.#tryAppend(records, leadership);
    if (result.kind === 'refused') this.#counters.refusedBatches++;
    else if (result.kind === 'duplicate') this.#counters.duplicateBatches++;
    return result;
  }

  #tryAppend(records: Uint8Array, { leaderEpoch, lacksReplicas }: Leadership): AppendResult {
    const { name, known, clock, gate } = this.#parts;
    if (leaderEpoch < 0) return refused('NOT_LEADER_OR_FOLLOWER', `this broker does not lead ${name}`);
    if (gate.state.kind !== 'open') return this.#unavailable(gate.state);
    if (lacksReplicas) return refused('NOT_ENOUGH_REPLICAS', `${name} has fewer replicas in sync than acks=all needs`);
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
    return this.#take(records, batch, leaderEpoch, nowMs);
  }

  #take(records: Uint8Array, batch: CheckedBatch, leaderEpoch: number, nowMs: number): AppendResult {
    const { log, known, logger } = this.#parts;
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
    known.saveWhenDue(logger);
    this.#counters.appendedBatches++;
    this.#counters.appendedRecords += batch.recordCount;
    this.#counters.appendedBytes += records.length;
    return { kind: 'appended', firstOffset, endOffset, recordCount: batch.recordCount, logAppendTimeMs };
  }

  #unavailable(state: Exclude<GateState, { kind: 'open' }>): AppendResult {
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
}

function refused(code: AppendRefusalCode, message: string): AppendResult {
  return { kind: 'refused', code, message };
}
