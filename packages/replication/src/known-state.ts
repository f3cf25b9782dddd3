import type { Log } from '@streambus/log';
import type { Disk } from '@streambus/runtime';
import type { CheckedBatch } from './batch-check.ts';
import { readDerivedState, writeDerivedState } from './derived-state.ts';
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
  readonly producers: ProducerStateTable = new ProducerStateTable({ maxProducers });
  #epochs = new LeaderEpochs();
  #savedEndOffset = -1;
  #bytesSinceSaved = 0;

  constructor(disk: Disk, folder: string, log: Log) {
    this.#disk = disk;
    this.#folder = folder;
    this.#log = log;
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
    this.producers.restore(saved?.producers ?? []);
    this.#epochs = new LeaderEpochs(saved?.epochs);
    await replayBatches(log, Math.max(saved?.endOffset ?? 0, log.startOffset), (batch) => {
      this.#epochs.assign(batch.leaderEpoch, batch.firstOffset);
      if (batch.producerId >= 0) this.producers.record(batch, batch);
    });
    this.#epochs.truncatePrefix(log.startOffset);
    this.#savedEndOffset = saved?.endOffset ?? -1;
    this.#bytesSinceSaved = 0;
  }

  /** Notes what was appended. */
  record({ batch, firstOffset, endOffset, leaderEpoch, timestampMs, sizeBytes }: AppendedBatch): void {
    this.#epochs.assign(leaderEpoch, firstOffset);
    if (batch.producerId >= 0) this.producers.record(batch, { firstOffset, lastOffset: endOffset - 1, timestampMs });
    this.#bytesSinceSaved += sizeBytes;
  }

  /** The log's start has moved. */
  trimmed(): void {
    this.#epochs.truncatePrefix(this.#log.startOffset);
  }

  /** Saves it when much has come since. @throws LogError, DiskError */
  async saveWhenDue(): Promise<void> {
    if (this.#bytesSinceSaved >= maxReplayBytes) await this.#save();
  }

  /** Saves it when anything has come since. @throws LogError, DiskError */
  async saveLast(): Promise<void> {
    if (this.#log.endOffset !== this.#savedEndOffset) await this.#save();
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
