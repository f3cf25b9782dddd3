import type { Log } from '@streambus/log';
import type { Clock, Disk, Logger } from '@streambus/runtime';
import { findDerivedState, removeDerivedState, writeDerivedState } from './derived-state.ts';
import { PartitionError } from './errors.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import { ProducerStateTable, type SequencedBatch } from './producer-state.ts';
import { replayBatches } from './replay.ts';

/** Producers remembered per partition; each costs some 500 bytes. */
const maxProducers = 20_000;

/** How much may come after the saved state: so much is read again when the broker was killed. */
const maxReplayBytes = 64 * 1024 * 1024;

/** A batch that was appended. */
export interface AppendedBatch {
  readonly batch: SequencedBatch;
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly leaderEpoch: number;
  readonly timestampMs: number;
  readonly sizeBytes: number;
}

/** What known state takes from its partition. */
export interface KnownStateDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  /** As it is now: it is saved with the rest, and says what of that may have to be cut off. */
  readonly highWatermark: () => number;
}

/**
 * What a partition knows beside its records: its producers and its leader epochs. A file keeps it as of some offset, so that not
 * the whole log is read at each start.
 *
 * Invariant: it is what reading the log from its start would give, but for producers that were forgotten for age or number.
 */
export class KnownState {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #highWatermark: () => number;
  readonly producers: ProducerStateTable = new ProducerStateTable({ maxProducers });
  #epochs = new LeaderEpochs();
  #savedEndOffset = -1;
  #savedHighWatermark = -1;
  #bytesSinceSaved = 0;
  #saving: Promise<void> | undefined;

  constructor(folder: string, log: Log, { disk, clock, highWatermark }: KnownStateDependencies) {
    this.#folder = folder;
    this.#log = log;
    this.#disk = disk;
    this.#clock = clock;
    this.#highWatermark = highWatermark;
  }

  get epochs(): LeaderEpochs {
    return this.#epochs;
  }

  /** The high watermark as it was saved last, or -1. */
  get savedHighWatermark(): number {
    return this.#savedHighWatermark;
  }

  /** Finds it again from the file and from what the log has beyond it. @throws LogError, DiskError */
  async restore(): Promise<void> {
    const log = this.#log;
    // Not before it is whole again.
    this.#bytesSinceSaved = 0;
    await this.idle();
    const saved = await findDerivedState(this.#disk, this.#folder, log);
    const nowMs = this.#clock.monotonicMs();
    this.producers.restore(saved?.producers ?? [], nowMs);
    this.#epochs = new LeaderEpochs(saved?.epochs);
    await replayBatches(log, Math.max(saved?.endOffset ?? 0, log.startOffset), (batch) => {
      // No checksum covers the epoch.
      if (batch.leaderEpoch < this.#epochs.latest) throw epochDamage(this.#folder, this.#epochs, batch.leaderEpoch);
      this.#epochs.assign(batch.leaderEpoch, batch.firstOffset);
      if (batch.producerId >= 0) this.producers.record(batch, batch, nowMs);
    });
    this.#epochs.truncatePrefix(log.startOffset);
    this.#savedEndOffset = saved?.endOffset ?? -1;
    this.#savedHighWatermark = saved?.highWatermark ?? -1;
  }

  /** Notes what was appended. */
  record({ batch, firstOffset, endOffset, leaderEpoch, timestampMs, sizeBytes }: AppendedBatch): void {
    this.#epochs.assign(leaderEpoch, firstOffset);
    if (batch.producerId >= 0) {
      const stored = { firstOffset, lastOffset: endOffset - 1, timestampMs };
      this.producers.record(batch, stored, this.#clock.monotonicMs());
    }
    this.#bytesSinceSaved += sizeBytes;
  }

  /** Forgets all of it, durably: the log begins anew elsewhere. @throws DiskError */
  async forget(): Promise<void> {
    await this.idle();
    await removeDerivedState(this.#disk, this.#folder);
  }

  /** The end of the log was cut off: an epoch that wrote nothing below is not one of this log. */
  cut(): void {
    this.#epochs.truncateSuffix(this.#log.endOffset);
  }

  /** The log's start has moved. */
  trimmed(): void {
    this.#epochs.truncatePrefix(this.#log.startOffset);
  }

  /** Whether so much has come since it was saved that it should be saved again. */
  get isDue(): boolean {
    return this.#bytesSinceSaved >= maxReplayBytes && this.#saving === undefined;
  }

  /** Saves it, without waiting, when much has come since it was saved. */
  saveWhenDue(logger: Logger): void {
    if (!this.isDue) return;
    this.save().catch((thrown) => {
      // What comes after the last save is read again at the next start; maintenance tries again.
      logger.warn({ err: thrown }, 'could not save what is known beside the records');
    });
  }

  /** Forgets producers that were silent for longer than this. */
  expire(expirationMs: number): void {
    this.producers.expire(this.#clock.monotonicMs(), expirationMs);
  }

  /** Saves it; who asks while it is being saved waits for that. @throws LogError, DiskError */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  /** Resolves when it is not being saved. */
  async idle(): Promise<void> {
    await this.#saving?.catch(() => {});
  }

  /** Saves it when anything has come since. @throws LogError, DiskError */
  async saveLast(): Promise<void> {
    await this.idle();
    const isSaved = this.#log.endOffset === this.#savedEndOffset && this.#highWatermark() === this.#savedHighWatermark;
    if (!isSaved) await this.save();
  }

  /** Saved is only what is durable: the log must never know less than the file. */
  async #save(): Promise<void> {
    const endOffset = this.#log.endOffset;
    const epochs = [...this.#epochs.starts];
    const producers = Array.from(this.producers.entries(), (producer) => ({
      ...producer,
      batches: [...producer.batches],
    }));
    const highWatermark = Math.min(this.#highWatermark(), endOffset);
    this.#bytesSinceSaved = 0;
    await this.#log.flush();
    // Above the high watermark a later leader may have something else: then the state before is where one begins again.
    const keepsEarlier = this.#savedEndOffset >= 0 && this.#savedEndOffset <= highWatermark;
    await writeDerivedState(this.#disk, this.#folder, { endOffset, highWatermark, epochs, producers }, keepsEarlier);
    this.#savedEndOffset = endOffset;
    this.#savedHighWatermark = highWatermark;
  }
}

/** Records say to be of a leader epoch that cannot have been. */
export function epochDamage(folder: string, epochs: LeaderEpochs, epochAfter: number): PartitionError {
  const last = epochs.starts.at(-1);
  const message = `the log in ${folder} is damaged: records at offset ${last?.startOffset} say to be of leader epoch ${last?.epoch}, and epoch ${epochAfter} comes after it`;
  return new PartitionError('PARTITION_DAMAGED', message);
}
