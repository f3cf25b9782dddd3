import type { Clock, Logger, Random } from '@streambus/runtime';
import type { CallToken, Effect, Moment, NoticeEffect } from '../core/effects.ts';
import { PartitionCore } from '../core/partition-core.ts';
import type { OffsetsLog, OffsetsLogBatch } from '../offsets-log.ts';
import type { ResolvedGroupCoordinatorOptions } from '../options.ts';
import type { Answers } from './answers.ts';
import { Checkpointer } from './checkpointer.ts';
import { LogWriter } from './log-writer.ts';

/** Records that are replayed in one turn of the event loop. */
const replayedPerTurn = 5000;

/** What the driver of one partition takes from outside. */
export interface PartitionDriverDependencies {
  readonly partition: number;
  readonly options: ResolvedGroupCoordinatorOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly offsetsLog: OffsetsLog;
  readonly answers: Answers;
  /** Told when the earliest deadline may have become an earlier one. */
  readonly onDeadlineMs: (deadlineMs: number) => void;
}

/**
 * Carries out the effects of one partition's core.
 *
 * - `loading`: reads the log; nobody is served.
 * - `active`: serves.
 * - `ended`: given up, or the log could not be read.
 */
export class PartitionDriver {
  readonly #dependencies: PartitionDriverDependencies;
  readonly #core: PartitionCore;
  #writer: LogWriter | undefined;
  #checkpointer: Checkpointer | undefined;
  #state: 'loading' | 'active' | 'ended' = 'loading';
  #loading: Promise<void> | undefined;

  constructor(dependencies: PartitionDriverDependencies) {
    this.#dependencies = dependencies;
    this.#core = new PartitionCore(dependencies.options, dependencies.random);
  }

  get state(): 'loading' | 'active' | 'ended' {
    return this.#state;
  }

  get core(): PartitionCore {
    return this.#core;
  }

  get checkpoints(): number {
    return this.#checkpointer?.completed ?? 0;
  }

  /** Reads the log, once, when `after` has resolved; then serves. Resolves also when it was ended meanwhile. */
  load(after?: Promise<void>): Promise<void> {
    this.#loading ??= this.#load(after);
    return this.#loading;
  }

  /** Gives an input to the core and does what comes out. */
  run(input: (core: PartitionCore, moment: Moment) => Effect[]): void {
    const effects = input(this.#core, this.#moment());
    for (const effect of effects) this.#carryOut(effect);
    this.#dependencies.onDeadlineMs(this.#core.nextDeadlineMs);
  }

  /** The caller of a waiting call is gone. */
  cancel(token: CallToken): void {
    if (this.#state === 'active') this.run((core, moment) => core.cancel(token, moment));
  }

  /** Gives the partition up. */
  end(): void {
    if (this.#state === 'active') this.run((core, moment) => core.end(moment));
    this.#state = 'ended';
    this.#writer?.end();
  }

  /** Resolves when nothing of it is under way; call {@link end} first. */
  async settled(): Promise<void> {
    await this.#loading?.catch(() => undefined);
    await this.#writer?.settled();
  }

  async #load(after: Promise<void> | undefined): Promise<void> {
    await after;
    const { partition, offsetsLog, logger, clock } = this.#dependencies;
    const beganMs = clock.monotonicMs();
    let logBytes = 0;
    let records = 0;
    for await (const batch of offsetsLog.load(partition)) {
      if (this.#state === 'ended') return;
      logBytes += batch.sizeBytes;
      records += batch.records.length;
      await this.#replay(batch);
    }
    if (this.#state === 'ended') return;
    this.#begin(logBytes);
    const durationMs = clock.monotonicMs() - beganMs;
    logger.debug({ partition, records, logBytes, durationMs }, 'coordinator partition loaded');
  }

  async #replay(batch: OffsetsLogBatch): Promise<void> {
    const { partition, logger, clock } = this.#dependencies;
    let unknown = 0;
    for (const [index, record] of batch.records.entries()) {
      if (!this.#core.replay(record)) unknown++;
      if ((index + 1) % replayedPerTurn === 0) await nextTurn(clock);
    }
    await nextTurn(clock);
    if (unknown > 0)
      logger.warn({ partition, unknown }, 'records of unknown kinds in the offsets log were passed over');
  }

  #begin(logBytes: number): void {
    const { partition, clock, logger, offsetsLog, options } = this.#dependencies;
    this.#core.start(this.#moment());
    this.#checkpointer = new Checkpointer(
      {
        partition,
        clock,
        logger,
        offsetsLog,
        checkpointMinBytes: options.checkpointMinBytes,
        checkpointChunkBytes: options.checkpointChunkBytes,
        liveBytes: () => this.#core.liveBytes,
        liveRecords: () => this.#core.checkpoint(),
      },
      logBytes,
    );
    this.#writer = new LogWriter(
      {
        partition,
        clock,
        logger,
        offsetsLog,
        onAppended: (appendId) => this.run((core, moment) => core.appended(appendId, moment)),
        onFailed: (appendId, error) => this.run((core, moment) => core.appendFailed(appendId, error, moment)),
      },
      this.#checkpointer,
    );
    this.#state = 'active';
    this.#dependencies.onDeadlineMs(this.#core.nextDeadlineMs);
    this.#writer.wake();
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'answer':
        this.#dependencies.answers.deliver(effect);
        return;
      case 'append':
        this.#writer?.append(effect);
        return;
      case 'notice':
        this.#log(effect);
        return;
    }
  }

  #log(notice: NoticeEffect): void {
    const { type: _type, event, ...fields } = notice;
    const message = event === 'rebalanceStarted' ? 'group rebalances' : 'group member expired';
    this.#dependencies.logger.info({ partition: this.#dependencies.partition, ...fields }, message);
  }

  #moment(): Moment {
    const { clock } = this.#dependencies;
    return { monotonicMs: clock.monotonicMs(), wallTimeMs: clock.wallTimeMs() };
  }
}

function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.nextTurn(resolve));
}
