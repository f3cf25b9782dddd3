import type { Log } from '@streambus/log';
import type { Clock, Disk } from '@streambus/runtime';
import type { CheckedBatch } from './batch-check.ts';
import { readDerivedState, removeDerivedState, writeDerivedState } from './derived-state.ts';
import { PartitionError } from './errors.ts';
import { LeaderEpochs } from './leader-epochs.ts';
import { ProducerStateTable } from './producer-state.ts';
import { replayBatches } from './replay.ts';

/** Producers remembered per partition; each costs some 500 bytes. */
const maxProducers = 20_000;

/** How much may come after the saved state: so much is read again when the broker was killed. */
const maxReplayBytes = 64 * 1024 * 1024;

/** A batch that was appended. */
export interface AppendedBatch {
  readonly batch: CheckedBatch;
  readonly firstOffset: number;
  readonly endOffset: number;
  readonly leaderEpoch: number;
  readonly timestampMs: number;
  readonly sizeBytes: number;
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
  readonly producers: ProducerStateTable = new ProducerStateTable({ maxProducers });
  #epochs = new LeaderEpochs();
  #savedEndOffset = -1;
  #bytesSinceSaved = 0;
  #saving: Promise<void> | undefined;

  constructor(folder: string, log: Log, { disk, clock }: { readonly disk: Disk; readonly clock: Clock }) {
    this.#folder = folder;
    this.#log = log;
    this.#disk = disk;
    this.#clock = clock;
  }

  get epochs(): LeaderEpochs {
    return this.#epochs;
  }

  /** Finds it again from the file and from what the log has beyond it. @throws LogError, DiskError */
  async restore(): Promise<void> {
    const log = this.#log;
    const found = await readDerivedState(this.#disk, this.#folder);
    // A file that knows more than the log does is of another log, or of one that was cut.
    const saved = found !== undefined && found.endOffset <= log.endOffset ? found : undefined;
    // It must not be believed later either, when the log has grown beyond it by other records.
    if (found !== undefined && saved === undefined) await removeDerivedState(this.#disk, this.#folder);
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
    this.#bytesSinceSaved = 0;
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

  /** The log's start has moved. */
  trimmed(): void {
    this.#epochs.truncatePrefix(this.#log.startOffset);
  }

  /** Whether so much has come since it was saved that it should be saved again. */
  get isDue(): boolean {
    return this.#bytesSinceSaved >= maxReplayBytes && this.#saving === undefined;
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
    if (this.#log.endOffset !== this.#savedEndOffset) await this.save();
  }

  /** Saved is only what is durable: the log must never know less than the file. */
  async #save(): Promise<void> {
    const endOffset = this.#log.endOffset;
    const epochs = [...this.#epochs.starts];
    const producers = Array.from(this.producers.entries(), (producer) => ({
      ...producer,
      batches: [...producer.batches],
    }));
    this.#bytesSinceSaved = 0;
    await this.#log.flush();
    await writeDerivedState(this.#disk, this.#folder, { endOffset, epochs, producers });
    this.#savedEndOffset = endOffset;
  }
}

/** Records say to be of a leader epoch that cannot have been. */
export function epochDamage(folder: string, epochs: LeaderEpochs, epochAfter: number): PartitionError {
  const last = epochs.starts.at(-1);
  const message = `the log in ${folder} is damaged: records at offset ${last?.startOffset} say to be of leader epoch ${last?.epoch}, and epoch ${epochAfter} comes after it`;
  return new PartitionError('PARTITION_DAMAGED', message);
}
