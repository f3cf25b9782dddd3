import { LogError } from '@streambus/log';
import { partitionErrorOf } from './errors.ts';
import type { FollowerFetch, FollowerOutcome, LeaderAnswer, PartitionEnds } from './fetches.ts';
import { type FollowerEnds, followerStep } from './follower-rules.ts';
import { type ReceivedBatch, receiveBatches } from './received-batches.ts';
import type { WriteGate, WriteGateParts } from './write-gate.ts';

/** What a follower's log works on. */
export interface FollowerLogParts extends WriteGateParts {
  readonly gate: WriteGate;
  /** Resolves when everything below is as safe as the sync policy promises. @throws LogError */
  whenSafe(endOffset: number): Promise<void>;
  epochEndOffset: FollowerEnds['epochEndOffset'];
  /** The leader's ends, once its records up to there are taken. */
  onLeaderEnds(ends: PartitionEnds): void;
  /** The log ends elsewhere now, by its leader's word. */
  onCut(): void;
}

/** What a follower counts. */
export interface FollowerCounters {
  replicatedBatches: number;
  replicatedRecords: number;
  replicatedBytes: number;
  truncations: number;
}

/** Makes a replica's log what its leader's is. */
export class FollowerLog {
  readonly #parts: FollowerLogParts;
  readonly #ends: FollowerEnds;
  readonly counters: FollowerCounters = {
    replicatedBatches: 0,
    replicatedRecords: 0,
    replicatedBytes: 0,
    truncations: 0,
  };

  constructor(parts: FollowerLogParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#ends = {
      get logStartOffset() {
        return log.startOffset;
      },
      get logEndOffset() {
        return log.endOffset;
      },
      epochEndOffset: parts.epochEndOffset,
    };
  }

  /** @param isCurrent - whether this replica still follows in the epoch of the fetch */
  async take(fetch: FollowerFetch, answer: LeaderAnswer, isCurrent: () => boolean): Promise<FollowerOutcome> {
    const step = followerStep(this.#ends, answer);
    switch (step.kind) {
      case 'append':
        return this.#takeRecords(fetch, answer, isCurrent);
      case 'truncate':
        return this.#truncate(step.endOffset);
      case 'restart':
        await this.#restart(step.startOffset);
        return { kind: 'restarted', startOffset: step.startOffset };
      case 'wait':
        return { kind: 'failed', message: step.message };
    }
  }

  async #takeRecords(fetch: FollowerFetch, answer: LeaderAnswer, isCurrent: () => boolean): Promise<FollowerOutcome> {
    const { log, known } = this.#parts;
    const received = receiveBatches(answer.records ?? new Uint8Array(0), {
      logEndOffset: log.endOffset,
      isEmpty: log.startOffset === log.endOffset,
      lastEpoch: known.epochs.latest,
      leaderEpoch: fetch.currentLeaderEpoch,
    });
    if (received.kind === 'refused') return { kind: 'failed', message: received.message };
    const [first] = received.batches;
    if (first === undefined && (answer.records?.length ?? 0) > 0) {
      return { kind: 'failed', message: 'it sent not one whole batch' };
    }
    if (first !== undefined && first.firstOffset < log.endOffset) {
      // The leader's log begins inside of this batch, and batches are kept whole.
      await this.#restart(first.firstOffset);
      if (!isCurrent()) return { kind: 'stale' };
    }
    const sizeBytes = this.#append(received.batches);
    if (sizeBytes === undefined) return { kind: 'failed', message: 'its own log takes nothing at the moment' };
    this.#parts.onLeaderEnds(answer);
    if (sizeBytes > 0) await this.#parts.whenSafe(log.endOffset);
    if (isCurrent()) await this.#trim(answer.logStartOffset);
    return sizeBytes > 0 ? { kind: 'appended', sizeBytes } : { kind: 'unchanged' };
  }

  /** @returns how many bytes were taken; undefined when there were some and not even the first batch was */
  #append(batches: readonly ReceivedBatch[]): number | undefined {
    const { log, known, logger, name } = this.#parts;
    let sizeBytes = 0;
    for (const batch of batches) {
      const { bytes, firstOffset, endOffset, leaderEpoch, maxTimestampMs } = batch;
      try {
        log.append({ chunks: [bytes], firstOffset, nextOffset: endOffset, maxTimestampMs });
      } catch (thrown) {
        if (!(thrown instanceof LogError)) throw thrown;
        // What is left out comes with the next answer.
        logger.debug({ err: partitionErrorOf(name, thrown) }, 'the log takes no more of what the leader sent');
        return sizeBytes > 0 ? sizeBytes : undefined;
      }
      known.record({
        batch,
        firstOffset,
        endOffset,
        leaderEpoch,
        timestampMs: maxTimestampMs,
        sizeBytes: bytes.length,
      });
      sizeBytes += bytes.length;
      this.counters.replicatedBatches++;
      this.counters.replicatedRecords += batch.recordCount;
      this.counters.replicatedBytes += bytes.length;
    }
    known.saveWhenDue(logger);
    return sizeBytes;
  }

  async #trim(leaderStartOffset: number): Promise<void> {
    const { log, known } = this.#parts;
    const startOffset = Math.min(leaderStartOffset, log.endOffset);
    if (startOffset <= log.startOffset) return;
    await log.truncatePrefix(startOffset);
    known.trimmed();
  }

  async #truncate(endOffset: number): Promise<FollowerOutcome> {
    const { log, known, gate, logger } = this.#parts;
    const before = log.endOffset;
    if (endOffset < log.startOffset) {
      await this.#restart(endOffset);
    } else {
      await gate.rewrite(async () => {
        await log.truncateSuffix(endOffset);
      });
      known.cut();
      this.counters.truncations++;
      this.#parts.onCut();
    }
    logger.info({ from: before, to: log.endOffset }, 'cut off what the leader does not have');
    return { kind: 'truncated', endOffset: log.endOffset };
  }

  async #restart(startOffset: number): Promise<void> {
    const { log, known, gate, logger } = this.#parts;
    const before = { from: log.startOffset, to: log.endOffset };
    await gate.rewrite(async () => {
      await known.forget();
      await log.reset(startOffset);
    });
    known.cut();
    this.counters.truncations++;
    this.#parts.onCut();
    logger.info({ ...before, startOffset }, 'dropped a log of which the leader has nothing, to begin anew');
  }
}
